// How many records of a run the contract obliges, and how many it leaves alone: what was promised in this run, whatever
// came of it. Small and plain, so that a table can be made of the tallies of thousands of runs.

import type { Material } from '../material.ts';

/** What the contract speaks of, with the invariant that finds it. Declared once: tables have a column for each row. */
export const anomalies = [
  { name: 'lost', invariant: 'acked-write-lost', of: 'acknowledged' },
  { name: 'duplicated', invariant: 'duplicate-append', of: 'sent' },
  { name: 'reordered', invariant: 'producer-order-inversion', of: 'sent' },
  { name: 'delivered twice', invariant: 'duplicate-delivery', of: 'processed' },
  { name: 'skipped', invariant: 'delivery-loss', of: 'committed' },
] as const;

export type Anomaly = (typeof anomalies)[number]['name'];

/** Of so many records, how many the contract lets be so. */
export interface Permitted {
  readonly of: number;
  readonly permitted: number;
}

export type ContractTally = Readonly<Record<Anomaly, Permitted>>;

export function tallyOf(material: Material): ContractTally {
  const count = Object.fromEntries(anomalies.map(({ name }) => [name, { of: 0, permitted: 0 }])) as Record<
    Anomaly,
    { of: number; permitted: number }
  >;
  const add = (anomaly: Anomaly, isPermitted: boolean) => {
    count[anomaly].of++;
    if (isPermitted) count[anomaly].permitted++;
  };
  for (const send of material.sends) {
    const { survives, duplicates, order } = material.contracts.of(send);
    if (send.outcome === 'ok' && survives.is !== 'removed') add('lost', survives.is === 'may-vanish');
    add('duplicated', duplicates.is === 'may');
    add('reordered', order.is === 'may-be-reordered');
  }
  for (const entry of material.parts.entries) {
    if (entry.kind !== 'group') continue;
    const { group, style } = entry;
    for (const record of material.processed) {
      if (record.group !== group) continue;
      add('delivered twice', material.groups.mayRepeat(style, record));
    }
    for (const { topic, partition, records, at } of material.scans.values()) {
      const { offsets, mayBeNone } = material.committed(group, topic, partition, at.step, at.step);
      if (mayBeNone) continue;
      const committed = Math.min(...offsets);
      const maySkip = material.groups.maySkip(style, topic, partition);
      for (const { offset } of records) if (offset < committed) add('skipped', maySkip);
    }
  }
  return count;
}
