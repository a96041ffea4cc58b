import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTarget, type Target } from '../programs/target.ts';
import { Progress } from '../progress.ts';
import { readWorkload, type WorkloadFile } from '../workload.ts';
import { measureHalf } from './half-round.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-half-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function target(text: string): Target {
  const read = readTarget(text);
  if (!read.ok) throw new Error(read.complaint);
  return read.value;
}

const read = readWorkload(
  'short.jsonc',
  `{ "kind": "produce", "record": { "bytes": 100 }, "warmupSeconds": 0, "durationSeconds": 20,
     "load": { "loop": "closed", "outstandingRecords": 100, "recordsMax": 2000 } }`,
);
const file = (read as { value: WorkloadFile }).value;
const options = () => ({
  seed: 's',
  folder,
  compileCache: join(folder, 'compile-cache'),
  progress: new Progress(),
});

test('a half round of this very code, slowed down and with a property, has numbers; its data is gone', async () => {
  const measures = await measureHalf(file, target('self+50%cpu?log.segment.bytes=1048576'), options());
  expect(measures['recordsPerSecond']).toBeGreaterThan(0);
  expect(measures['clientCpuUsPerRecord']).toBeGreaterThan(0);
  if (process.platform === 'linux') expect(measures['brokerCpuUsPerRecord']).toBeGreaterThan(0);
  expect(readdirSync(folder)).toEqual(['compile-cache']);
});

test('a broker with a property that it refuses does not start, and says why', async () => {
  await expect(measureHalf(file, target('self?log.segment.bytes=nonsense'), options())).rejects.toThrow(
    /did not start/,
  );
});

test('a target is called without the paths of a machine', () => {
  expect(target('self').label).toBe('self');
  expect(target('self+5%cpu?log.segment.bytes=9&log.dirs=d')).toMatchObject({
    label: 'self+5%cpu?log.segment.bytes=9&log.dirs=d',
    slipPercent: 5,
    properties: { 'log.segment.bytes': '9', 'log.dirs': 'd' },
  });
  expect(target('[::1]:9092')).toMatchObject({ kind: 'address' });
  const root = join(import.meta.dirname, '..', '..');
  expect(target(root).label).not.toContain('/');
});
