// @platformatic/kafka as a mass client.
//
// What it sends to one broker in one go it sends again to one broker, also where the partitions have got different
// leaders meanwhile, and then it never looks who leads now (2.12.1): against any cluster such a send fails in the
// end. So where brokers die, each send is for one partition, and one that fails is sent again, as an application
// would have to.

import {
  Admin,
  Consumer,
  MessagesStreamModes,
  type MessageToProduce,
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

/** It has tried for long by itself before it fails. */
const resendsMax = 10;

async function sendAgain(send: () => Promise<unknown>, times: number): Promise<void> {
  for (let time = 0; ; time++) {
    try {
      await send();
      return;
    } catch (error) {
      if (time >= times) throw error;
    }
  }
}

export const platformaticClient: MassClient = {
  name: '@platformatic/kafka',

  async createTopic({ address, topic, partitions, replicas = 1 }: MassRun): Promise<void> {
    const admin = new Admin(platformaticOptions(address));
    await admin.createTopics({ topics: [topic], partitions, replicas });
    await admin.close();
  },

  async produce(run: MassRun): Promise<void> {
    const { address, topic, compression, idempotent, ledger } = run;
    const options = { ...platformaticOptions(address), serializers: stringSerializers };
    const patience = run.trickle === undefined ? {} : { retries: 20 };
    const producer = new Producer({ ...options, ...patience, idempotent, acks: -1, compression });
    for await (const { first, size, partitionOf } of pieces(run, sendRecordsMax)) {
      const messages: MessageToProduce<string, string, string, string>[] = [];
      for (let number = first; number < first + size; number++) {
        const value = textOf(ledger.plan, number);
        messages.push({ topic, key: keyOf(number), value, partition: partitionOf(number) });
      }
      ledger.sent(size);
      await sendAgain(() => producer.send({ messages }), run.trickle === undefined ? 0 : resendsMax);
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
