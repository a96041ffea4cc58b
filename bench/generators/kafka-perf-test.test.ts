// Its command line and its lines are held against recorded ones, and the load around it against a script that writes
// with kcat and prints what the tool printed. The tool itself is in generators.test.ts, where a machine has it.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Admin } from '../../engine/index.ts';
import { BrokerProcess } from '../broker-process.ts';
import { noJava } from '../programs/kafka.ts';
import { ClientNode } from '../tasks.ts';
import { workloadSchema } from '../workload.ts';
import { missingOf } from './commands.ts';
import { findPerfTest, parsePerfTestLine, perfTestWords } from './kafka-perf-test.ts';
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
  durationSeconds: 3,
});

describe('the command line is what is taken by', () => {
  const plan = { address: { host: 'localhost', port: 9092 }, topic: 't', workload } as GeneratorPlan;
  const load = '--topic t --num-records 2147483647 --record-size 100 --throughput -1';
  const properties =
    'bootstrap.servers=localhost:9092 acks=1 enable.idempotence=false linger.ms=5 batch.size=65536';

  test('Kafka 3', () => {
    const help = 'usage: producer-performance [-h] --topic TOPIC [--producer-props PROP-NAME=PROP-VALUE ...]';
    expect(perfTestWords(plan, help).join(' ')).toBe(`${load} --producer-props ${properties}`);
  });

  test('Kafka 4.3, without a warning', () => {
    const help =
      'usage: kafka-producer-perf-test [--producer-props P] [--command-property P] [--reporting-interval MS]';
    expect(perfTestWords(plan, help).join(' ')).toBe(
      `${load} --reporting-interval 100 --command-property ${properties}`,
    );
  });
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

describe('it is found', () => {
  const home = join(folder, 'kafka');
  const script = join(home, 'bin', 'kafka-producer-perf-test.sh');
  const jar = (name: string) => writeFileSync(join(home, 'libs', name), '');
  mkdirSync(join(home, 'bin'), { recursive: true });
  mkdirSync(join(home, 'libs'), { recursive: true });

  test('by its script, in KAFKA_HOME and on the path', () => {
    const nothing = { KAFKA_HOME: home, PATH: '' };
    expect(findPerfTest(nothing)).toBeUndefined();
    writeFileSync(script, '#!/bin/sh\n');
    expect(findPerfTest(nothing)).toBeUndefined();
    chmodSync(script, 0o755);
    const found = { file: script, words: [], version: 'of the tool on this machine' };
    expect(findPerfTest({ KAFKA_HOME: home, PATH: '' })).toEqual(found);
    expect(findPerfTest({ KAFKA_HOME: folder, PATH: join(home, 'bin') })).toEqual(found);
    jar('kafka_2.13-4.3.1.jar');
    expect(findPerfTest({ KAFKA_HOME: home, PATH: '' })).toEqual({ ...found, version: '4.3.1' });
  });

  test.skipIf(noJava() !== undefined)('by its jars, when there is no script', () => {
    rmSync(script);
    const env = { KAFKA_HOME: home, PATH: '', KAFKA_HEAP_OPTS: '-Xms1M -Xmx2M' };
    expect(findPerfTest(env)).toBeUndefined();
    jar('kafka-tools-4.3.1.jar');
    const tool = ['-cp', join(home, 'libs', '*'), 'org.apache.kafka.tools.ProducerPerformance'];
    expect(findPerfTest(env)).toEqual({
      file: 'java',
      words: ['-Xms1M', '-Xmx2M', ...tool],
      version: '4.3.1',
    });
  });
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
      const go = join(folder, 'go');
      const rates = '74841.0 records/sec (7.14 MB/sec), 3.2 ms avg latency, 244.0 ms max latency.';
      const sent = (count: number, told: number) => [
        `seq 1 ${count} | kcat -P -b ${host}:${port} -t perf`,
        `echo "${told} records sent, ${rates}"`,
      ];
      const lines = ['#!/bin/sh', 'case "$*" in *--help*) exit 1;; esac', ...sent(100, 100)];
      lines.push(`while [ ! -e ${go} ]; do sleep 0.01; done`, ...sent(250, 200), 'exec sleep 60');
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
        onSecond: () => writeFileSync(go, ''),
      });
      expect(result.counts).toEqual({ intended: 350, acknowledged: 300, failed: 0, unfinished: 50 });
      expect(result.outcomes).toEqual([]);
      if (process.platform === 'linux') expect(result.clientCpuUsPerRecord).not.toBeNull();
      // What it sent before the clock started is in no second.
      expect([0, 1, 2].reduce((sum, second) => sum + result.series.recordsIn(second), 0)).toBe(250);
      expect(result.notes.join()).toContain('had begun before the clock started, with 100 records');
    } finally {
      if (before === undefined) delete process.env.KAFKA_HOME;
      else process.env.KAFKA_HOME = before;
      node.close();
      await broker.stop();
    }
  },
);
