// What was shown once is shown for ever, nothing is shown before it is committed, and the end of a partition does not
// come back.
//
// Sound because: readers get nothing above a high watermark, and that covers only what survives all faults of the loss
// budget. A record may have been fetched long before its poll: what excuses its disappearance is a fault since it was
// sent, not since it was read. A dirty read is judged against the highest end that any correct leader can have told by
// then (`readableBy` of the monitor), and only where the monitor knows the partition. A request for the end of a
// partition is compared with what was known before it was sent; a leader that is behind must not answer. But a leader
// that was deposed and does not know yet answers from what it has, in Kafka as well: what was asked during such a reign
// is a witness.

import { partitionKey } from '../../engine/index.ts';
import { evidenceOf } from '../contract/because.ts';
import { listOf } from '../lists.ts';
import { type Material, scanName } from '../material.ts';
import type { Fetched, Scan, WatermarkOperation } from '../record/history.ts';
import { type At, checker, type Report } from '../verdict.ts';

export const reads = checker({
  name: 'reads',
  doc: 'what was readable stays readable, and only what is committed is readable',
  invariants: {
    'read-not-repeatable': 'a record that was read is not there, or is another one, in a later complete scan',
    'dirty-read': 'a record was read above the end that any leader could have shown',
    'hw-regression':
      'a later request for the end of a partition, or a scan, shows less than was known before',
  },

  check(material: Material, report: Report): void {
    const shown = new Map<string, Fetched[]>();
    for (const fetched of material.fetchedByView.values()) {
      for (const one of fetched) listOf(shown, partitionKey(one.topic, one.partition)).push(one);
    }
    for (const [key, fetched] of shown) {
      const scans = [material.scans.get(key), ...(material.replicaScans.get(key) ?? [])];
      for (const scan of scans) if (scan?.complete) repeated(material, report, fetched, scan);
      dirty(material, report, fetched);
    }
    regressions(material, report, shown);
  },
});

function repeated(material: Material, report: Report, fetched: readonly Fetched[], scan: Scan): void {
  const values = new Map(scan.records.map(({ offset, value }) => [offset, value]));
  const damaged = new Set(scan.corruptAt);
  const told = new Set<number>();
  for (const { topic, partition, offset, value, at, client } of fetched) {
    if (value === null || offset < scan.logStartOffset || damaged.has(offset) || told.has(offset)) continue;
    report.judged(1);
    if (values.get(offset) === value || material.losses.trimmed(topic, partition, offset)) continue;
    told.add(offset);
    const since = Math.min(at.step, material.sendOf(value)?.invoked.step ?? at.step);
    const { lawful, because } = material.contracts.place(-1, topic, partition, offset, since);
    const instead = values.get(offset);
    const prose =
      `${client} read ${value} at ${topic}/${partition} offset ${offset}, but the ${scanName(scan)} has` +
      ` ${instead === undefined ? 'nothing' : (instead ?? 'no value')} there; ${lawful ? 'lawful' : 'unlawful'}:` +
      ` ${because.prose}`;
    report.found(lawful, 'read-not-repeatable', at, prose, {
      topic,
      partition,
      offset,
      value,
      ...evidenceOf(because),
    });
  }
}

function dirty(material: Material, report: Report, fetched: readonly Fetched[]): void {
  for (const { topic, partition, offset, value, at, client } of fetched) {
    const state = material.parts.monitor?.cluster.known(topic, partition);
    if (state?.now === undefined) return;
    report.judged(1);
    const readable = state.readableBy(at.step);
    if (offset < readable) continue;
    const prose =
      `${client} read ${value ?? 'bytes that are no value'} at ${topic}/${partition} offset ${offset}, but the` +
      ` in-sync replicas had agreed on no more than ${readable} by then`;
    report.violated('dirty-read', at, prose, { topic, partition, offset, readable });
  }
}

interface Known {
  readonly end: number;
  readonly at: At;
  readonly by: string;
}

function regressions(
  material: Material,
  report: Report,
  shown: ReadonlyMap<string, readonly Fetched[]>,
): void {
  const asked = new Map<string, WatermarkOperation[]>();
  for (const entry of material.parts.entries) {
    if (entry.kind !== 'watermark' || entry.outcome !== 'ok' || entry.highWatermark < 0) continue;
    listOf(asked, partitionKey(entry.topic, entry.partition)).push(entry);
  }
  for (const key of new Set([...asked.keys(), ...shown.keys()])) {
    const operations = asked.get(key) ?? [];
    const known: Known[] = (shown.get(key) ?? []).map(({ offset, at, client }) => {
      return { end: offset + 1, at, by: client };
    });
    for (const { highWatermark, completed, client } of operations) {
      if (completed !== null) known.push({ end: highWatermark, at: completed, by: client });
    }
    known.sort((a, b) => a.at.step - b.at.step);
    const scans = [material.scans.get(key), ...(material.replicaScans.get(key) ?? [])];
    compareEnds(material, report, known, operations, scans);
  }
}

function compareEnds(
  material: Material,
  report: Report,
  known: readonly Known[],
  operations: readonly WatermarkOperation[],
  scans: readonly (Scan | undefined)[],
): void {
  const bySending = [...operations].sort((a, b) => a.invoked.step - b.invoked.step);
  let highest: Known | undefined;
  let next = 0;
  const before = (step: number): Known | undefined => {
    for (let one = known[next]; one !== undefined && one.at.step < step; one = known[++next]) {
      if (highest === undefined || one.end > highest.end) highest = one;
    }
    return highest;
  };
  const judge = (
    place: { topic: string; partition: number },
    end: number,
    by: string,
    [from, at]: readonly [At, At],
    was: Known | undefined,
  ) => {
    if (was === undefined) return;
    report.judged(1);
    if (end >= was.end) return;
    const { topic, partition } = place;
    // What was fetched before a loss may be polled after it: any loss of the run can explain the end.
    const lawful =
      material.losses.lossySince(0, topic, partition) ||
      deposedLed(material, topic, partition, from.step, at.step);
    const prose = `${by} was told that ${topic}/${partition} ends at ${end}, but ${was.by} had known ${was.end} before`;
    report.found(lawful, 'hw-regression', at, prose, { topic, partition, end, before: was.end });
  };
  for (const operation of bySending) {
    const was = before(operation.invoked.step);
    const { highWatermark, client, invoked, completed } = operation;
    judge(operation, highWatermark, client, [invoked, completed ?? invoked], was);
  }
  // Scans begin when all clients are done.
  for (const scan of scans) {
    if (scan?.complete)
      judge(scan, scan.logEndOffset, scanName(scan), [scan.at, scan.at], before(scan.at.step));
  }
}

/** Whether somebody believed to lead, between two steps, who had been deposed by the end of them. */
function deposedLed(
  material: Material,
  topic: string,
  partition: number,
  fromStep: number,
  toStep: number,
): boolean {
  const reigns = material.parts.monitor?.cluster.known(topic, partition)?.reigns ?? [];
  return reigns.some(({ superseded, ended }) => superseded <= toStep && ended >= fromStep);
}
