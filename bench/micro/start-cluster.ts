// From `startCluster` to the first acknowledged record: what a test that embeds a cluster waits for. The topic is
// made in between, with as many replicas as there are brokers, three at most; the producer sends with acks=all and
// begins with nothing but the bootstrap servers. Each run is a cluster of its own; the first one also loads the
// code.

import { type Cluster, startCluster } from '../../engine/host/index.ts';
import { type Address, Admin, Producer, type Task } from '../../engine/index.ts';
import { ClientNode } from '../tasks.ts';

const topic = 'first';
const withinMs = 30_000;

export interface StartedCluster {
  /** Until every node serves. */
  readonly readyMs: number;
  /** Until the first record was acknowledged; its topic made in between. */
  readonly acknowledgedMs: number;
  readonly stopMs: number;
}

/** Starts one cluster after the other. `dataDir` is where the client's host has its disk; nothing is written there. */
export async function startClusters(
  times: number,
  brokers: number,
  dataDir: string,
): Promise<StartedCluster[]> {
  const runs: StartedCluster[] = [];
  for (let time = 0; time < times; time++) {
    const from = performance.now();
    const cluster = await startCluster({ brokers });
    const readyMs = performance.now() - from;
    const client = new ClientNode(dataDir);
    await client.run('the first record', sendFirst(client, addressesOf(cluster), Math.min(3, brokers)));
    const acknowledgedMs = performance.now() - from;
    client.close();
    const stopFrom = performance.now();
    await cluster.stop();
    runs.push({ readyMs, acknowledgedMs, stopMs: performance.now() - stopFrom });
  }
  return runs;
}

function addressesOf({ bootstrapServers }: Cluster): Address[] {
  return bootstrapServers.split(',').map((text) => {
    const [host, port] = text.split(':') as [string, string];
    return { host, port: Number(port) };
  });
}

function* sendFirst(node: ClientNode, bootstrapServers: Address[], replicationFactor: number): Task<void> {
  const admin = new Admin(node.runtime, { bootstrapServers, defaultApiTimeoutMs: withinMs });
  const [made] = yield* admin.createTopics([{ name: topic, partitionsCount: 1, replicationFactor }]);
  if (made?.error !== null) throw new Error(`the topic could not be made: ${made?.error}`);
  const producer = new Producer(node.runtime, { bootstrapServers, acks: -1 });
  const outcome = yield* producer.send({ topic, value: new Uint8Array(100) }).wait();
  if (outcome.kind !== 'ok') throw new Error(`the record was not acknowledged: ${outcome.error}`);
  yield* producer.close(withinMs);
  admin.close();
}
