// Anomalies of the logs themselves: a value twice, an offset with two values.

import type { Ledger } from './ledger.ts';
import type { Orders } from './orders.ts';
import type { Sightings } from './sightings.ts';

export function judgeLogs(ledger: Ledger, orders: Orders, found: Sightings): void {
  for (const [value, offsets] of orders.several) {
    const key = ledger.keyOf(value);
    const ascending = [...offsets].sort((a, b) => a - b);
    const sighting = { key, values: [value], operations: [], weight: offsets.length, offsets: ascending };
    found.add('duplicate', sighting);
    const nonzero = ascending.filter((offset) => offset !== 0);
    if (nonzero.length < 2) continue;
    found.add('duplicate-nonzero', { ...sighting, weight: nonzero.length, offsets: nonzero });
  }
  orders.byKey.forEach(({ conflicts, offsets }, key) => {
    for (const [index, values] of conflicts) {
      const at = [offsets[index] as number];
      found.add('inconsistent-offsets', { key, values, operations: [], weight: values.length, offsets: at });
    }
  });
}
