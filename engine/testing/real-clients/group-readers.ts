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

export const joinWithPlatformatic: JoinGroup = async (address, topic, groupId, seen) => {
  const options = { ...platformaticOptions(address), deserializers: stringDeserializers };
  const timing = {
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
    rebalanceTimeout: 10_000,
  };
  const consumer = new Consumer({ ...options, ...timing, groupId });
  let failure: unknown;
  const stream = await consumer.consume({
    topics: [topic],
    mode: MessagesStreamModes.COMMITTED,
    fallbackMode: 'earliest',
    autocommit: 500,
    maxWaitTime: 200,
  });
  stream.on('error', (error) => {
    failure = error;
  });
  stream.on('data', ({ key, value }) => seen.hear(String(key), String(value)));
  return {
    failure: () => failure,
    async close() {
      await stream.close();
      await consumer.close(true);
    },
  };
};

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
