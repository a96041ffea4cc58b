// What the kafkajs tests share: a broker in a process, an admin client, and short words for topics, sending
// and following. The test file starts and ends it.

import type kafkajs from 'kafkajs';
import { BrokerProcess } from './broker-process.ts';
import { newKafkajs } from './kafkajs-client.ts';
import { until } from './mass-client.ts';

export interface Heard {
  readonly partition: number;
  readonly offset: string;
  readonly timestamp: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: kafkajs.IHeaders;
}

export interface Member {
  readonly consumer: kafkajs.Consumer;
  /** All that it heard, in its order. */
  readonly heard: Heard[];
  /** The partitions that it has now. */
  readonly assignment: () => number[];
}

export class KafkajsWorld {
  readonly broker: BrokerProcess;
  readonly kafka: kafkajs.Kafka;
  readonly admin: kafkajs.Admin;
  readonly #consumers: kafkajs.Consumer[] = [];

  private constructor(broker: BrokerProcess) {
    this.broker = broker;
    this.kafka = newKafkajs(broker.address);
    this.admin = this.kafka.admin();
  }

  static async start(overrides: readonly string[] = []): Promise<KafkajsWorld> {
    const world = new KafkajsWorld(await BrokerProcess.start(overrides));
    await world.admin.connect();
    return world;
  }

  /** Ends what a test left running. */
  async endConsumers(): Promise<void> {
    await Promise.all(this.#consumers.splice(0).map((consumer) => consumer.disconnect()));
  }

  async end(): Promise<void> {
    await this.endConsumers();
    await this.admin.disconnect();
    await this.broker.discard();
  }

  async newTopic(topic: string, numPartitions = 1, configs: Record<string, string> = {}): Promise<string> {
    const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
    await this.admin.createTopics({ topics: [{ topic, numPartitions, configEntries }] });
    return topic;
  }

  async send(record: kafkajs.ProducerRecord, config: kafkajs.ProducerConfig = {}) {
    const producer = this.kafka.producer(config);
    await producer.connect();
    try {
      return await producer.send(record);
    } finally {
      await producer.disconnect();
    }
  }

  /** The first error that a producer without patience gets, by Kafka's name; undefined when it gets none. */
  async refused(topic: string, message: kafkajs.Message, acks = -1): Promise<string | undefined> {
    const producer = newKafkajs(this.broker.address, 'refused', 0).producer();
    await producer.connect();
    const error = await producer.send({ topic, messages: [message], acks }).catch((thrown) => thrown);
    await producer.disconnect();
    return error.type;
  }

  /** A member of the group that keeps what it hears; it commits by hand unless `config` says otherwise. */
  async join(
    topic: string,
    groupId: string,
    config: Partial<kafkajs.ConsumerConfig> & { readonly autoCommit?: boolean } = {},
  ): Promise<Member> {
    const { autoCommit = false, ...rest } = config;
    // The shortest session that the broker allows: kafkajs may come back from a dead broker as another member,
    // which waits until the session of its former self has ended, as it would with Kafka.
    const pace = { maxWaitTimeInMs: 100, heartbeatInterval: 200, sessionTimeout: 6000 };
    const consumer = this.kafka.consumer({ groupId, ...pace, ...rest });
    this.#consumers.push(consumer);
    const heard: Heard[] = [];
    let assignment: number[] = [];
    consumer.on('consumer.group_join', ({ payload }) => {
      assignment = payload.memberAssignment[topic] ?? [];
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit,
      autoCommitThreshold: 1,
      eachMessage: async ({ partition, message }) => {
        const { offset, timestamp, key, value, headers = {} } = message;
        const text = (bytes: Buffer | null) => (bytes === null ? null : bytes.toString());
        heard.push({ partition, offset, timestamp, key: text(key), value: text(value), headers });
      },
    });
    return { consumer, heard, assignment: () => assignment };
  }

  async readAll(
    topic: string,
    count: number,
    config: Partial<kafkajs.ConsumerConfig> = {},
  ): Promise<Heard[]> {
    const { heard, consumer } = await this.join(topic, `${topic}-all`, config);
    await until(`${count} records of ${topic}`, () => heard.length >= count);
    await consumer.stop();
    return heard;
  }
}

/** Messages whose values are their numbers, dealt to the partitions in turn. */
export function numbered(from: number, to: number, partitions = 1): kafkajs.Message[] {
  return Array.from({ length: to - from }, (_, at) => ({
    value: `${from + at}`,
    partition: (from + at) % partitions,
  }));
}
