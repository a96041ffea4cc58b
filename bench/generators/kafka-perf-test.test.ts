// Kafka's tool is not here: its command line and its lines are held against recorded ones, and the load around it
// against a script that writes with kcat and prints what the tool printed.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Admin } from '../../engine/index.ts';
import { BrokerProcess } from '../broker-process.ts';
import { ClientNode } from '../tasks.ts';
import { workloadSchema } from '../workload.ts';
import { missingOf } from './commands.ts';
import { parsePerfTestLine, perfTestPath, perfTestWords } from './kafka-perf-test.ts';
import type { GeneratorPlan } from './plan.ts';
import { runGenerator } from './run-generator.ts';

const folder = mkdtempSync(join(tmpdir(), 'odradek-perf-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const workload = workloadSchema.parse({
  kind: 'produce',
  generator: 'kafka-perf-test',
  load: { loop: 'closed', outstandingRecords: 100 },
  record: { bytes: 100 },
  acks: 1,
  producer: { batchSizeBytes: 65536, lingerMs: 5 },
  warmupSeconds: 0,
  durationSeconds: 2,
});

test('the command line is what Kafka takes', () => {
  const plan = { address: { host: 'localhost', port: 9092 }, topic: 't', workload } as GeneratorPlan;
  expect(perfTestWords(plan).join(' ')).toBe(
    '--topic t --num-records 2147483647 --record-size 100 --throughput -1 --producer-props ' +
      'bootstrap.servers=localhost:9092 acks=1 enable.idempotence=false linger.ms=5 batch.size=65536',
  );
});

test.each([
  [
    '374205 records sent, 74841.0 records/sec (7.14 MB/sec), 3.2 ms avg latency, 244.0 ms max latency.',
    { records: 374205, total: false },
  ],
  [
    '1000000 records sent, 85888.517566 records/sec (8.19 MB/sec), 2.61 ms avg latency, 250.00 ms max latency, ' +
      '1 ms 50th, 9 ms 95th, 31 ms 99th, 60 ms 99.9th.',
    { records: 1000000, total: true },
  ],
  ['[2026-01-01 00:00:00,000] WARN something (org.apache.kafka.clients.NetworkClient)', undefined],
])('of its lines, %s', (line, told) => {
  expect(parsePerfTestLine(line)).toEqual(told);
});

test('it is looked for in KAFKA_HOME and on the path', () => {
  expect(perfTestPath({ PATH: folder })).toBeUndefined();
  const home = join(folder, 'kafka');
  mkdirSync(join(home, 'bin'), { recursive: true });
  const path = join(home, 'bin', 'kafka-producer-perf-test.sh');
  writeFileSync(path, '#!/bin/sh\n');
  expect(perfTestPath({ KAFKA_HOME: home, PATH: '' })).toBeUndefined();
  chmodSync(path, 0o755);
  expect(perfTestPath({ KAFKA_HOME: home, PATH: '' })).toBe(path);
  expect(perfTestPath({ PATH: join(home, 'bin') })).toBe(path);
});

const kcatMissing = missingOf('kcat');

test.skipIf(kcatMissing !== undefined)(
  `a load is counted and ended in time ${kcatMissing ?? ''}`,
  async () => {
    const home = join(folder, 'stand-in');
    mkdirSync(join(home, 'bin'), { recursive: true });
    const path = join(home, 'bin', 'kafka-producer-perf-test.sh');
    const broker = await BrokerProcess.start(join(folder, 'broker'), {});
    const node = new ClientNode(folder);
    const before = process.env.KAFKA_HOME;
    try {
      const { host, port } = broker.address;
      const line =
        '300 records sent, 74841.0 records/sec (7.14 MB/sec), 3.2 ms avg latency, 244.0 ms max latency.';
      const lines = [
        '#!/bin/sh',
        `seq 1 350 | kcat -P -b ${host}:${port} -t perf`,
        `echo "${line}"`,
        'exec sleep 60',
      ];
      writeFileSync(path, lines.join('\n'), { mode: 0o755 });
      process.env.KAFKA_HOME = home;
      const admin = new Admin(node.runtime, { bootstrapServers: [broker.address] });
      await node.run(
        'topic',
        admin.createTopics([{ name: 'perf', partitionsCount: 1, replicationFactor: 1 }]),
      );
      admin.close();
      const result = await runGenerator({
        workload,
        address: broker.address,
        topic: 'perf',
        seed: 's',
        folder,
      });
      expect(result.counts).toEqual({ intended: 350, acknowledged: 300, failed: 0, unfinished: 50 });
      expect(result.outcomes).toEqual([]);
      expect(result.clientCpuUsPerRecord).toBeNull();
      expect(result.series.recordsIn(0) + result.series.recordsIn(1)).toBe(350);
    } finally {
      if (before === undefined) delete process.env.KAFKA_HOME;
      else process.env.KAFKA_HOME = before;
      node.close();
      await broker.stop();
    }
  },
);
