// What the application of a consumer group got to do, end to end. Which anomaly is one depends on the style:
//
//   commit-before (at most once)     may lose what was committed and not yet processed, never repeats
//   commit-after (at least once)     may repeat what was processed and not yet committed, never loses
//   auto-commit, processed in poll   as commit-after
//   auto-commit-behind               commits run ahead of the work: may lose as well as repeat

import { partitionKey } from '../../engine/index.ts';
import type { Material } from '../material.ts';
import type { DeliveryStyle, Processed, Scan } from '../record/history.ts';
import { type At, checker, type Report } from '../verdict.ts';

export const delivery = checker({
  name: 'delivery',
  doc: 'what the application of a group processed: lost, repeated, or just once',
  invariants: {
    'delivery-loss': 'a visible record below the final committed offset was processed by no member',
    'duplicate-delivery': 'a group processed a record twice',
  },

  check(material: Material, report: Report): void {
    for (const entry of material.parts.entries) {
      if (entry.kind !== 'group') continue;
      const processed = material.processed.filter((record) => record.group === entry.group);
      repeats(material, report, entry.style, entry.group, processed);
      const done = new Set(processed.map((record) => identity(record.topic, record.partition, record)));
      for (const scan of material.scans.values())
        losses(material, report, entry.style, entry.group, done, scan);
    }
  },
});

function identity(
  topic: string,
  partition: number,
  record: { offset: number; value: string | null },
): string {
  return `${partitionKey(topic, partition)} ${record.offset} ${record.value}`;
}

function losses(
  material: Material,
  report: Report,
  style: DeliveryStyle,
  group: string,
  done: ReadonlySet<string>,
  scan: Scan,
): void {
  const { topic, partition } = scan;
  // The smallest offset the group may have in the end: below it, all must have been processed.
  const { offsets, mayBeNone } = material.committed(group, topic, partition, scan.at.step, scan.at.step);
  if (mayBeNone) return;
  const committed = Math.min(...offsets);
  for (const record of scan.records) {
    if (record.offset >= committed) break;
    report.judged(1);
    if (done.has(identity(topic, partition, record))) continue;
    report.found(
      style === 'commit-before' || style === 'auto-commit-behind' || material.losses.anyLossy,
      'delivery-loss',
      scan.at,
      `${record.value} at ${topic}/${partition} offset ${record.offset} was never processed by the group ${group},` +
        ` which committed ${committed} (${style})`,
      { topic, partition, offset: record.offset, value: record.value, group, committed },
    );
  }
}

function repeats(
  material: Material,
  report: Report,
  style: DeliveryStyle,
  group: string,
  processed: readonly Processed[],
): void {
  const first = new Map<string, Processed>();
  for (const record of processed) {
    report.judged(1);
    const { topic, partition, offset, value, session, at } = record;
    const key = identity(topic, partition, record);
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, record);
      continue;
    }
    const lossy = material.losses.anyLossy;
    report.found(
      lossy ||
        (style !== 'commit-before' &&
          (disturbed(material, group, before.at, at) || tookOver(material, before, record))),
      'duplicate-delivery',
      at,
      `${value} at ${topic}/${partition} offset ${offset} was processed by ${before.session} and again by ${session}` +
        ` in the group ${group} (${style})`,
      { topic, partition, offset, value, group, first: before.session, second: session },
    );
  }
}

/**
 * Another member began where the group stood, before the first had committed what it processed: it may have been the
 * owner for a while already when the first, who had not heard of it, processed the record.
 */
function tookOver(material: Material, first: Processed, second: Processed): boolean {
  if (first.session === second.session) return false;
  const { group, topic, partition, offset } = second;
  let begun: At | undefined;
  for (const view of material.views.values()) {
    const isItsOwn = view.session === second.session && view.topic === topic && view.partition === partition;
    if (isItsOwn && view.at.step <= second.at.step) begun = view.at;
  }
  if (begun === undefined) return false;
  const { step } = begun;
  return !material.commits.some(
    (commit) =>
      commit.group === group &&
      commit.outcome === 'ok' &&
      (commit.completed?.step ?? step) < step &&
      commit.offsets.some((one) => one.topic === topic && one.partition === partition && one.offset > offset),
  );
}

/** At-least-once repeats after something happened: a fault, another assignment, a commit that did not succeed. */
function disturbed(material: Material, group: string, from: At, to: At): boolean {
  if (material.losses.disturbedBetween(from.step, to.step)) return true;
  for (const view of material.views.values()) {
    if (view.group === group && view.at.step >= from.step && view.at.step <= to.step) return true;
  }
  return material.commits.some(
    (commit) =>
      commit.group === group &&
      commit.outcome !== 'ok' &&
      commit.invoked.step <= to.step &&
      (commit.completed?.step ?? to.step) >= from.step,
  );
}
