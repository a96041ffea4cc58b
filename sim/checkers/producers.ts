// What one producer session sent stands in the log once and in its order, as far as its settings promise. What its
// application sent again is for the producer another record, with another number: nothing is promised of the two.

import { evidenceOf } from '../contract/because.ts';
import { listOf } from '../lists.ts';
import type { Material } from '../material.ts';
import type { Scan, SendOperation } from '../record/history.ts';
import { valueName } from '../record/value.ts';
import { checker, type Report } from '../verdict.ts';

export const producers = checker({
  name: 'producers',
  doc: 'a session of a producer: once, and in order',
  invariants: {
    'duplicate-append':
      'one sent record stands at two offsets, although its producer was idempotent or sent it once',
    'producer-order-inversion':
      'two records of one session stand in the wrong order, although order was promised',
  },

  check(material: Material, report: Report): void {
    for (const scan of material.scans.values()) {
      const firstOffsets = duplicates(material, report, scan);
      inversions(material, report, scan, firstOffsets);
      gaps(material, report, scan, firstOffsets);
    }
  },
});

function duplicates(material: Material, report: Report, scan: Scan): Map<string, number> {
  const firstOffsets = new Map<string, number>();
  for (const { value, offset } of scan.records) {
    if (value === null) continue;
    report.judged(1);
    const first = firstOffsets.get(value);
    if (first === undefined) {
      firstOffsets.set(value, offset);
      continue;
    }
    const send = material.sendOf(value);
    if (send === undefined) continue;
    const contract = material.contracts.of(send).duplicates;
    report.found(
      contract.is === 'may',
      'duplicate-append',
      send.completed ?? send.invoked,
      `${value} was sent once by its application and stands at ${scan.topic}/${scan.partition}` +
        ` offsets ${first} and ${offset} (idempotent: ${send.idempotent}, attempts: ${send.attempts});` +
        ` ${contract.is === 'may' ? 'lawful' : 'unlawful'}: ${contract.because.prose}`,
      {
        topic: scan.topic,
        partition: scan.partition,
        value,
        offset: first,
        again: offset,
        ...evidenceOf(contract.because),
      },
    );
  }
  return firstOffsets;
}

/**
 * A gap: a later record of an idempotent session was acknowledged while an earlier one for the same partition was not
 * given up yet, and the earlier is not there. The leader takes batches of a session only in their order, so the earlier
 * one was appended. (A producer that gave up on a batch lawfully goes on without it: then the earlier send has ended.)
 */
function gaps(material: Material, report: Report, scan: Scan, firstOffsets: Map<string, number>): void {
  if (!scan.complete || scan.corruptAt.length > 0) return;
  const { topic, partition } = scan;
  const acked = new Map<string, SendOperation[]>();
  for (const value of firstOffsets.keys()) {
    const send = material.sendOf(value);
    if (send?.idempotent && send.outcome === 'ok') listOf(acked, send.session).push(send);
  }
  for (const sends of acked.values()) sends.sort((a, b) => a.n - b.n);
  for (const send of material.sends) {
    if (!send.idempotent || send.topic !== topic || send.partition !== partition) continue;
    if (send.sentAgain > 0) continue;
    if (send.outcome === 'ok' || send.outcome === 'failed' || firstOffsets.has(valueName(send))) continue;
    const givenUp = send.completed?.step ?? Number.MAX_SAFE_INTEGER;
    const later = acked.get(send.session)?.find(({ n, completed }) => {
      return n > send.n && (completed?.step ?? givenUp) < givenUp;
    });
    report.judged(1);
    if (later === undefined || material.losses.trimmed(topic, partition, later.offset)) continue;
    const before = Math.max(0, later.offset - 1);
    const loss = material.contracts.place(-1, topic, partition, before, send.invoked.step);
    const { order } = material.contracts.of(send);
    const lawful = loss.lawful || order.is === 'may-be-reordered';
    const because = loss.lawful ? loss.because : order.because;
    report.found(
      lawful,
      'producer-order-inversion',
      later.completed ?? later.invoked,
      `${send.session} sent number ${send.n} before ${later.n}, which stands at ${topic}/${partition} offset` +
        ` ${later.offset}, but ${send.n} is nowhere (gap); ${lawful ? 'lawful' : 'unlawful'}: ${because.prose}`,
      {
        topic,
        partition,
        session: send.session,
        first: send.n,
        second: later.n,
        secondOffset: later.offset,
        ...evidenceOf(because),
      },
    );
  }
}

/** By the first offset of each record. */
function inversions(material: Material, report: Report, scan: Scan, firstOffsets: Map<string, number>): void {
  const highest = new Map<string, { send: SendOperation; offset: number }>();
  for (const [value, offset] of firstOffsets) {
    const send = material.sendOf(value);
    if (send === undefined) continue;
    const before = highest.get(send.session);
    if (before === undefined || before.send.n < send.n) {
      highest.set(send.session, { send, offset });
      continue;
    }
    const contract = material.contracts.of(send).order;
    report.found(
      contract.is === 'may-be-reordered',
      'producer-order-inversion',
      send.completed ?? send.invoked,
      `${send.session} sent number ${send.n} before ${before.send.n}, but ${scan.topic}/${scan.partition}` +
        ` has them at offsets ${offset} and ${before.offset}` +
        ` (idempotent: ${send.idempotent}, in flight: up to ${send.maxInFlight});` +
        ` ${contract.is === 'kept' ? 'unlawful' : 'lawful'}: ${contract.because.prose}`,
      {
        topic: scan.topic,
        partition: scan.partition,
        session: send.session,
        first: send.n,
        firstOffset: offset,
        second: before.send.n,
        secondOffset: before.offset,
        ...evidenceOf(contract.because),
      },
    );
  }
}
