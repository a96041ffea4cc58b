// kafkajs as a generator: its producer behind batches of ours.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { ClientNode } from '../tasks.ts';
import { BatchingSender, batchingOf } from './batching-sender.ts';
import { GeneratorError, type GeneratorLoad } from './load.ts';
import type { GeneratorPlan } from './plan.ts';
import { ProduceLoad, producersOf } from './produce-load.ts';

export async function kafkajsLoad(plan: GeneratorPlan): Promise<GeneratorLoad> {
  const { address, topic, workload } = plan;
  const { producer: wanted } = workload;
  const node = new ClientNode('.');
  const kafka = new Kafka({
    clientId: 'bench',
    brokers: [`${address.host}:${address.port}`],
    logLevel: logLevel.NOTHING,
    ...(wanted.requestTimeoutMs === undefined ? {} : { requestTimeout: wanted.requestTimeoutMs }),
  });
  const idempotent = wanted.enableIdempotence ?? false;
  const acks = workload.acks === 'all' ? -1 : 1;
  const compression = wanted.compressionType === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None;
  const producers = Array.from({ length: producersOf(plan) }, () =>
    kafka.producer({ idempotent, allowAutoTopicCreation: false }),
  );
  for (const producer of producers) await producer.connect();
  const senders = producers.map(
    (producer) =>
      new BatchingSender(node.runtime, workload, async (partition, messages) => {
        const withPartition = messages.map((message) => ({ ...message, partition }));
        const [told] = await producer.send({ topic, acks, compression, messages: withPartition });
        if (told === undefined || told.errorCode !== 0)
          throw new GeneratorError(`kafkajs was answered ${told?.errorCode}`);
        return told.baseOffset === undefined ? -1 : Number(told.baseOffset);
      }),
  );
  return new ProduceLoad(plan, {
    node,
    senders,
    version: installedVersion(),
    settings: {
      acks,
      idempotent,
      compressionType: wanted.compressionType ?? 'none',
      ...batchingOf(workload),
      batchesUnderWayOfAPartition: 1,
    },
    async close() {
      for (const producer of producers) await producer.disconnect();
      node.close();
    },
  });
}

function installedVersion(): string {
  const path = createRequire(import.meta.url).resolve('kafkajs/package.json');
  return JSON.parse(readFileSync(path, 'utf8')).version;
}
