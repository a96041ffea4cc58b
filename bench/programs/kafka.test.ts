// Where no Kafka or no java is at hand, what needs them is skipped, and says so.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measureHalf } from '../compare/half-round.ts';
import type { Measures } from '../compare/metrics.ts';
import { Progress } from '../progress.ts';
import { readWorkload, type WorkloadFile } from '../workload.ts';
import { kafkaHome, kafkaIn, kafkaProperties, noJava } from './kafka.ts';
import { readTarget } from './target.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-kafka-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('an installation is known by its jar, and its version with it', () => {
  const libs = join(folder, 'home', 'libs');
  mkdirSync(libs, { recursive: true });
  expect(kafkaIn(join(folder, 'home'))).toBeUndefined();
  writeFileSync(join(libs, 'kafka_2.13-4.3.1.jar'), '');
  expect(kafkaIn(join(folder, 'home'))).toEqual({ version: '4.3.1', libs });
  expect(kafkaIn(libs)).toEqual({ version: '4.3.1', libs });
  expect(kafkaIn(join(folder, 'nowhere'))).toBeUndefined();
  expect(kafkaIn(join(libs, 'kafka_2.13-4.3.1.jar'))).toBeUndefined();
});

test('what a workload or a target says goes before what one node needs', () => {
  const properties = { 'num.partitions': '3', 'group.initial.rebalance.delay.ms': '7' };
  const lines = kafkaProperties({ dataDir: '/data', port: 0, properties }, 9092, 9093).split('\n');
  expect(lines).toContain('controller.quorum.voters=1@127.0.0.1:9093');
  expect(lines).toContain('log.dirs=/data');
  expect(lines).toContain('num.partitions=3');
  expect(lines.filter((line) => line.startsWith('group.initial'))).toEqual([
    'group.initial.rebalance.delay.ms=7',
  ]);
});

const installed = kafkaIn(kafkaHome());
const reason = installed === undefined ? 'no Kafka in KAFKA_HOME or .kafka' : noJava();
const skipped = reason === undefined ? '' : ` (skipped: ${reason})`;

describe.skipIf(reason !== undefined)(`Apache Kafka${skipped}`, () => {
  const read = readWorkload(
    'short.jsonc',
    `{ "kind": "produce", "record": { "bytes": 100 }, "warmupSeconds": 0, "durationSeconds": 20,
       "load": { "loop": "closed", "outstandingRecords": 100, "recordsMax": 2000 } }`,
  );
  const { value: file } = read as { value: WorkloadFile };

  async function half(text: string): Promise<Measures> {
    const target = readTarget(text);
    if (!target.ok) throw new Error(target.complaint);
    expect(target.value.label).toBe(text.replace('kafka', `Apache Kafka ${installed?.version}`));
    const compileCache = join(folder, 'compile-cache');
    return await measureHalf(file, target.value, {
      seed: 's',
      folder,
      compileCache,
      progress: new Progress(),
    });
  }

  test('is half of a round like a broker of ours; only what a broker alone can tell is missing', async () => {
    const measures = await half('kafka?log.segment.bytes=1048576');
    expect(measures['recordsPerSecond']).toBeGreaterThan(0);
    if (process.platform === 'linux') expect(measures['brokerCpuUsPerRecord']).toBeGreaterThan(0);
    expect(measures['fsyncsPerThousandRecords']).toBeNull();
  });

  test('with a property that it refuses does not start, and says why', async () => {
    await expect(half('kafka?log.segment.bytes=nonsense')).rejects.toThrow(/log\.segment\.bytes/);
  });
});
