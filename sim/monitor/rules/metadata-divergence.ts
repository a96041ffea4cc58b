// All nodes take in the same metadata in the same order, leave nothing out, take in nothing that is not committed, and
// what is committed stays. A controller that becomes active has taken in all of it.
//
// Sound because: the digest is of the bytes of the batch that ends at the offset, so equal logs give equal digests, on
// whichever node and after whichever restart (a node that came up from a snapshot tells 0, which is not compared). A
// batch begins and ends at the same offsets for everybody, and a snapshot ends where a batch does: who goes from one
// offset to the next, and another one in between, has taken in fewer batches than the other. A controller is active
// when the first batch of its own epoch is committed and taken in, and that stands behind all that was committed
// before. The committed offset of one process never goes back; a process that was started again finds it out anew.
// What a node has written below its committed offset is compared with what others had there. A node whose disk was
// wiped or damaged may show anything until it has caught up: then it is a witness.

import type { RecordedEvent } from '../../record/recorder.ts';
import { metadataTopic } from '../cluster-state.ts';
import type { StateRule } from '../rule.ts';

/** Offsets of which a digest is remembered; a run with more is compared up to there. */
const digestsMax = 1_000_000;

export const metadataDivergence: StateRule = {
  invariant: 'metadata-divergence',
  doc: 'nodes took in different metadata, or left some out, or took in what is not committed; or what was went back',

  watch(cluster, { judged, tell }) {
    const digests = new Map<number, { digest: number; node: string }>();
    const ways = new Ways();
    const committed = new Map<string, { incarnation: number; offset: number }>();
    let committedMax = -1;
    let committedEpochMax = -1;
    /** Taken in before anybody told that it is committed: in the same step that may still come. */
    let ahead: { offset: number; at: RecordedEvent }[] = [];
    const tellAhead = (step: number) => {
      if (ahead.length === 0) return;
      for (const { offset, at } of ahead) {
        if (at.step >= step || offset <= committedMax) continue;
        const prose = `${at.node} took in metadata up to ${offset}, but only ${committedMax} is committed anywhere`;
        tell(false, at, prose, { node: at.node, offset, committed: committedMax });
      }
      ahead = ahead.filter(({ offset, at }) => at.step >= step && offset > committedMax);
    };
    const doubtful = (node: string) => cluster.node(node).damage !== '' || cluster.node(node).wipedStep >= 0;
    return {
      after: {
        'metadata-applied'({ offset, digest }, at) {
          judged(1);
          tellAhead(at.step);
          if (committedMax >= 0 && offset > committedMax) ahead.push({ offset, at });
          const before = digests.get(offset);
          const left = ways.took(at, offset, digest !== 0);
          if (left !== undefined) {
            const prose = `${left.by} went on to metadata offset ${offset} without the batch that ends at ${left.out}`;
            const lawful = doubtful(left.by) || doubtful(left.other);
            tell(lawful, at, prose, { node: left.by, offset, leftOut: left.out, other: left.other });
          }
          if (digest === 0) return;
          if (before === undefined) {
            if (digests.size < digestsMax) digests.set(offset, { digest, node: at.node });
          } else if (before.digest !== digest) {
            const prose = `${before.node} and ${at.node} took in different metadata at offset ${offset}`;
            const lawful = doubtful(at.node) || doubtful(before.node);
            tell(lawful, at, prose, { offset, first: before.node, second: at.node });
          }
        },
        'controller-activated'({ epoch }, at) {
          // One that is slow to begin need not have what a later epoch has committed.
          if (committedEpochMax > epoch) return;
          judged(1);
          const taken = ways.of(at);
          if (taken >= committedMax - 1) return;
          const prose =
            `${at.node} is the active controller of epoch ${epoch} with metadata up to ${taken},` +
            ` but all below ${committedMax} is committed`;
          tell(doubtful(at.node), at, prose, { node: at.node, epoch, taken, committed: committedMax });
        },
        'metadata-committed'({ offset, epoch }, at) {
          judged(1);
          const before = committed.get(at.node);
          if (before !== undefined && before.incarnation === at.incarnation && offset < before.offset) {
            const prose = `the committed metadata of ${at.node} went back from ${before.offset} to ${offset}`;
            tell(false, at, prose, { node: at.node, before: before.offset, offset, epoch });
          }
          tellAhead(at.step);
          committed.set(at.node, { incarnation: at.incarnation, offset });
          committedMax = Math.max(committedMax, offset);
          committedEpochMax = Math.max(committedEpochMax, epoch);
          const metadata = cluster.partition(metadataTopic, 0);
          const replica = metadata.replicas.get(at.node);
          if (replica === undefined) return;
          const end = Math.min(offset, metadata.trueHighWatermark);
          let place = metadata.committed.placeOf(Math.max(replica.comparedTo, replica.log.logStartOffset));
          for (; place >= 0 && place <= metadata.committed.placeBefore(end); place++) {
            replica.comparedTo = metadata.committed.lastAt(place) + 1;
            if (replica.log.batches.agreesWith(metadata.committed, place) !== 'other') continue;
            const where = metadata.committed.baseAt(place);
            const prose = `${at.node} has another batch at offset ${where} of the metadata log than the committed one`;
            tell(doubtful(at.node), at, prose, { node: at.node, offset: where, committed: offset });
          }
        },
      },
    };
  },
};

/** From which batch each node came to which: a step that is longer than another's left something out. */
class Ways {
  readonly #takenIn = new Map<string, { incarnation: number; offset: number }>();
  /** By the end of a batch: the highest offset from which anybody came to it. */
  readonly #cameFrom = new Map<number, { from: number; node: string }>();

  /** How far a node has come in its present life; -1 at its beginning. */
  of({ node, incarnation }: RecordedEvent): number {
    const last = this.#takenIn.get(node);
    return last?.incarnation === incarnation ? last.offset : -1;
  }

  /** A snapshot is where a way begins and no step of it, and so is whatever is like one (a batch without records). */
  took(
    { node, incarnation }: RecordedEvent,
    offset: number,
    comparable: boolean,
  ): { by: string; other: string; out: number } | undefined {
    const last = this.#takenIn.get(node);
    this.#takenIn.set(node, { incarnation, offset });
    if (!comparable || last === undefined || last.incarnation !== incarnation) return undefined;
    const known = this.#cameFrom.get(offset);
    if (known === undefined || known.from < last.offset) {
      if (this.#cameFrom.size < digestsMax) this.#cameFrom.set(offset, { from: last.offset, node });
      return known === undefined ? undefined : { by: known.node, other: node, out: last.offset };
    }
    return known.from === last.offset ? undefined : { by: node, other: known.node, out: known.from };
  }
}
