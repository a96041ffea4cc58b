// What must have come before what, between operations: *ww* from the writer of a value to the writer of the
// next one in the log, *wr* from the writer of a value to everybody who read it, and real time from what was
// ok to whatever began afterwards. Whoever lies on a cycle of these is in one strongly connected component.
//
// Edges from a reader to the writer of the next value (rw) are left out, as in Jepsen's checker: a poll does
// not say that it saw the end.

import { Column } from './column.ts';
import { cyclicComponents, digraph } from './components.ts';
import type { Facts } from './facts.ts';
import { type Ledger, ok } from './ledger.ts';
import type { Orders } from './orders.ts';

/** Kinds of edges, as bits. */
export const ww = 1;
export const wr = 2;
export const process = 4;
export const realtime = 8;

/** Edges that come from values; `value` is the later one of a ww edge. */
export class DataEdges {
  readonly from = new Column();
  readonly to = new Column();
  readonly kind = new Column();
  readonly value = new Column();

  get length(): number {
    return this.from.length;
  }

  push(from: number, to: number, kind: number, value: number): void {
    this.from.push(from);
    this.to.push(to);
    this.kind.push(kind);
    this.value.push(value);
  }
}

export function dataEdges(ledger: Ledger, facts: Facts, orders: Orders, withWw: boolean): DataEdges {
  const edges = new DataEdges();
  for (let value = 0; withWw && value < ledger.values; value++) {
    const index = orders.index[value] as number;
    const writer = facts.writer[value] as number;
    if (index < 1 || writer < 0) continue;
    const { picked } = orders.byKey[ledger.keyOf(value)] as { picked: Int32Array };
    const before = facts.writer[picked[index - 1] as number] as number;
    if (before >= 0 && before !== writer) edges.push(before, writer, ww, value);
  }
  for (let operation = 0; operation < ledger.operations; operation++) {
    for (let read = ledger.readsFrom(operation); read < ledger.readsFrom(operation + 1); read++) {
      const value = ledger.readValue(read);
      const writer = facts.writer[value] as number;
      if (writer >= 0 && writer !== operation) edges.push(writer, operation, wr, value);
    }
  }
  return edges;
}

/**
 * The components that have a cycle of data edges and real time, as lists of operations in the order of
 * completion.
 *
 * Operations are numbered as they were completed, so real time always leads upwards, and data mostly. A cycle
 * needs an edge downwards, and lies between its two ends, or those of other such edges that overlap with it.
 * Only what lies there is looked at: of a healthy history nearly nothing.
 */
export function cyclicOperations(ledger: Ledger, edges: DataEdges): number[][] {
  const candidates = spanned(ledger.operations, edges);
  if (candidates.length === 0) return [];
  const local = new Int32Array(ledger.operations).fill(-1);
  candidates.forEach((operation, place) => {
    local[operation] = place;
  });
  const from: number[] = [];
  const to: number[] = [];
  for (let edge = 0; edge < edges.length; edge++) {
    const [a, b] = [local[edges.from.at(edge)] as number, local[edges.to.at(edge)] as number];
    if (a < 0 || b < 0) continue;
    from.push(a);
    to.push(b);
  }
  const vertices = candidates.length + addRealTime(ledger, candidates, from, to);
  return cyclicComponents(digraph(vertices, from, to))
    .map((members) => members.filter((member) => member < candidates.length))
    .filter((members) => members.length > 1)
    .map((members) => members.map((member) => candidates[member] as number).sort((a, b) => a - b));
}

/** The operations between the ends of an edge that leads downwards. */
function spanned(operations: number, edges: DataEdges): number[] {
  const change = new Int32Array(operations + 1);
  for (let edge = 0; edge < edges.length; edge++) {
    const [from, to] = [edges.from.at(edge), edges.to.at(edge)];
    if (to >= from) continue;
    change[to] = (change[to] as number) + 1;
    change[from] = (change[from] as number) - 1;
  }
  const candidates: number[] = [];
  let open = 0;
  for (let operation = 0; operation < operations; operation++) {
    const before = open;
    open += change[operation] as number;
    if (before > 0 || open > 0) candidates.push(operation);
  }
  return candidates;
}

/**
 * Real time without an edge for every pair: a chain of moments, one at each completion. An operation that was
 * ok leads to its moment, and the last moment before an operation began leads to it. Gives the number of
 * moments.
 */
function addRealTime(ledger: Ledger, candidates: readonly number[], from: number[], to: number[]): number {
  const done = candidates.filter((operation) => ledger.outcome(operation) === ok);
  const doneAt = done.map((operation) => ledger.completedPlace(operation));
  const first = candidates.length;
  let moment = 0;
  candidates.forEach((operation, place) => {
    const before = countBelow(doneAt, ledger.invokedPlace(operation));
    if (before > 0) {
      from.push(first + before - 1);
      to.push(place);
    }
    if (done[moment] !== operation) return;
    from.push(place);
    to.push(first + moment);
    if (moment > 0) {
      from.push(first + moment - 1);
      to.push(first + moment);
    }
    moment++;
  });
  return moment;
}

/** How many of the ascending `places` lie below `limit`. */
function countBelow(places: readonly number[], limit: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
