// Strongly connected components, by Tarjan, without recursion: histories have millions of operations in one
// line.

/**
 * Edges of each vertex: the targets of vertex v are `targets[starts[v]]` up to, not including,
 * `targets[starts[v+1]]`.
 */
export interface Digraph {
  readonly starts: Int32Array;
  readonly targets: Int32Array;
}

/** A graph of `vertices` with the edges `from[i]` to `to[i]`. */
export function digraph(vertices: number, from: ArrayLike<number>, to: ArrayLike<number>): Digraph {
  const starts = new Int32Array(vertices + 1);
  for (let edge = 0; edge < from.length; edge++) {
    const next = (from[edge] as number) + 1;
    starts[next] = (starts[next] as number) + 1;
  }
  for (let vertex = 0; vertex < vertices; vertex++) {
    starts[vertex + 1] = (starts[vertex + 1] as number) + (starts[vertex] as number);
  }
  const free = starts.slice(0, vertices);
  const targets = new Int32Array(from.length);
  for (let edge = 0; edge < from.length; edge++) {
    const vertex = from[edge] as number;
    const place = free[vertex] as number;
    free[vertex] = place + 1;
    targets[place] = to[edge] as number;
  }
  return { starts, targets };
}

/** The components of two vertices or more. */
export function cyclicComponents({ starts, targets }: Digraph): number[][] {
  const vertices = starts.length - 1;
  const number = new Int32Array(vertices).fill(-1);
  const low = new Int32Array(vertices);
  const isOpen = new Uint8Array(vertices);
  const next = starts.slice(0, vertices);
  const open: number[] = [];
  const path: number[] = [];
  const components: number[][] = [];
  let count = 0;
  const enter = (vertex: number) => {
    number[vertex] = count;
    low[vertex] = count++;
    isOpen[vertex] = 1;
    open.push(vertex);
    path.push(vertex);
  };
  const leave = (vertex: number) => {
    path.pop();
    const parent = path.at(-1);
    if (parent !== undefined) low[parent] = Math.min(low[parent] as number, low[vertex] as number);
    if (low[vertex] !== number[vertex]) return;
    const members: number[] = [];
    for (let member = -1; member !== vertex; ) {
      member = open.pop() as number;
      isOpen[member] = 0;
      members.push(member);
    }
    if (members.length > 1) components.push(members);
  };
  for (let root = 0; root < vertices; root++) {
    if (number[root] !== -1) continue;
    enter(root);
    while (path.length > 0) {
      const vertex = path[path.length - 1] as number;
      const edge = next[vertex] as number;
      if (edge === starts[vertex + 1]) {
        leave(vertex);
        continue;
      }
      next[vertex] = edge + 1;
      const target = targets[edge] as number;
      if (number[target] === -1) enter(target);
      else if (isOpen[target] === 1) low[vertex] = Math.min(low[vertex] as number, number[target] as number);
    }
  }
  return components;
}
