// How long a broker takes from the start of its process to the first record that it acknowledges: a topic of its own,
// one partition, one record, by our client.

import { Admin, Producer } from '../engine/index.ts';
import type { BrokerProcess } from './broker-process.ts';
import { SessionError } from './session-error.ts';
import { ClientNode } from './tasks.ts';
import { producerOptionsOf, topicConfigs, type Workload } from './workload.ts';

const topic = 'bench-first-record';
const withinMs = 20_000;
const requestWithinMs = 10_000;

/** In milliseconds since the process was spawned. `folder` is where the client lives. */
export async function firstAcknowledgedMs(
  broker: BrokerProcess,
  workload: Workload,
  folder: string,
): Promise<number> {
  const node = new ClientNode(folder);
  const servers = [broker.address];
  const admin = new Admin(node.runtime, { bootstrapServers: servers, defaultApiTimeoutMs: withinMs });
  const patience = { lingerMs: 0, requestTimeoutMs: requestWithinMs, deliveryTimeoutMs: withinMs };
  const producer = new Producer(node.runtime, { ...producerOptionsOf(workload, servers), ...patience });
  try {
    const configs = topicConfigs(workload);
    const [created] = await node.run(
      'create the topic of the first record',
      admin.createTopics([{ name: topic, partitionsCount: 1, replicationFactor: 1, configs }]),
    );
    if (created?.error !== null) throw new SessionError(`no topic for the first record: ${created?.error}`);
    const value = new Uint8Array(workload.record.bytes);
    const sent = producer.send({ topic, partition: 0, key: null, value });
    const outcome = await node.run('first record', sent.wait());
    if (outcome.kind !== 'ok') throw new SessionError('the first record was not acknowledged');
    return performance.now() - broker.spawnedAtMs;
  } finally {
    admin.close();
    node.close();
  }
}
