// How far behind readers were, at least: reported, never judged. An offset is *expired* from the moment at
// which anything at or above it was known to exist; a reader that stands before an expired offset when its
// poll begins was behind since then. A process that assigns a key stands at its beginning; what it only
// subscribed to counts once it is read.

import { info, type Ledger, ok } from './ledger.ts';

export interface Lag {
  readonly lagNs: number;
  /** When the poll began. */
  readonly timeNs: number;
  readonly process: string;
  readonly key: string;
}

/** Where a process stands in a key, and since when more was known to exist. */
interface Standing {
  readonly offset: number;
  readonly behindSinceNs: number;
}

/** The offsets of a key that were known to exist, ever higher ones, and when. */
interface Stairs {
  readonly offsets: number[];
  readonly timesNs: number[];
}

export function worstLag(ledger: Ledger): Lag | null {
  const stairs = stairsOf(ledger);
  const positions: Map<number, Standing>[] = [];
  const standingAt = (key: number, offset: number): Standing => {
    return { offset, behindSinceNs: expired(stairs[key] as Stairs, offset + 1) };
  };
  let worst: { lagNs: number; operation: number; key: number } | undefined;
  for (let operation = 0; operation < ledger.operations; operation++) {
    if (ledger.outcome(operation) !== ok) continue;
    const action = ledger.action(operation);
    const process = ledger.process(operation);
    if (action === 'assign') {
      const before = positions[process];
      const keys = ledger.assigned(operation);
      positions[process] = new Map(keys.map((key) => [key, before?.get(key) ?? standingAt(key, -1)]));
    } else if (action === 'subscribe') positions[process] = new Map();
    if (action !== 'poll' && action !== 'txn') continue;
    let standing = positions[process];
    if (standing === undefined) {
      standing = new Map();
      positions[process] = standing;
    }
    for (const [key, offset] of highest(ledger, operation)) {
      if (offset > (standing.get(key)?.offset ?? -1)) standing.set(key, standingAt(key, offset));
    }
    const invokedNs = ledger.invokedNs(operation);
    for (const [key, { behindSinceNs }] of standing) {
      const lagNs = invokedNs - behindSinceNs;
      if (lagNs > (worst?.lagNs ?? 0)) worst = { lagNs, operation, key };
    }
  }
  if (worst === undefined) return null;
  const { lagNs, operation, key } = worst;
  const process = ledger.processes.name(ledger.process(operation));
  return { lagNs, timeNs: ledger.invokedNs(operation), process, key: ledger.keys.name(key) };
}

function stairsOf(ledger: Ledger): Stairs[] {
  const stairs: Stairs[] = Array.from({ length: ledger.keys.count }, () => ({ offsets: [], timesNs: [] }));
  for (let operation = 0; operation < ledger.operations; operation++) {
    const outcome = ledger.outcome(operation);
    if (outcome !== ok && outcome !== info) continue;
    const timeNs = ledger.completedNs(operation);
    for (const [key, offset] of highest(ledger, operation)) {
      const { offsets, timesNs } = stairs[key] as Stairs;
      if (offset <= (offsets.at(-1) ?? -1)) continue;
      offsets.push(offset);
      timesNs.push(timeNs);
    }
  }
  return stairs;
}

/** The highest offset of each key that an operation touched. */
function highest(ledger: Ledger, operation: number): Map<number, number> {
  const offsets = new Map<number, number>();
  const take = (value: number, offset: number) => {
    const key = ledger.keyOf(value);
    if (offset > (offsets.get(key) ?? -1)) offsets.set(key, offset);
  };
  for (let send = ledger.sendsFrom(operation); send < ledger.sendsFrom(operation + 1); send++) {
    take(ledger.sendValue(send), ledger.sendOffset(send));
  }
  for (let read = ledger.readsFrom(operation); read < ledger.readsFrom(operation + 1); read++) {
    take(ledger.readValue(read), ledger.readOffset(read));
  }
  return offsets;
}

/** Since when `offset` was known to exist; never, when it was not. */
function expired({ offsets, timesNs }: Stairs, offset: number): number {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] as number) < offset) low = middle + 1;
    else high = middle;
  }
  return timesNs[low] ?? Number.POSITIVE_INFINITY;
}
