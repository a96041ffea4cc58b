// The embedded cluster as a program meets it: one call, real sockets, and nodes that go and come back. What
// clients of others make of a cluster is in `testing/real-clients`.

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Admin } from '../client/admin.ts';
import { Runtime } from '../runtime.ts';
import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
import { MemoryDisk } from './memory-disk.ts';
import { hostPorts } from './ports.ts';
import { addressOf } from './serve-settings.ts';

let folder = '';
const clusters: Cluster[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-embedded-'));
});
afterEach(async () => {
  await Promise.all(clusters.splice(0).map((cluster) => cluster.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: ClusterOptions): Promise<Cluster> {
  const cluster = await startCluster(options);
  clusters.push(cluster);
  return cluster;
}

/** Whether somebody takes connections there. */
function listens(address: string): Promise<boolean> {
  const { host, port } = addressOf(address) as { host: string; port: number };
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  }).then((up) => up as boolean);
}

/** Not at once: a process that another test is about to start has our sockets until it is another program. */
async function nobodyListens(address: string): Promise<void> {
  await expect.poll(() => listens(address)).toBe(false);
}

/** Asks by a client of our own, in a life of its own. */
async function withAdmin<T>(cluster: Cluster, ask: (admin: Admin) => Generator<never, T, void> | unknown) {
  const ports = hostPorts({ dataDir: new MemoryDisk() });
  try {
    return await new Promise<T>((resolve, reject) => {
      const runtime = new Runtime(ports, reject);
      const bootstrapServers = cluster.bootstrapServers.split(',').map((text) => addressOf(text) as never);
      const admin = new Admin(runtime, { bootstrapServers, defaultApiTimeoutMs: 30_000 });
      runtime.tasks.spawn('ask', ask(admin) as never).onSettled((value) => resolve(value as T));
    });
  } finally {
    ports.close();
  }
}

describe('an embedded cluster', () => {
  test('of one broker serves, and is its own controller', async () => {
    const cluster = await start({ brokers: 1 });
    expect(cluster.bootstrapServers).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(cluster.controller()).toBe(1);
    expect(cluster.brokers).toMatchObject([{ id: 1, running: true, address: cluster.bootstrapServers }]);
    expect(await listens(cluster.bootstrapServers)).toBe(true);
    await cluster.stop();
    expect(cluster.brokers[0]?.running).toBe(false);
    await nobodyListens(cluster.bootstrapServers);
  });

  test('of three goes on without the controller that is killed, and has it back', async () => {
    const cluster = await start({ brokers: 3, properties: { 'controller.quorum.fetch.timeout.ms': '500' } });
    expect(cluster.bootstrapServers.split(',')).toEqual(cluster.brokers.map(({ address }) => address));
    await expect.poll(() => cluster.controller()).toBeDefined();
    const first = cluster.controller();
    const dead = cluster.brokers.find(({ id }) => id === first);
    await dead?.kill();
    await expect.poll(() => cluster.controller()).not.toBe(first);
    const made = await withAdmin(cluster, (admin) =>
      admin.createTopics([{ name: 'after', partitionsCount: 1, replicationFactor: 1 }]),
    );
    expect(made).toMatchObject([{ error: null }]);
    await dead?.restart();
    expect(cluster.brokers.map(({ running }) => running)).toEqual([true, true, true]);
  });

  test('has controllers apart, which are nodes that can be killed too', async () => {
    const cluster = await start({ brokers: 1, controllers: 3 });
    expect(cluster.controllers.map(({ id }) => id)).toEqual([101, 102, 103]);
    await expect.poll(() => cluster.controller()).toBeOneOf([101, 102, 103]);
    expect(cluster.brokers).toHaveLength(1);
  });

  test.each(['memory', 'temporary'] as const)('keeps its topics over a kill, %s', async (storage) => {
    const cluster = await start({ brokers: 1, storage });
    const [broker] = cluster.brokers as [Cluster['brokers'][0]];
    const topic = { name: 'kept', partitionsCount: 2, replicationFactor: 1, configs: {} };
    const made = await withAdmin(cluster, (admin) => admin.createTopics([topic]));
    expect(made).toMatchObject([{ error: null }]);
    await broker.kill();
    expect(broker.running).toBe(false);
    await nobodyListens(broker.address);
    await broker.restart();
    expect([broker.running, await listens(broker.address)]).toEqual([true, true]);
    const again = await withAdmin(cluster, (admin) => admin.createTopics([topic]));
    expect(again).toMatchObject([{ error: 'TOPIC_ALREADY_EXISTS' }]);
  });

  test('has the port of a broker again that somebody else had for a moment', async () => {
    const cluster = await start({ brokers: 1 });
    const [broker] = cluster.brokers as [Cluster['brokers'][0]];
    await broker.kill();
    await nobodyListens(broker.address);
    const thief = createServer();
    await new Promise<void>((resolve) => thief.listen(addressOf(broker.address), resolve));
    const restarted = broker.restart();
    await new Promise((resolve) => setTimeout(resolve, 50));
    thief.close();
    await restarted;
    expect([broker.running, await listens(broker.address)]).toEqual([true, true]);
  });

  test('breaks the connections of a broker that is killed', async () => {
    const cluster = await start({ brokers: 1 });
    const { host, port } = addressOf(cluster.bootstrapServers) as { host: string; port: number };
    const socket = connect({ host, port });
    await new Promise((resolve) => socket.once('connect', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.resume();
    await cluster.brokers[0]?.kill();
    await closed;
  });

  test('goes on in its directory, which is locked meanwhile', async () => {
    const storage = { directory: join(folder, 'kept') };
    const first = await start({ brokers: 1, storage });
    await first.stop();
    const second = await start({ brokers: 1, storage });
    expect(second.clusterId).toBe(first.clusterId);
    await expect(startCluster({ brokers: 1, storage })).rejects.toThrow(/in use by another broker/);
    expect(second.brokers[0]?.running).toBe(true);
  });

  test('leaves nothing of what was temporary', async () => {
    const before = new Set(readdirSync(tmpdir()));
    const cluster = await start({ brokers: 1, storage: 'temporary' });
    const made = readdirSync(tmpdir()).filter(
      (name) => name.startsWith('odradek-cluster-') && !before.has(name),
    );
    expect(made.length).toBeGreaterThan(0);
    await cluster.stop();
    expect(made.some((name) => !existsSync(join(tmpdir(), name)))).toBe(true);
  });

  test.each<[ClusterOptions, RegExp]>([
    [{ brokers: 0 }, /1 to 100 brokers, not 0/],
    [{ brokers: 1, controllers: 0 }, /1 to 9 controllers apart/],
    [{ brokers: 1, racks: ['a', 'b'] }, /2 racks are too many for 1 brokers/],
    [{ brokers: 1, properties: { 'node.id': '7' } }, /node\.id differs from node to node/],
    [{ brokers: 1, properties: { 'num.partitions': 'many' } }, /num\.partitions/],
  ])('says what is wrong with %j', async (options, problem) => {
    await expect(startCluster(options)).rejects.toThrow(problem);
  });
});
