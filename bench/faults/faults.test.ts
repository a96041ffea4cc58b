// Faults on a real broker process, under a real load; what is checked is what they leave behind, never how long they
// took.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runWorkload } from '../harness.ts';
import { Progress } from '../progress.ts';
import type { WorkloadRun } from '../result.ts';
import { workloadSchema } from '../workload.ts';
import { FaultDriver } from './fault-driver.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-bench-faults-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function run(name: string, changes: object): Promise<WorkloadRun> {
  const workload = workloadSchema.parse({
    kind: 'produce',
    topic: { partitions: 2 },
    record: { bytes: 100 },
    load: { loop: 'open', recordsPerSecond: 500 },
    warmupSeconds: 0,
    durationSeconds: 3,
    // A machine that is busy with something else may take long to start a process.
    drainSeconds: 60,
    ...changes,
  });
  const options = { seed: 'faults', folder, progress: new Progress() };
  return runWorkload({ name, story: '', workload }, options);
}

test('a killed broker comes back with everything that was acknowledged', async () => {
  const { faults, ledger } = await run('kill', {
    faults: [{ fault: 'kill', atSeconds: 1, forSeconds: 0.5 }],
  });
  expect(ledger).toMatchObject({ failed: 0, unfinished: 0, missing: 0, duplicated: 0, sound: true });
  expect(faults).toHaveLength(1);
  const [kill] = faults as [(typeof faults)[0]];
  expect(kill.fault).toBe('kill');
  expect(kill.fromSecond).toBeGreaterThanOrEqual(1);
  // It was gone for half a second, and then had to start.
  expect(kill.untilSecond - kill.fromSecond).toBeGreaterThan(0.5);
  // What was meant to be sent while it was gone had to wait.
  expect(kill.backlogMaxRecords).toBeGreaterThan(100);
});

test('a pause and a busy disk one after the other, and the pause is in the latencies', async () => {
  const { faults, ledger, latencies } = await run('pause', {
    faults: [
      { fault: 'pause', atSeconds: 0.6, forSeconds: 0.5 },
      { fault: 'slow-disk', atSeconds: 2, forSeconds: 0.2 },
    ],
  });
  expect(ledger.sound).toBe(true);
  expect(faults.map(({ fault }) => fault)).toEqual(['pause', 'slow-disk']);
  const [pause, disk] = faults as [(typeof faults)[0], (typeof faults)[0]];
  const pausedUs = (pause.untilSecond - pause.fromSecond) * 1e6;
  expect(latencies.find(({ of }) => of === 'acknowledge')?.whole.maxUs).toBeGreaterThan(0.9 * pausedUs);
  expect(disk.what).toMatch(/wrote [1-9]\d* MB and synced it [1-9]\d* times/);
  // Nothing of either run is left.
  expect(readdirSync(folder)).toEqual([]);
});

test('a backlog is worked off while producers go on, and every record is given once', async () => {
  const { drain, ledger, latencies } = await run('backlog', {
    kind: 'end-to-end',
    backlogRecords: 5000,
    durationSeconds: 4,
  });
  expect(ledger.acknowledged).toBeGreaterThan(5000);
  expect(ledger).toMatchObject({ sound: true, delivery: { undelivered: 0, deliveredAgain: 0 } });
  expect(drain?.backlogRecords).toBe(5000);
  expect(drain?.curve[0]?.backlogRecords).toBe(5000);
  expect(drain?.curve.length).toBe(41);
  // Those of the backlog have no age: they were not meant for any time of the load.
  const delivered = latencies.find(({ of }) => of === 'end-to-end');
  expect(delivered?.whole.count).toBe(ledger.intended - 5000);
});

test('a fault that cannot be driven ends the waiting', async () => {
  const workload = workloadSchema.parse({
    kind: 'produce',
    load: { loop: 'closed', outstandingRecords: 1 },
    faults: [{ fault: 'kill', atSeconds: 0, forSeconds: 0 }],
    warmupSeconds: 0,
  });
  const broker = {
    kill: async () => {},
    startAgain: async () => {
      throw new Error('the port is taken');
    },
    pause: () => {},
    goOn: () => {},
  };
  const driver = new FaultDriver(broker, workload, folder, new Progress());
  driver.begin(performance.now() * 1000);
  await expect(driver.failed).rejects.toThrow('the port is taken');
  await expect(driver.ended()).rejects.toThrow('the port is taken');
});
