// @platformatic/kafka as a mass client.

import {
  Admin,
  Consumer,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { keyOf, textOf } from './ledger.ts';
import { type MassClient, type MassRun, pieces } from './mass-client.ts';

const sendRecordsMax = 1000;

/**
 * Options of all its clients here; patient enough for a broker that is started again. Several addresses are
 * separated by commas.
 */
export function platformaticOptions(address: string) {
  return {
    clientId: 'platformatic',
    bootstrapBrokers: address.split(','),
    retries: 100,
    retryDelay: 100,
    timeout: 10_000,
  };
}

export const platformaticClient: MassClient = {
  name: '@platformatic/kafka',

  async createTopic({ address, topic, partitions, replicas = 1 }: MassRun): Promise<void> {
    const admin = new Admin(platformaticOptions(address));
    await admin.createTopics({ topics: [topic], partitions, replicas });
    await admin.close();
  },

  async produce(run: MassRun): Promise<void> {
    const { address, topic, partitions, compression, idempotent, ledger } = run;
    const options = { ...platformaticOptions(address), serializers: stringSerializers };
    const producer = new Producer({ ...options, idempotent, acks: -1, compression });
    for await (const { first, size } of pieces(run, sendRecordsMax)) {
      const messages = [];
      for (let number = first; number < first + size; number++) {
        const value = textOf(ledger.plan, number);
        messages.push({ topic, key: keyOf(number), value, partition: number % partitions });
      }
      ledger.sent(size);
      await producer.send({ messages });
      ledger.acknowledged(first, size);
    }
    await producer.close();
  },

  async consume({ address, topic, ledger }: MassRun): Promise<void> {
    const options = { ...platformaticOptions(address), deserializers: stringDeserializers };
    const consumer = new Consumer({ ...options, groupId: `${topic}-readers` });
    const ends = ((await consumer.listOffsets({ topics: [topic] })).get(topic) as bigint[]).map(Number);
    let unread = ends.filter((end) => end > 0).length;
    const stream = await consumer.consume({
      topics: [topic],
      mode: MessagesStreamModes.EARLIEST,
      autocommit: false,
      maxWaitTime: 500,
    });
    await new Promise<void>((done, failed) => {
      if (unread === 0) done();
      stream.on('error', failed);
      stream.on('data', ({ partition, key, value, offset }) => {
        ledger.found(partition, String(key), String(value));
        if (Number(offset) + 1 === ends[partition] && --unread === 0) done();
      });
    });
    await stream.close();
    await consumer.close(true);
  },
};
