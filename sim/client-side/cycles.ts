// Cycles among operations, named as Adya and Elle name them: the smallest kind of each component, with a
// short witness.
//
// A component that shows a kind is not searched for the kinds that follow from it (who overwrites in circles
// also has circular information flow). The search is limited; where it ends early, what is certain is that a
// cycle of some level exists, and that is told instead (`PL-1-cycle-exists` and the like).

import type { AnomalyType } from './anomalies.ts';
import { cyclicComponents, digraph } from './components.ts';
import { cyclicOperations, type DataEdges, process, realtime, wr, ww } from './dependencies.ts';
import { type Ledger, ok } from './ledger.ts';
import type { Sightings } from './sightings.ts';

/** Edges that the search walks, in a whole history and in one component. */
export const stepsMax = 5_000_000;
export const stepsOfComponentMax = 500_000;
/** Cycles of one kind and component among which the shortest is told. */
const candidatesMax = 16;

interface Kind {
  readonly type: AnomalyType;
  /** The edges that it may use. */
  readonly may: number;
  /**
   * The edge that it must have. It need not be said that a `-process` kind has an edge of process: without
   * one it would be a kind that was looked for, and found, before.
   */
  readonly must: number;
  /** What follows from it. */
  readonly implies: readonly AnomalyType[];
}

/** Ordered so that a kind comes before all that it implies. */
const kinds: readonly Kind[] = [
  {
    type: 'G0',
    may: ww,
    must: ww,
    implies: ['G1c', 'G0-process', 'G1c-process', 'G0-realtime', 'G1c-realtime'],
  },
  { type: 'G1c', may: ww | wr, must: wr, implies: ['G1c-process', 'G1c-realtime'] },
  {
    type: 'G0-process',
    may: ww | process,
    must: process,
    implies: ['G1c-process', 'G0-realtime', 'G1c-realtime'],
  },
  { type: 'G1c-process', may: ww | wr | process, must: wr, implies: ['G1c-realtime'] },
  { type: 'G0-realtime', may: ww | process | realtime, must: realtime, implies: ['G1c-realtime'] },
  { type: 'G1c-realtime', may: ww | wr | process | realtime, must: wr, implies: [] },
];

/** Levels that must be free of cycles, the weakest first; `shownBy` proves the same with a witness. */
const levels: readonly { type: AnomalyType; edges: number; shownBy: readonly AnomalyType[] }[] = [
  { type: 'PL-1-cycle-exists', edges: ww, shownBy: ['G0'] },
  { type: 'PL-2-cycle-exists', edges: ww | wr, shownBy: ['G1c'] },
  { type: 'strong-session-PL-1-cycle-exists', edges: ww | process, shownBy: ['G0-process'] },
  { type: 'strong-session-PL-2-cycle-exists', edges: ww | wr | process, shownBy: ['G1c-process'] },
  { type: 'strong-PL-1-cycle-exists', edges: ww | process | realtime, shownBy: ['G0-realtime'] },
  { type: 'strong-PL-2-cycle-exists', edges: ww | wr | process | realtime, shownBy: ['G1c-realtime'] },
];

export interface SearchLimits {
  readonly stepsMax: number;
  readonly stepsOfComponentMax: number;
}

export function judgeCycles(
  ledger: Ledger,
  edges: DataEdges,
  found: Sightings,
  limits: SearchLimits = { stepsMax, stepsOfComponentMax },
): void {
  const components = cyclicOperations(ledger, edges).sort((a, b) => a.length - b.length);
  if (components.length === 0) return;
  const graphs = localGraphs(ledger, edges, components);
  const steps = { left: limits.stepsMax };
  for (const graph of graphs) {
    const budget = { left: Math.min(steps.left, limits.stepsOfComponentMax) };
    const given = budget.left;
    judgeComponent(ledger, graph, found, budget);
    steps.left -= given - Math.max(0, budget.left);
  }
}

// ---- one component, by its own numbers

interface LocalGraph {
  /** The operation of each vertex. */
  readonly operations: readonly number[];
  readonly from: number[];
  readonly to: number[];
  readonly kind: number[];
  /** -1 for edges of process and real time. */
  readonly value: number[];
}

function localGraphs(ledger: Ledger, edges: DataEdges, components: readonly number[][]): LocalGraph[] {
  const graphs = components.map((operations): LocalGraph => {
    return { operations, from: [], to: [], kind: [], value: [] };
  });
  const componentOf = new Int32Array(ledger.operations).fill(-1);
  const local = new Int32Array(ledger.operations);
  components.forEach((operations, number) => {
    operations.forEach((operation, vertex) => {
      componentOf[operation] = number;
      local[operation] = vertex;
    });
  });
  for (let edge = 0; edge < edges.length; edge++) {
    const [from, to] = [edges.from.at(edge), edges.to.at(edge)];
    const component = componentOf[from] as number;
    if (component < 0 || component !== componentOf[to]) continue;
    const graph = graphs[component] as LocalGraph;
    link(graph, local[from] as number, local[to] as number, edges.kind.at(edge), edges.value.at(edge));
  }
  for (const graph of graphs) {
    linkProcesses(ledger, graph);
    linkRealTime(ledger, graph);
  }
  return graphs;
}

function link(graph: LocalGraph, from: number, to: number, kind: number, value: number): void {
  graph.from.push(from);
  graph.to.push(to);
  graph.kind.push(kind);
  graph.value.push(value);
}

/** Only what was ok certainly came before what its process did next: what nobody knows of may still happen. */
function linkProcesses(ledger: Ledger, graph: LocalGraph): void {
  const last = new Map<number, number>();
  graph.operations.forEach((operation, vertex) => {
    const number = ledger.process(operation);
    const before = last.get(number);
    if (before !== undefined) link(graph, before, vertex, process, -1);
    if (ledger.outcome(operation) === ok) last.set(number, vertex);
  });
}

/** From what was ok to what began next: whatever an edge implies through another operation is left out. */
function linkRealTime(ledger: Ledger, graph: LocalGraph): void {
  const { operations } = graph;
  const events = operations.flatMap((operation, vertex) => [
    { place: ledger.invokedPlace(operation), vertex, begins: true },
    { place: ledger.completedPlace(operation), vertex, begins: false },
  ]);
  events.sort((a, b) => a.place - b.place || Number(b.begins) - Number(a.begins));
  const before: (readonly number[])[] = [];
  let done: readonly number[] = [];
  for (const { vertex, begins } of events) {
    if (begins) {
      before[vertex] = done;
      for (const earlier of done) link(graph, earlier, vertex, realtime, -1);
    } else if (ledger.outcome(operations[vertex] as number) === ok) {
      const implied = before[vertex] as readonly number[];
      done = [...done.filter((earlier) => !implied.includes(earlier)), vertex];
    }
  }
}

function judgeComponent(ledger: Ledger, graph: LocalGraph, found: Sightings, budget: { left: number }): void {
  const known = new Set<AnomalyType>();
  for (const kind of kinds) {
    if (known.has(kind.type)) continue;
    const cycle = shortestCycle(graph, kind, budget);
    if (cycle === undefined) continue;
    known.add(kind.type);
    for (const implied of kind.implies) known.add(implied);
    tell(ledger, graph, kind.type, cycle, found);
  }
  if (budget.left > 0) return;
  for (const { type, edges, shownBy } of levels) {
    // A weaker level that fails is a stronger one that fails.
    if (shownBy.some((shown) => known.has(shown))) continue;
    if (!hasCycle(graph, edges)) continue;
    const { operations } = graph;
    found.add(type, { key: -1, values: [], operations, weight: operations.length });
    return;
  }
}

function hasCycle({ operations, from, to, kind }: LocalGraph, edges: number): boolean {
  const wanted = from.map((_, edge) => edge).filter((edge) => ((kind[edge] as number) & edges) !== 0);
  const graph = digraph(
    operations.length,
    wanted.map((edge) => from[edge] as number),
    wanted.map((edge) => to[edge] as number),
  );
  return cyclicComponents(graph).length > 0;
}

function tell(
  ledger: Ledger,
  graph: LocalGraph,
  type: AnomalyType,
  cycle: readonly number[],
  found: Sightings,
): void {
  const operations = cycle.map((edge) => graph.operations[graph.from[edge] as number] as number);
  const values = cycle.map((edge) => graph.value[edge] as number);
  const steps = cycle.map((edge) => stepNames.get(graph.kind[edge] as number) as string);
  const keyed = values.find((value) => value >= 0);
  const key = keyed === undefined ? -1 : ledger.keyOf(keyed);
  found.add(type, { key, values, operations, weight: cycle.length, steps });
}

const stepNames = new Map([
  [ww, 'ww'],
  [wr, 'wr'],
  [process, 'process'],
  [realtime, 'realtime'],
]);

// ---- the search

/** The edges of a short cycle of a kind; undefined when there is none, or the budget is used up. */
function shortestCycle(graph: LocalGraph, kind: Kind, budget: { left: number }): number[] | undefined {
  const outgoing = outgoingOf(graph, kind.may);
  let shortest: number[] | undefined;
  let candidates = 0;
  for (let edge = 0; edge < graph.from.length && budget.left > 0; edge++) {
    if (graph.kind[edge] !== kind.must) continue;
    const way = shortestWay(graph, outgoing, edge, budget);
    if (way === undefined) continue;
    if (shortest === undefined || way.length < shortest.length) shortest = way;
    if (shortest.length === 2 || ++candidates === candidatesMax) break;
  }
  return shortest;
}

function outgoingOf({ operations, from, kind }: LocalGraph, may: number): number[][] {
  const outgoing: number[][] = operations.map(() => []);
  from.forEach((vertex, edge) => {
    if (((kind[edge] as number) & may) !== 0) (outgoing[vertex] as number[]).push(edge);
  });
  return outgoing;
}

/** Breadth first from the end of `first` back to its beginning. */
function shortestWay(
  { from, to }: LocalGraph,
  outgoing: readonly (readonly number[])[],
  first: number,
  budget: { left: number },
): number[] | undefined {
  const goal = from[first] as number;
  /** By vertex: the edge by which it was reached. */
  const cameBy = new Map<number, number>([[to[first] as number, first]]);
  const waiting = [to[first] as number];
  for (let head = 0; head < waiting.length && budget.left > 0; head++) {
    const vertex = waiting[head] as number;
    if (vertex === goal) return wayOf(from, cameBy, goal);
    for (const edge of outgoing[vertex] as readonly number[]) {
      budget.left--;
      const next = to[edge] as number;
      if (cameBy.has(next)) continue;
      cameBy.set(next, edge);
      waiting.push(next);
    }
  }
  return undefined;
}

/** From the goal back to the goal, told forwards. */
function wayOf(from: readonly number[], cameBy: ReadonlyMap<number, number>, goal: number): number[] {
  const edges: number[] = [];
  for (let vertex = goal; edges.length === 0 || vertex !== goal; ) {
    const edge = cameBy.get(vertex) as number;
    edges.push(edge);
    vertex = from[edge] as number;
  }
  return edges.reverse();
}
