// The course of a run of several brokers, played with small brokers that share one memory instead of real ones: what is
// asked here is whether the director makes topics, waits, breaks, heals and scans as it should.

import { afterEach, expect, test, vi } from 'vitest';
import { TestingCluster } from '../engine/client/testing-broker.ts';
import { type Address, Broker, type Connection, type Runtime, type Task } from '../engine/index.ts';
import { Material } from './material.ts';
import type { RunOutcome } from './outcome.ts';
import type { Scan } from './record/history.ts';
import { registries } from './registries.ts';
import { run, runToEnd } from './run.ts';
import { ScenarioReader } from './scenario/read.ts';
import type { Scenario } from './scenario/schema.ts';

const reader = new ScenarioReader(registries);

function scenarioOf(more: object = {}): Scenario {
  const text = JSON.stringify({
    story: 'Three brokers, one of which is restarted cleanly.',
    cluster: { brokers: 3, topics: { orders: { partitions: 2 } } },
    phases: [
      {
        name: 'hurt',
        until: { idle: true },
        workloads: [{ workload: 'produce', topic: 'orders', records: 40 }],
        faults: [{ fault: 'restart', clean: true, target: 'broker-2', at: 0.1 }],
      },
    ],
    convergeSeconds: 30,
    checkers: ['acked-writes', 'liveness', 'harness'],
    expect: { verdict: 'pass' },
    ...more,
  });
  const read = reader.read('x.jsonc', text);
  if (!read.ok) throw new Error(read.error.join('\n'));
  return read.value;
}

/** Small brokers in the place of real ones, and what each was started with. */
function smallBrokers() {
  const acceptors = new Map<string, (connection: Connection) => void>();
  const started: ReadonlyMap<string, string>[] = [];
  let newest: Runtime | undefined;
  const world = {
    serve: (address: Address, accept: (connection: Connection) => void) => {
      acceptors.set(address.host, accept);
      return () => acceptors.delete(address.host);
    },
    runtime: () => newest as Runtime,
  };
  const cluster = new TestingCluster(world, [1, 2, 3], (id) => ({ host: `broker-${id}`, port: 9092 }));
  vi.spyOn(Broker, 'start').mockImplementation(function* (
    runtime,
    { properties },
  ): ReturnType<typeof Broker.start> {
    newest = runtime;
    started.push(properties);
    const brokerId = Number(properties.get('node.id'));
    const host = `broker-${brokerId}`;
    yield* runtime.listen({ host, port: 9092 }, (connection) => acceptors.get(host)?.(connection));
    runtime.trace.emit({ kind: 'broker-started', brokerId, cleanShutdown: true });
    const halted = runtime.tasks.completion<string>('the small broker halts');
    const broker = { warnings: [], halted, stop: () => stop(runtime) } as unknown as Broker;
    return { ok: true, value: broker };
  });
  function* stop(runtime: Runtime): Task<{ ok: true; value: undefined }> {
    yield* runtime.sleep(300, 'it shuts down');
    return { ok: true, value: undefined };
  }
  return { cluster, started };
}

const scansOf = (outcome: RunOutcome) =>
  (outcome.history ?? []).filter((entry): entry is Scan => entry.kind === 'scan');

afterEach(() => {
  vi.restoreAllMocks();
});

test('topics are made, a broker is restarted, and every replica is read through as leader', () => {
  const { cluster, started } = smallBrokers();
  const outcome = runToEnd(run(scenarioOf(), '1', { trace: true }));
  expect(outcome.standstill).toBeNull();
  expect(outcome.violations).toEqual([]);
  expect(started.map((properties) => properties.get('node.id'))).toEqual(['1', '2', '3', '2']);
  const wanted = cluster.requests.find(({ api }) => api === 'CreateTopics')?.request.topics[0];
  expect(wanted).toMatchObject({ name: 'orders', numPartitions: 2, replicationFactor: 3 });
  expect(outcome.effects).toMatchObject([{ fault: 'restart', target: 'broker-2', tookEffect: true }]);
  expect(outcome.counters).toMatchObject({ 'event node-stopped': 1, 'send ok': 40 });
  const scans = scansOf(outcome);
  expect(scans.map(({ partition, through }) => `${partition} ${through}`).sort()).toEqual([
    '0 2',
    '0 3',
    '0 undefined',
    '1 1',
    '1 3',
    '1 undefined',
  ]);
  for (const { complete, records } of scans) expect([complete, records.length]).toEqual([true, 20]);
  const parts = { events: [], effects: [], logFiles: [], pendingWaits: [], floor: {}, requiredFaults: [] };
  const end = { timeUs: 1, step: 1 };
  const material = new Material({ entries: outcome.history ?? [], ...parts, converged: true, end });
  expect(material.scans.get('orders-0')?.through).toBeUndefined();
  expect(material.replicaScans.get('orders-0')?.map(({ through }) => through)).toEqual([2, 3]);
});

test('a scan of leaders only leaves leadership where it is', () => {
  const { cluster } = smallBrokers();
  runToEnd(run(scenarioOf({ finalScan: 'leader' }), '1'));
  const fetchers = cluster.requests.filter(({ api }) => api === 'Fetch');
  expect(new Set(fetchers.map(({ nodeId }) => nodeId))).toEqual(new Set([1, 2]));
  expect(cluster.requests.some(({ api }) => api === 'ElectLeaders')).toBe(false);
});

test('a scan waits until all that the leader has is readable', () => {
  const { cluster } = smallBrokers();
  let early = 6;
  cluster.rewrite = (api, response, _, request) => {
    if (api !== 'ListOffsets' || request.replicaId !== -1) return;
    const isLatest = request.topics[0].partitions[0].timestamp === -1;
    if (isLatest && early-- > 0) response.topics[0].partitions[0].offset -= 3;
  };
  const outcome = runToEnd(run(scenarioOf({ finalScan: 'leader' }), '1', { trace: true }));
  expect(outcome.crash).toBeNull();
  expect(outcome.violations).toEqual([]);
  expect(scansOf(outcome).map(({ records }) => records.length)).toEqual([20, 20]);
  expect(early).toBeLessThan(0);
});

test('a replica that stays behind is named by the run that waits for it', () => {
  const { cluster } = smallBrokers();
  cluster.script = (api) => {
    if (api === 'Produce') cluster.replicas.fallBehind('orders', 1, 3);
    return undefined;
  };
  const outcome = runToEnd(run(scenarioOf(), '1', { trace: true }));
  expect(outcome.verdict).not.toBe('holds');
  expect(outcome.standstill).toMatchObject({ where: 'replicate' });
  expect(outcome.standstill?.waits).toContainEqual({
    node: 'replication',
    task: 'replication',
    waitingFor: 'replication-stuck: broker 1 tells of orders-1: leader 2, ISR 1,2 of 1,2,3',
  });
});

test('operators move leaders and replicas while others write', () => {
  const { cluster } = smallBrokers();
  const operators = [
    { workload: 'reassign', name: 'mover', topic: 'orders', everyMs: 200 },
    { workload: 'reassign', name: 'transferrer', topic: 'orders', what: 'transfer', everyMs: 300 },
    { workload: 'elect-leaders', topic: 'orders', everyMs: 250 },
  ];
  const workloads = [{ workload: 'produce', topic: 'orders' }, ...operators];
  const phases = [{ name: 'move', until: { virtualSeconds: 3 }, workloads }];
  const outcome = runToEnd(run(scenarioOf({ phases, finalScan: 'leader' }), '1', { trace: true }));
  expect(outcome.standstill).toBeNull();
  const notes = (outcome.trace ?? []).flatMap(({ event }) => (event.kind === 'note' ? [event.text] : []));
  for (const told of [
    /moves to (\d,){2}\d: ok/,
    /prefers (\d,){2}\d: ok/,
    /preferred election of orders-\d: ok/,
  ]) {
    expect(notes.filter((text) => told.test(text)).length).toBeGreaterThan(2);
  }
  const leaders = [0, 1].map((partition) => cluster.partition('orders', partition).leaderEpoch);
  expect(Math.max(...leaders)).toBeGreaterThan(1);
});
