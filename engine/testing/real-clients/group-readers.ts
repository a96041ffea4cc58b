// Readers by group that go on for as long as their test lasts, whatever happens to the brokers: one for each
// client. What a group reads may come twice, when its members change before they have committed; it must
// come.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Consumer, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka';
import { newKafkajs } from './kafkajs-client.ts';
import { keyOf, type Plan, textOf } from './ledger.ts';
import { platformaticOptions } from './platformatic-client.ts';

/** The records of a run that a group has read. */
export class Seen {
  readonly plan: Plan;
  readonly numbers = new Set<number>();
  /** Other bytes than were sent. */
  damaged = 0;

  constructor(plan: Plan) {
    this.plan = plan;
  }

  hear(key: string, value: string): void {
    const number = Number(key.slice(1));
    const isWhole = Number.isInteger(number) && key === keyOf(number) && value === textOf(this.plan, number);
    if (isWhole) this.numbers.add(number);
    else this.damaged++;
  }
}

export interface GroupReader {
  /** What it could not bear; undefined when it bore everything. */
  readonly failure: () => unknown;
  close(): Promise<void>;
}

/** Joins the group and reads on until it is closed, into `seen`, which the members of a group share. */
export type JoinGroup = (address: string, topic: string, group: string, seen: Seen) => Promise<GroupReader>;

const sessionTimeoutMs = 6000;
const heartbeatMs = 500;
/** More often than this, something is wrong with the broker. */
const joinsMax = 20;

export const joinWithKafkajs: JoinGroup = async (address, topic, groupId, seen) => {
  const timing = { sessionTimeout: sessionTimeoutMs, heartbeatInterval: heartbeatMs, maxWaitTimeInMs: 200 };
  const consumer = newKafkajs(address).consumer({ groupId, ...timing });
  let failure: unknown;
  // It starts itself again after a crash that it takes for passing, and tells of both.
  consumer.on('consumer.crash', ({ payload }) => {
    if (!payload.restart) failure = payload.error;
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommitInterval: 500,
    eachMessage: async ({ message }) => seen.hear(String(message.key), String(message.value)),
  });
  return { failure: () => failure, close: () => consumer.disconnect() };
};

/**
 * A stream of this client ends for good when a broker dies at the wrong moment (`Cannot find broker with node id`,
 * 2.12.1): its user joins the group again, with another consumer, and goes on where the group has committed.
 */
export const joinWithPlatformatic: JoinGroup = async (address, topic, groupId, seen) => {
  let failure: unknown;
  let isClosing = false;
  let joins = 0;
  let lastRefusal: unknown = new Error(`joined more than ${joinsMax} times`);
  let leave: () => Promise<void> = async () => {};
  const again = async (): Promise<void> => {
    await leave().catch(() => {});
    leave = async () => {};
    // A coordinator that is dead, and has no successor yet, takes nobody in.
    for (; !isClosing && joins <= joinsMax; joins++) {
      try {
        leave = await joinOnce(address, topic, groupId, seen, () => void again());
        return;
      } catch (error) {
        lastRefusal = error;
      }
    }
    if (!isClosing) failure = lastRefusal;
  };
  await again();
  return {
    failure: () => failure,
    async close() {
      isClosing = true;
      await leave().catch(() => {});
    },
  };
};

async function joinOnce(address: string, topic: string, groupId: string, seen: Seen, onEnd: () => void) {
  const options = { ...platformaticOptions(address), deserializers: stringDeserializers, retries: 20 };
  const timing = {
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
    rebalanceTimeout: 10_000,
  };
  const consumer = new Consumer({ ...options, ...timing, groupId });
  let isOver = false;
  const over = (): void => {
    if (!isOver) onEnd();
    isOver = true;
  };
  const stream = await consumer
    .consume({
      topics: [topic],
      mode: MessagesStreamModes.COMMITTED,
      fallbackMode: 'earliest',
      autocommit: 500,
      maxWaitTime: 200,
    })
    .catch(async (error) => {
      await consumer.close(true).catch(() => {});
      throw error;
    });
  // It tells of a failed heartbeat or join by the one, of a failed fetch by the other.
  consumer.on('error', over);
  stream.on('error', over);
  stream.on('data', ({ key, value }) => seen.hear(String(key), String(value)));
  return async (): Promise<void> => {
    isOver = true;
    await stream.close().catch(() => {});
    await consumer.close(true);
  };
}

export const joinWithKcat: JoinGroup = async (address, topic, groupId, seen) => {
  const timing = ['-X', `session.timeout.ms=${sessionTimeoutMs}`, '-X', 'auto.commit.interval.ms=500'];
  const from = ['-X', 'auto.offset.reset=earliest', '-X', 'reconnect.backoff.max.ms=500'];
  const format = ['-q', '-E', '-u', '-f', '%k\\t%s\\n'];
  const child = spawn('kcat', ['-b', address, ...timing, ...from, ...format, '-G', groupId, topic]);
  let failure: unknown;
  let isClosing = false;
  let errors = '';
  child.stdin.end();
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const closed = once(child, 'close').then(([code]) => {
    if (!isClosing) failure = new Error(`kcat ended with ${code}: ${errors.slice(0, 2000)}`);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [key, value] = line.split('\t') as [string, string];
    seen.hear(key, value);
  });
  return {
    failure: () => failure,
    async close() {
      isClosing = true;
      child.kill('SIGTERM');
      await closed;
    },
  };
};
