// What the application of a group got to do, end to end. Which anomaly is one depends on the moment at which it
// commits, and on what was lost: contract/group-contract.ts says.

import { partitionKey } from '../../engine/index.ts';
import { evidenceOf } from '../contract/because.ts';
import type { Material } from '../material.ts';
import type { DeliveryStyle, Processed, Scan } from '../record/history.ts';
import { checker, type Report } from '../verdict.ts';

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
    const contract = material.groups.skips(style, group, { topic, partition, offset: record.offset });
    report.found(
      contract.is === 'may',
      'delivery-loss',
      scan.at,
      `${record.value} at ${topic}/${partition} offset ${record.offset} was never processed by the group ${group},` +
        ` which committed ${committed} (${style}): ${contract.because.prose}`,
      {
        topic,
        partition,
        offset: record.offset,
        value: record.value,
        group,
        committed,
        ...evidenceOf(contract.because),
      },
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
    const contract = material.groups.repeats(style, before, { ...at, session });
    report.found(
      contract.is === 'may',
      'duplicate-delivery',
      at,
      `${value} at ${topic}/${partition} offset ${offset} was processed by ${before.session} and again by ${session}` +
        ` in the group ${group} (${style}): ${contract.because.prose}`,
      {
        topic,
        partition,
        offset,
        value,
        group,
        first: before.session,
        second: session,
        ...evidenceOf(contract.because),
      },
    );
  }
}
