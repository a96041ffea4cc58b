// @platformatic/kafka as a generator: its producer behind batches of ours.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Producer } from '@platformatic/kafka';
import { ClientNode } from '../tasks.ts';
import { BatchingSender, batchingOf } from './batching-sender.ts';
import type { GeneratorLoad } from './load.ts';
import type { GeneratorPlan } from './plan.ts';
import { ProduceLoad, producersOf } from './produce-load.ts';

export async function platformaticLoad(plan: GeneratorPlan): Promise<GeneratorLoad> {
  const { address, topic, workload } = plan;
  const { producer: wanted } = workload;
  const node = new ClientNode('.');
  const idempotent = wanted.enableIdempotence ?? false;
  const acks = workload.acks === 'all' ? -1 : 1;
  const compression = wanted.compressionType ?? 'none';
  const producers = Array.from(
    { length: producersOf(plan) },
    () =>
      new Producer({
        clientId: 'bench',
        bootstrapBrokers: [`${address.host}:${address.port}`],
        idempotent,
        acks,
        compression,
        autocreateTopics: false,
        ...(wanted.requestTimeoutMs === undefined ? {} : { timeout: wanted.requestTimeoutMs }),
      }),
  );
  for (const producer of producers) await producer.metadata({ topics: [topic] });
  const senders = producers.map(
    (producer) =>
      new BatchingSender(node.runtime, workload, async (partition, messages) => {
        const { offsets } = await producer.send({
          messages: messages.map(({ key, value }) => ({ topic, partition, key, value })),
        });
        const told = offsets?.find((each) => each.partition === partition);
        return told === undefined ? -1 : Number(told.offset);
      }),
  );
  return new ProduceLoad(plan, {
    node,
    senders,
    version: installedVersion(),
    settings: { acks, idempotent, compression, ...batchingOf(workload), batchesUnderWayOfAPartition: 1 },
    async close() {
      for (const producer of producers) await producer.close(true);
      node.close();
    },
  });
}

/** Its package does not let its package.json be imported: found from its entry upwards. */
function installedVersion(): string {
  for (let folder = new URL('.', import.meta.resolve('@platformatic/kafka')); folder.pathname !== '/'; ) {
    try {
      const told = JSON.parse(readFileSync(fileURLToPath(new URL('package.json', folder)), 'utf8'));
      if (told.name === '@platformatic/kafka') return told.version;
    } catch {
      // No package.json here, or another one: further up.
    }
    folder = new URL('..', folder);
  }
  return 'unknown';
}
