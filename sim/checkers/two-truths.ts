// Two truths of one run: what its clients saw, judged as if nobody knew more (client-side/), and what the
// simulator knows. They must point the same way.
//
// *Denied*: an anomaly that the clients' history is said to show, and that the run's own record shows not to
// be so. That is a bug of the client-side judge, or of the converter.
//
// *Silent*: an anomaly that did happen, that no fault explains, and of which no internal invariant says a
// word, neither as a violation nor as a witness. That is a blind spot of the internal checkers.
//
// Sound because:
// - anomalies that follow from others are left to those: of a value that stands at two offsets, or of an
//   offset with two values, no order can be told, and the order that Jepsen picks makes skips and rewinds of
//   nothing;
// - what may be lost, may have been lost (Losses): then readers of before and after it disagree lawfully;
// - what retention or DeleteRecords removed, no scan can show;
// - what was not scanned to the end is not known to be absent, and where bits rotted a reader walks around;
// - an application that sends again, or a producer that is not idempotent, may double its records;
// - no operation of the simulator sends twice or both sends and reads, so there are no cycles to look for;
// - views of the simulator begin wherever a reader loses its place, members of groups included.

import type { AnomalyType } from '../client-side/anomalies.ts';
import { type Claim, Claims } from '../client-side/claims.ts';
import { clientLedger, clientOperations } from '../client-side/from-simulator.ts';
import { judgeWithoutCycles, witnessesOf } from '../client-side/judge.ts';
import { type Ledger, never } from '../client-side/ledger.ts';
import type { Orders } from '../client-side/orders.ts';
import { type Sighting, Sightings } from '../client-side/sightings.ts';
import type { Material } from '../material.ts';
import type { SendOperation } from '../record/history.ts';
import { type At, type Checker, checker, type Finding, findingsMax, judge, type Report } from '../verdict.ts';
import { ackedWrites } from './acked-writes.ts';
import { consumers } from './consumers.ts';
import { diskLog } from './disk-log.ts';
import { offsets } from './offsets.ts';
import { order } from './order.ts';
import { producers } from './producers.ts';
import { reads } from './reads.ts';
import { records } from './records.ts';

/** The internal checkers that know of what clients can see. */
const internal: readonly Checker[] = [
  ackedWrites,
  offsets,
  producers,
  order,
  records,
  reads,
  consumers,
  diskLog,
];

const lossOrSkip = ['acked-write-lost', 'read-not-repeatable', 'failed-write-visible', 'consumer-skip'];
const rewind = ['consumer-rewind', 'read-not-repeatable', 'log-offset-disorder'];

/** The internal invariants of which one must speak, by what the clients saw. */
const spokenOf: Partial<Readonly<Record<AnomalyType, readonly string[]>>> = {
  duplicate: ['duplicate-append', 'inconsistent-offset', 'read-not-repeatable'],
  'duplicate-nonzero': ['duplicate-append', 'inconsistent-offset', 'read-not-repeatable'],
  'inconsistent-offsets': ['inconsistent-offset'],
  G1a: ['failed-write-visible'],
  'lost-write': ['acked-write-lost'],
  unseen: ['acked-write-lost'],
  'no-writer': ['phantom-record', 'silent-corruption'],
  'poll-skip': lossOrSkip,
  'int-poll-skip': lossOrSkip,
  'nonmonotonic-poll': rewind,
  'int-nonmonotonic-poll': rewind,
  'nonmonotonic-send': ['realtime-order-inversion', 'producer-order-inversion', 'acked-write-lost'],
};

export const twoTruths = checker({
  name: 'two-truths',
  doc: 'what clients saw and what the simulator knows point the same way',
  invariants: {
    'client-truth-denied': 'the client-side judge tells an anomaly that did not happen',
    'internal-truth-silent': 'clients saw an anomaly that nothing explains and no internal invariant tells',
  },

  check(material: Material, report: Report): void {
    const ledger = clientLedger(clientOperations(material.parts.entries));
    const found = new Sightings();
    const { orders } = judgeWithoutCycles(ledger, found);
    report.judged(ledger.operations);
    if (found.isEmpty) return;
    compare(material, report, ledger, orders, found);
  },
});

function compare(material: Material, report: Report, ledger: Ledger, orders: Orders, found: Sightings): void {
  const claims = new Claims(material);
  const truth = new InternalTruth(material);
  for (const { type, worst } of found.all()) {
    const witnesses = witnessesOf(ledger, orders, type, worst);
    worst.forEach((sighting, place) => {
      if (follows(ledger, orders, type, sighting)) return;
      const claim = claimOf(ledger, type, sighting);
      const prose = witnesses[place]?.prose ?? type;
      const at = momentOf(ledger, material, sighting);
      const facts = { type, key: claim.key, value: claim.values[0] ?? null };
      report.judged(1);
      const denial = claims.denial(claim);
      if (denial !== undefined) {
        report.violated('client-truth-denied', at, `${type}: ${prose}; but ${denial}`, facts);
      } else if (!truth.knows(claim, skippedOf(ledger, sighting))) {
        const said = `${type}: ${prose}; nothing explains it, and no internal invariant tells it`;
        report.violated('internal-truth-silent', at, said, facts);
      }
    });
  }
}

const anomaliesOfOrder: ReadonlySet<AnomalyType> = new Set([
  'poll-skip',
  'nonmonotonic-poll',
  'int-poll-skip',
  'int-nonmonotonic-poll',
  'nonmonotonic-send',
]);

/**
 * Whether an anomaly of order only follows from a duplicate, or from an offset with two values, of the same
 * key.
 */
function follows(ledger: Ledger, orders: Orders, type: AnomalyType, { key, values }: Sighting): boolean {
  if (!anomaliesOfOrder.has(type)) return false;
  if ((orders.byKey[key]?.conflicts.size ?? 0) > 0) return true;
  return [...orders.several.keys()].some((value) => ledger.keyOf(value) === key) && values.length > 0;
}

function claimOf(ledger: Ledger, type: AnomalyType, { key, values, offsets }: Sighting): Claim {
  return {
    type,
    key: key < 0 ? '' : ledger.keys.name(key),
    values: values.map((value) => String(ledger.nameOf(value))),
    offsets: offsets ?? [],
  };
}

function skippedOf(ledger: Ledger, { skipped = [] }: Sighting): string[] {
  return skipped.map((value) => String(ledger.nameOf(value)));
}

function momentOf(ledger: Ledger, material: Material, { operations }: Sighting): At {
  const operation = operations.at(-1);
  if (operation === undefined || ledger.completedPlace(operation) === never.place) return material.parts.end;
  return { step: ledger.completedPlace(operation), timeUs: ledger.completedNs(operation) / 1000 };
}

/**
 * What the simulator knows: losses, and the findings of its other checkers, which are asked when somebody
 * wants to know.
 */
class InternalTruth {
  readonly #material: Material;
  #findings: Map<string, Finding[]> | undefined;

  constructor(material: Material) {
    this.#material = material;
  }

  knows(claim: Claim, skipped: readonly string[]): boolean {
    return this.#explains(claim, skipped) || this.#tells(claim);
  }

  #explains({ type, key, values, offsets }: Claim, skipped: readonly string[]): boolean {
    const { losses, scans } = this.#material;
    const { topic, partition } = placeOf(key);
    if (losses.lossySince(0, topic, partition) || losses.rotten(topic, partition).lawful) return true;
    const scan = scans.get(`${topic}-${partition}`);
    const wantsScan = type === 'unseen' || type === 'lost-write';
    if (wantsScan && (scan === undefined || !scan.complete || scan.corruptAt.length > 0)) return true;
    if (offsets.some((offset) => losses.trimmed(topic, partition, offset))) return true;
    const sends = [...values, ...skipped].map((value) => this.#material.sendOf(value));
    return sends.some((send) => send !== undefined && this.#mayBe(type, send, topic, partition));
  }

  #mayBe(type: AnomalyType, send: SendOperation, topic: string, partition: number): boolean {
    const { losses, contracts } = this.#material;
    const { duplicates, survives } = contracts.of(send);
    const isDuplicate = type === 'duplicate' || type === 'duplicate-nonzero';
    if (isDuplicate && duplicates.is === 'may') return true;
    // Without an offset it is not known whether retention took it.
    if (losses.trimmed(topic, partition, Math.max(0, send.offset))) return true;
    return send.outcome === 'ok' && survives.is === 'may-vanish';
  }

  #tells({ type, key }: Claim): boolean {
    this.#findings ??= this.#ask();
    const { topic, partition } = placeOf(key);
    return (spokenOf[type] ?? []).some((invariant) => {
      const findings = this.#findings?.get(invariant) ?? [];
      // Of many findings only the first are kept: then another partition speaks for this one.
      if (findings.length >= findingsMax) return true;
      return findings.some(
        ({ evidence }) => evidence['topic'] === topic && evidence['partition'] === partition,
      );
    });
  }

  #ask(): Map<string, Finding[]> {
    const findings = new Map<string, Finding[]>();
    for (const row of internal) {
      const { violations, witnesses } = judge(row, this.#material);
      for (const finding of [...violations, ...witnesses]) {
        const known = findings.get(finding.invariant);
        if (known === undefined) findings.set(finding.invariant, [finding]);
        else known.push(finding);
      }
    }
    return findings;
  }
}

function placeOf(key: string): { topic: string; partition: number } {
  const slash = key.lastIndexOf('/');
  return { topic: key.slice(0, slash), partition: Number(key.slice(slash + 1)) };
}
