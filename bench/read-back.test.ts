// Reading back from a real broker: what was written is found, and what is wrong with it too.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Admin, Producer } from '../engine/index.ts';
import { BrokerProcess } from './broker-process.ts';
import { Ledger } from './ledger.ts';
import { Payloads } from './payload.ts';
import { readBack } from './read-back.ts';
import { ClientNode } from './tasks.ts';

const record = { bytes: 300, payload: 'random' as const };
const payloads = new Payloads(record, 'seed');
let folder: string;
let broker: BrokerProcess;
let node: ClientNode;
let topics = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-read-back-test-'));
  broker = await BrokerProcess.start(join(folder, 'broker'), {});
  node = new ClientNode(folder);
});

afterAll(async () => {
  node.close();
  await broker.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes what each number says: itself, or what `of` makes of it. Everything is acknowledged in the ledger. */
async function written(
  count: number,
  compressionType: 'none' | 'zstd' = 'none',
  of = (sequence: number) => ({ key: payloads.keyOf(sequence), value: payloads.valueOf(sequence) }),
) {
  const topic = `read-back-${topics++}`;
  const ledger = new Ledger(1);
  const bootstrapServers = [broker.address];
  const admin = new Admin(node.runtime, { bootstrapServers });
  await node.run('topic', admin.createTopics([{ name: topic, partitionsCount: 2, replicationFactor: 1 }]));
  admin.close();
  const producer = new Producer(node.runtime, { bootstrapServers, compressionType });
  const sends = Array.from({ length: count }, (_, sequence) => {
    ledger.intend(0);
    return producer.send({ topic, partition: sequence % 2, ...of(sequence) });
  });
  for (const [sequence, send] of sends.entries()) {
    const outcome = await node.run('outcome', send.wait());
    if (outcome.kind !== 'ok') throw new Error(outcome.error);
    ledger.acknowledge(sequence, outcome.partition, outcome.offset);
  }
  await node.run('close', producer.close(1000));
  ledger.close();
  return { topic, ledger };
}

async function account({ topic, ledger }: { topic: string; ledger: Ledger }) {
  const { runtime } = node;
  const parts = { runtime, broker: broker.address, topic, payloads, ledger, progress: () => {} };
  return ledger.account(await node.run('read back', readBack(parts)));
}

test.each(['none', 'zstd'] as const)('finds everything, packed with %s', async (compressionType) => {
  const report = await account(await written(5000, compressionType));
  expect(report).toMatchObject({ readBack: 5000, acknowledgedReadBack: 5000, sound: true, examples: [] });
});

test('finds a value that was not sent under its number, and a record of somebody else', async () => {
  const report = await account(
    await written(10, 'none', (sequence) => ({
      key: sequence === 4 ? new Uint8Array(12) : payloads.keyOf(sequence),
      value: payloads.valueOf(sequence === 7 ? 8 : sequence),
    })),
  );
  expect(report).toMatchObject({ readBack: 10, corrupt: 1, foreign: 1, missing: 1, sound: false });
});

test('finds bytes that changed on the disk, by the checksum of their batch', async () => {
  const load = await written(10);
  const partition = join(folder, 'broker', `${load.topic}-1`);
  const segment = readdirSync(partition).find((name) => name.endsWith('.log')) as string;
  const bytes = readFileSync(join(partition, segment));
  bytes[200] = (bytes[200] as number) ^ 1;
  writeFileSync(join(partition, segment), bytes);
  const report = await account(load);
  expect(report.sound).toBe(false);
  expect(report.missing).toBe(5);
  expect(report.examples.join()).toMatch(/checksum of the batch is wrong/);
});

test('is void when the topic is not there', async () => {
  const ledger = new Ledger(1);
  ledger.close();
  expect((await account({ topic: 'nowhere', ledger })).sound).toBe(false);
});
