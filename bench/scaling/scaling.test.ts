// What the replayer sends is what a broker takes: the frames by themselves, and all of it once against real processes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { BatchWalk, decodeRequest, produceApi, Reader } from '../../engine/index.ts';
import { compiled, missingFor } from '../c-program.ts';
import { SeededRandom } from '../random.ts';
import { produceFrames, recordsPerBatch } from './frames.ts';
import { measureCluster } from './measure.ts';

const folder = mkdtempSync(join(tmpdir(), 'odradek-scaling-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = {
  name: 'the replayer',
  source: 'bench/scaling/replay.c',
  libraries: [],
  packages: 'the package gcc',
};

test('frames are whole Produce requests, each with one sound batch as large as was asked for', () => {
  const shape = { topic: 'scaling', recordBytes: 100, batchBytes: 4096, nowMs: 1_700_000_000_000 };
  const bytes = produceFrames(shape, [3, 5], new SeededRandom('frames'));
  const partitions: number[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 0; at < bytes.length; at += 4 + view.getInt32(at)) {
    // Behind the size: api key, version, correlation id, and a client id that is null.
    const body = new Reader(bytes, at + 14, at + 4 + view.getInt32(at));
    const request = decodeRequest(produceApi, 8, body);
    if (!request.ok) throw new Error(request.error);
    const [data] = request.value.topicData[0]?.partitionData ?? [];
    partitions.push(data?.index ?? -1);
    const batch = new BatchWalk(data?.records ?? new Uint8Array(0)).next();
    expect(batch?.isCrcValid()).toBe(true);
    expect(batch?.recordsCount).toBe(recordsPerBatch(shape));
    expect(batch?.sizeBytes).toBeGreaterThan(3900);
    expect(batch?.sizeBytes).toBeLessThanOrEqual(4096);
  }
  expect(partitions.slice(0, 4)).toEqual([3, 5, 3, 5]);
  expect(partitions.length).toBe(16);
});

const missing = missingFor(program);
describe.skipIf(missing !== undefined)(missing ?? 'the replayer', () => {
  test('two brokers take it together, and every acknowledged record is in a log', async () => {
    const scaled = await measureCluster(2, {
      replayProgram: compiled(program),
      folder,
      partitions: 4,
      recordBytes: 100,
      batchBytes: 4096,
      connectionsPerBroker: 1,
      depth: 4,
      warmupSeconds: 1,
      seconds: 1,
      seed: 'test',
    });
    expect(scaled.recordsPerSecond).toBeGreaterThan(0);
    expect(scaled.brokerCpuPercents.length).toBe(2);
    for (const percent of scaled.brokerCpuPercents) expect(percent).toBeGreaterThan(0);
  });
});
