// Anomalies between who sent and who read: what failed and is seen, what was sent and is not.

import type { Facts } from './facts.ts';
import { type Ledger, ok } from './ledger.ts';
import type { Orders } from './orders.ts';
import type { Sightings } from './sightings.ts';

export function judgeVisibility(ledger: Ledger, facts: Facts, orders: Orders, found: Sightings): void {
  for (let operation = 0; operation < ledger.operations; operation++) {
    judgeReads(ledger, facts, operation, found);
  }
  judgeLost(ledger, facts, orders, found);
  judgeUnseen(ledger, facts, found);
}

/** G1a, precommitted reads, and values that nobody sent. */
function judgeReads(ledger: Ledger, facts: Facts, operation: number, found: Sightings): void {
  const [from, to] = [ledger.readsFrom(operation), ledger.readsFrom(operation + 1)];
  const isOk = ledger.outcome(operation) === ok;
  let isPrecommitted = false;
  for (let read = from; read < to; read++) {
    const value = ledger.readValue(read);
    const key = ledger.keyOf(value);
    const writer = facts.writer[value] as number;
    if (writer < 0) {
      if (facts.firstReader[value] !== operation) continue;
      const offsets = [ledger.readOffset(read)];
      found.add('no-writer', { key, values: [value], operations: [operation], weight: operation, offsets });
      continue;
    }
    if (isOk && facts.failed(value)) {
      const operations = [writer, operation];
      found.add('G1a', { key, values: [value], operations, weight: operation });
    }
    if (isPrecommitted || !sends(ledger, operation, value)) continue;
    isPrecommitted = true;
    found.add('precommitted-read', { key, values: [value], operations: [operation], weight: operation });
  }
}

function sends(ledger: Ledger, operation: number, value: number): boolean {
  for (let send = ledger.sendsFrom(operation); send < ledger.sendsFrom(operation + 1); send++) {
    if (ledger.sendValue(send) === value) return true;
  }
  return false;
}

/**
 * Somebody read up to an index, so somebody must have read all that stands before it. With a value at several
 * offsets the first counts for how far readers came, and the last for what they went past; so nobody is
 * blamed for a choice between the two.
 */
function judgeLost(ledger: Ledger, facts: Facts, orders: Orders, found: Sightings): void {
  const bounds = new Int32Array(ledger.keys.count).fill(-1);
  const furthest = new Int32Array(ledger.keys.count).fill(-1);
  for (let value = 0; value < ledger.values; value++) {
    const first = orders.first[value] as number;
    const key = ledger.keyOf(value);
    if (!facts.wasRead(value) || first <= (bounds[key] as number)) continue;
    bounds[key] = first;
    furthest[key] = value;
  }
  for (let value = 0; value < ledger.values; value++) {
    const last = orders.last[value] as number;
    const key = ledger.keyOf(value);
    if (last < 0 || last > (bounds[key] as number) || facts.wasRead(value)) continue;
    const writer = facts.writer[value] as number;
    // Without a writer it was read by somebody at least, and is told as such.
    if (writer < 0 || !facts.mustHaveCommitted(writer)) continue;
    const beyond = furthest[key] as number;
    const operations = [writer, facts.firstOkReader[beyond] as number];
    const at = (orders.byKey[key] as { offsets: Float64Array }).offsets;
    const offsets = [at[last] as number, at[bounds[key] as number] as number];
    found.add('lost-write', { key, values: [value, beyond], operations, weight: last, offsets });
  }
}

/** By key, as what is unseen is told by the key that has most of it. */
function judgeUnseen(ledger: Ledger, facts: Facts, found: Sightings): void {
  const unseen = new Map<number, number[]>();
  for (let value = 0; value < ledger.values; value++) {
    if (!facts.wasAcknowledged(value) || facts.wasRead(value)) continue;
    const key = ledger.keyOf(value);
    const values = unseen.get(key);
    if (values === undefined) unseen.set(key, [value]);
    else values.push(value);
  }
  for (const [key, values] of unseen) {
    const operations = [facts.writer[values[0] as number] as number];
    found.add('unseen', { key, values, operations, weight: values.length }, values.length);
  }
}
