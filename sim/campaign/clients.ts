// What a generated scenario draws its clients and operators from. Each is in or out per seed; a producer
// there always is, since a run without records proves nothing.
//
// Left out, because Kafka promises nothing under it:
//   idempotence with several requests under way where leaders move or brokers end cleanly: a new leader that knows
//   nothing of a producer takes any sequence, and a broker that ended cleanly remembers one batch of each producer
//   batches larger than a segment: a leader refuses them for good, the producer takes a new epoch, and what it does not
//   know the fate of is written once more under that
//   idempotence with retries 0: the client refuses it
//   acks=0 on a topic of which retention or an operator deletes: nobody was told the offset, so that what was
//   deleted by right is not told from what was lost
//   moves of a partition that has one replica: the loss budget judges it by the one replica that it ends with
//   unclean elections asked for by an operator: that one was due is told by no event, and not judged

import type { Drawer } from './draw.ts';
import type { Topology } from './tables.ts';

export type WorkloadText = Readonly<Record<string, unknown>> & { readonly workload: string };

export interface Clients {
  readonly workloads: readonly WorkloadText[];
  readonly hasGroup: boolean;
  readonly manyInFlight: boolean;
  /** Topics whose producers do not wait for an answer. */
  readonly unacknowledged: readonly string[];
  /** Whether operators move leaders or replicas. */
  readonly moves: boolean;
}

export function drawClients(draw: Drawer, topology: Topology): Clients {
  const topics = Object.keys(topology.topics);
  const producers = topics.map((topic) => drawProducer(draw, topic, topology));
  const unacknowledged = producers
    .filter(({ text }) => text['acks'] === '0')
    .map(({ text }) => String(text['topic']));
  const drawn = drawOperators(draw, topology);
  const operators = drawn.filter(
    ({ workload }) => workload !== 'delete-records' || !unacknowledged.includes('orders'),
  );
  const readers = drawReaders(draw, topology);
  return {
    workloads: [...producers.map(({ text }) => text), ...readers, ...operators],
    hasGroup: readers.some(({ workload }) => workload === 'consume-group'),
    unacknowledged,
    manyInFlight: producers.some(({ manyInFlight }) => manyInFlight),
    moves: operators.some(({ workload }) => workload === 'reassign' || workload === 'elect-leaders'),
  };
}

function drawProducer(
  draw: Drawer,
  topic: string,
  { topics, brokers }: Topology,
): { text: WorkloadText; manyInFlight: boolean } {
  const of = (what: string) => `produce/${topic}/${what}`;
  const acks = draw.weighted(of('acks'), [
    { value: 'all', weight: 6 },
    { value: '1', weight: 2 },
    { value: '0' },
  ]);
  const idempotent = draw.chance(of('idempotent'), 2, 3) && acks === 'all';
  const drawnInFlight = draw.pick(of('maxInFlight'), [1, 2, 5]);
  const staysPut = brokers === 1 && topics[topic]?.replicationFactor === 1;
  const maxInFlight = idempotent && !staysPut ? 1 : drawnInFlight;
  const text = {
    workload: 'produce',
    // The first keeps the name of the workload: faults of clients are aimed at it.
    ...(topic === 'orders' ? {} : { name: `produce-${topic}` }),
    topic,
    clients: draw.between(of('clients'), 1, 3),
    perSecond: draw.pick(of('perSecond'), [5, 15, 30, 60]),
    acks,
    idempotent,
    maxInFlight,
    lingerMs: draw.pick(of('lingerMs'), [0, 5, 50]),
    requestTimeoutMs: draw.pick(of('requestTimeoutMs'), [700, 1_500, 3_000]),
    compression: draw.weighted(of('compression'), [
      { value: 'none', weight: 4 },
      ...['gzip', 'snappy', 'lz4', 'zstd'].map((value) => ({ value })),
    ]),
    // Always below the smallest segment: see above.
    batchBytes: draw.pick(of('batchBytes/value'), [1, 300, 2_000]),
    ...sometimes(draw, of('recordBytes'), 1, 4, {
      recordBytes: draw.pick(of('recordBytes/value'), [64, 700]),
    }),
    ...sometimes(draw, of('partitions'), 1, 4, {
      partitions: draw.pick(of('partitions/value'), ['one', 'by-key']),
    }),
    ...sometimes(draw, of('deliveryTimeoutMs'), 1, 5, { deliveryTimeoutMs: 4_000 }),
    ...sometimes(draw, of('sendsAgain'), 1, 8, { sendsAgain: true }),
    ...(idempotent ? {} : sometimes(draw, of('retries'), 1, 8, { retries: 0 })),
    ...sometimes(draw, of('idle'), 1, 8, {
      idleEvery: 30,
      idleMs: draw.pick(of('idle/value'), [500, 3_000]),
    }),
  };
  return { text, manyInFlight: idempotent && maxInFlight > 1 };
}

function drawReaders(draw: Drawer, { racks }: Topology): WorkloadText[] {
  const found: WorkloadText[] = [];
  const assign = {
    workload: 'consume-assign',
    topic: 'orders',
    pollMs: draw.pick('consume-assign/pollMs', [50, 500]),
    ...sometimes(draw, 'consume-assign/maxPollRecords', 1, 3, { maxPollRecords: 3 }),
    ...sometimes(draw, 'consume-assign/fetchMaxBytes', 1, 3, { fetchMaxBytes: 500 }),
    ...sometimes(draw, 'consume-assign/seeks', 1, 4, { seeks: '1/10' }),
    ...(racks === undefined ? {} : sometimes(draw, 'consume-assign/rack', 1, 2, { rack: racks[0] })),
  };
  if (draw.chance('consume-assign', 1, 2)) found.push(assign);
  const group = {
    workload: 'consume-group',
    topic: 'orders',
    group: 'billing',
    style: draw.weighted('consume-group/style', [
      { value: 'commit-after', weight: 3 },
      { value: 'commit-before', weight: 2 },
      { value: 'auto-commit', weight: 1 },
      { value: 'auto-commit-behind', weight: 1 },
    ]),
    clients: draw.between('consume-group/clients', 1, 3),
    processingMs: draw.pick('consume-group/processingMs', [0, 1, 10]),
    pollMs: draw.pick('consume-group/pollMs', [100, 500]),
    sessionTimeoutMs: draw.pick('consume-group/sessionTimeoutMs', [6_000, 10_000]),
    ...sometimes(draw, 'consume-group/assignor', 1, 2, {
      assignor: draw.pick('consume-group/assignor/value', ['range', 'roundrobin', 'cooperative-sticky']),
    }),
    ...sometimes(draw, 'consume-group/static', 1, 4, { static: true }),
  };
  if (!draw.chance('consume-group', 1, 2)) return found;
  found.push(group);
  if (draw.chance('observe-offsets', 1, 2)) {
    found.push({ workload: 'observe-offsets', topic: 'orders', group: 'billing' });
  }
  return found;
}

function drawOperators(draw: Drawer, { brokers, topics }: Topology): WorkloadText[] {
  const isReplicated = (topics['orders']?.replicationFactor ?? 1) > 1;
  const found: WorkloadText[] = [];
  const everyMs = (of: string) => draw.pick(`${of}/everyMs`, [800, 2_000, 5_000]);
  const add = (share: number, text: WorkloadText, possible: boolean) => {
    const name = `operator/${text['name'] ?? text.workload}`;
    const drawn = { ...text, topic: 'orders', everyMs: everyMs(name) };
    if (draw.chance(name, share, 12) && possible) found.push(drawn);
  };
  add(4, { workload: 'observe-ends' }, true);
  add(3, { workload: 'elect-leaders' }, brokers > 1);
  add(3, { workload: 'reassign', name: 'move', cancels: '1/5' }, isReplicated);
  add(3, { workload: 'reassign', name: 'transfer', what: 'transfer' }, isReplicated);
  add(2, { workload: 'delete-records' }, true);
  return found;
}

function sometimes<T extends object>(
  draw: Drawer,
  name: string,
  numerator: number,
  denominator: number,
  what: T,
): T | Record<string, never> {
  return draw.chance(name, numerator, denominator) ? what : {};
}
