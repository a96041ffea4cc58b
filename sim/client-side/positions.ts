// Where every process stood in every key, and where it went on: what it left out, read again or sent out of
// order.
//
// A process that assigns or subscribes keeps its place in the keys that it names, and in no other. Only
// operations that were ok move its place when it reads: what failed or is unknown must be read again. What it
// reads is looked at whatever becomes of it, since pollers are shown only what is safe. A key that was
// rebalanced within an operation is left alone in that operation.
//
// A poll that names a key and brings nothing of it moves nothing. (Jepsen's checker forgets the place then,
// and misses what is left out behind such a poll.)

import { fail, info, type Ledger, ok } from './ledger.ts';
import type { Orders } from './orders.ts';
import type { Sighting, Sightings } from './sightings.ts';

/** Values told of what was left out. */
const skippedMax = 8;

interface Place {
  operation: number;
  value: number;
}

export function judgePositions(ledger: Ledger, orders: Orders, found: Sightings): void {
  const reading = new Walk(ledger, orders, found, 'read');
  const sending = new Walk(ledger, orders, found, 'send');
  for (let operation = 0; operation < ledger.operations; operation++) {
    const action = ledger.action(operation);
    if (action === 'assign' || action === 'subscribe') {
      if (ledger.outcome(operation) === fail) continue;
      reading.keepOnly(operation);
      sending.keepOnly(operation);
      continue;
    }
    reading.walk(operation);
    sending.walk(operation);
  }
}

class Walk {
  readonly #ledger: Ledger;
  readonly #orders: Orders;
  readonly #found: Sightings;
  readonly #isRead: boolean;
  /** By process, then by key. */
  readonly #places: (Map<number, Place> | undefined)[] = [];
  /** By key: the operation that touched it last, and the value that it touched last. */
  readonly #touchedBy: Int32Array;
  readonly #touched: Int32Array;

  constructor(ledger: Ledger, orders: Orders, found: Sightings, what: 'read' | 'send') {
    this.#ledger = ledger;
    this.#orders = orders;
    this.#found = found;
    this.#isRead = what === 'read';
    this.#touchedBy = new Int32Array(ledger.keys.count).fill(-1);
    this.#touched = new Int32Array(ledger.keys.count).fill(-1);
  }

  keepOnly(operation: number): void {
    const places = this.#places[this.#ledger.process(operation)];
    if (places === undefined) return;
    const kept = new Set(this.#ledger.assigned(operation));
    for (const key of places.keys()) if (!kept.has(key)) places.delete(key);
  }

  walk(operation: number): void {
    const ledger = this.#ledger;
    const from = this.#isRead ? ledger.readsFrom(operation) : ledger.sendsFrom(operation);
    const to = this.#isRead ? ledger.readsFrom(operation + 1) : ledger.sendsFrom(operation + 1);
    if (from === to) return;
    const places = this.#placesOf(ledger.process(operation));
    const rebalanced = this.#isRead ? ledger.rebalanced(operation) : undefined;
    const outcome = ledger.outcome(operation);
    // A send that failed is nowhere: it has no place among the operations of its process.
    const isCompared = this.#isRead || outcome !== fail;
    const keys: number[] = [];
    for (let item = from; item < to; item++) {
      const value = this.#isRead ? ledger.readValue(item) : ledger.sendValue(item);
      const key = ledger.keyOf(value);
      if (this.#touchedBy[key] !== operation) {
        this.#touchedBy[key] = operation;
        keys.push(key);
        const place = isCompared ? places.get(key) : undefined;
        if (place !== undefined) this.#between(key, place, { operation, value });
      } else if (rebalanced === undefined || !rebalanced.has(key)) {
        this.#within(key, operation, this.#touched[key] as number, value);
      }
      this.#touched[key] = value;
    }
    const moves = this.#isRead ? outcome === ok : outcome === ok || outcome === info;
    if (!moves) return;
    for (const key of keys) this.#move(places, key, operation);
  }

  #placesOf(process: number): Map<number, Place> {
    let places = this.#places[process];
    if (places === undefined) {
      places = new Map();
      this.#places[process] = places;
    }
    return places;
  }

  #move(places: Map<number, Place>, key: number, operation: number): void {
    const value = this.#touched[key] as number;
    const place = places.get(key);
    if (place === undefined) places.set(key, { operation, value });
    else {
      place.operation = operation;
      place.value = value;
    }
  }

  #between(key: number, before: Place, after: Place): void {
    const delta = this.#orders.delta(before.value, after.value);
    if (delta === 1) return;
    const operations = [before.operation, after.operation];
    const sighting = { key, values: [before.value, after.value], operations, weight: delta };
    if (delta < 1) this.#found.add(this.#isRead ? 'nonmonotonic-poll' : 'nonmonotonic-send', sighting);
    // Between two sends of a process others may send: that is no anomaly at all.
    else if (this.#isRead) this.#found.add('poll-skip', this.#withSkipped(sighting));
  }

  #within(key: number, operation: number, before: number, after: number): void {
    const delta = this.#orders.delta(before, after);
    if (delta === 1) return;
    const sighting = { key, values: [before, after], operations: [operation], weight: delta };
    if (delta < 1)
      this.#found.add(this.#isRead ? 'int-nonmonotonic-poll' : 'int-nonmonotonic-send', sighting);
    else this.#found.add(this.#isRead ? 'int-poll-skip' : 'int-send-skip', this.#withSkipped(sighting));
  }

  #withSkipped(sighting: Sighting): Sighting {
    const index = this.#orders.index[sighting.values[0] as number] as number;
    const { picked } = this.#orders.byKey[sighting.key] as { picked: Int32Array };
    const to = Math.min(index + sighting.weight, index + 1 + skippedMax);
    return { ...sighting, skipped: [...picked.subarray(index + 1, to)] };
  }
}
