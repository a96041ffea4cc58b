// kafkajs as a mass client, and its missing codecs. It brings gzip along and takes the others as plug-ins:
// they get our own compression, which the golden batches of the other clients hold to account.
//
// A send to several brokers, of which one dies, is tried again by a list of the brokers that have not answered yet: the
// partitions of the dead one that have moved to a broker which has answered are left out, and the send succeeds without
// them (2.2.4). Acknowledged, never sent: so where brokers die, each send is for one partition.

import kafkajs from 'kafkajs';
import { type Compression, compress, decompress } from '../../protocol/compression.ts';
import { keyOf, textOf } from './ledger.ts';
import { type MassClient, type MassRun, pieces } from './mass-client.ts';

const { Kafka, CompressionCodecs, CompressionTypes, logLevel } = kafkajs;

const sendRecordsMax = 1000;

export const kafkajsCodes: Readonly<Record<Compression, kafkajs.CompressionTypes>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

function plugIn(compression: Compression) {
  return () => ({
    compress: async (encoder: { readonly buffer: Buffer }) =>
      Buffer.from(compress(compression, encoder.buffer)),
    decompress: async (bytes: Buffer) => {
      const unpacked = decompress(compression, bytes);
      if (!unpacked.ok) throw new Error(unpacked.error);
      return Buffer.from(unpacked.value);
    },
  });
}

CompressionCodecs[CompressionTypes.Snappy] = plugIn('snappy');
CompressionCodecs[CompressionTypes.LZ4] = plugIn('lz4');
CompressionCodecs[CompressionTypes.ZSTD] = plugIn('zstd');

/**
 * Patient enough for a broker that is started again; `retries` 0 shows the first answer. Several addresses are
 * separated by commas.
 */
export function newKafkajs(address: string, clientId = 'kafkajs', retries = 100): kafkajs.Kafka {
  return new Kafka({
    clientId,
    brokers: address.split(','),
    logLevel: logLevel.NOTHING,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 100, maxRetryTime: 500, retries },
  });
}

export const kafkajsClient: MassClient = {
  name: 'kafkajs',

  async createTopic({ address, topic, partitions, replicas = 1 }: MassRun): Promise<void> {
    const admin = newKafkajs(address).admin();
    await admin.connect();
    const made = { topic, numPartitions: partitions, replicationFactor: replicas };
    await admin.createTopics({ topics: [made], waitForLeaders: true });
    await admin.disconnect();
  },

  async produce(run: MassRun): Promise<void> {
    const { address, topic, compression, idempotent, ledger } = run;
    const producer = newKafkajs(address).producer({ idempotent, maxInFlightRequests: 1 });
    await producer.connect();
    for await (const { first, size, partitionOf } of pieces(run, sendRecordsMax)) {
      const messages: kafkajs.Message[] = [];
      for (let number = first; number < first + size; number++) {
        const value = textOf(ledger.plan, number);
        messages.push({ key: keyOf(number), value, partition: partitionOf(number) });
      }
      ledger.sent(size);
      await producer.send({ topic, messages, compression: kafkajsCodes[compression] });
      ledger.acknowledged(first, size);
    }
    await producer.disconnect();
  },

  async consume({ address, topic, ledger }: MassRun): Promise<void> {
    const kafka = newKafkajs(address);
    const admin = kafka.admin();
    await admin.connect();
    const ends = new Map((await admin.fetchTopicOffsets(topic)).map((of) => [of.partition, Number(of.high)]));
    await admin.disconnect();
    const consumer = kafka.consumer({ groupId: `${topic}-readers`, maxBytesPerPartition: 1_048_576 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const unread = new Set([...ends].filter(([, end]) => end > 0).map(([partition]) => partition));
    await new Promise<void>((done, failed) => {
      if (unread.size === 0) done();
      const eachBatch = async ({ batch, resolveOffset }: kafkajs.EachBatchPayload): Promise<void> => {
        for (const { key, value, offset } of batch.messages) {
          ledger.found(batch.partition, String(key), String(value));
          resolveOffset(offset);
        }
        if (Number(batch.lastOffset()) + 1 >= (ends.get(batch.partition) as number)) {
          unread.delete(batch.partition);
          if (unread.size === 0) done();
        }
      };
      consumer.on('consumer.crash', ({ payload }) => failed(payload.error));
      consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch }).catch(failed);
    });
    await consumer.disconnect();
  },
};
