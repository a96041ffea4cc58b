// The gate of the committed baseline, on three workloads that together take seconds; and whether it would see anything.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DiskFile, Ports } from '../../engine/index.ts';
import { projectRoot } from '../environment.ts';
import { readWorkload, type Workload, type WorkloadFile } from '../workload.ts';
import type { CostDocument, WorkloadCost } from './document.ts';
import { compareWithBaseline, type Difference, gateText } from './gate.ts';
import { committedBaseline, readBaseline, simulateAll, sorted } from './main.ts';
import { costModel } from './model.ts';
import { notSimulated, type SimulateOptions, SimulationError, simulate } from './simulate.ts';

const gated = [
  'consume-1topic-4p-1kb',
  'produce-1topic-16p-100b-acks-1-4producers-closed',
  'produce-1topic-4p-1kb-acks-all-fsync-closed',
];

function builtIn(name: string): WorkloadFile {
  const path = join(projectRoot(), 'bench', 'workloads', `${name}.jsonc`);
  const read = readWorkload(path, readFileSync(path, 'utf8'));
  if (!read.ok) throw new Error(read.complaints.join('\n'));
  return read.value;
}

function changed(file: WorkloadFile, changes: Partial<Workload>): WorkloadFile {
  return { ...file, workload: { ...file.workload, ...changes } as Workload };
}

const small = { ...costModel, recordsMax: 2_000 };
const fsync = builtIn('produce-1topic-4p-1kb-acks-all-fsync-closed');

function cost(file: WorkloadFile, options: SimulateOptions = {}): Promise<WorkloadCost> {
  return simulate(file, { model: small, ...options });
}

function documentOf(...workloads: WorkloadCost[]): CostDocument {
  return { format: 'odradek-bench-simulated/1', model: small, workloads };
}

/** What the gate names when one is the baseline and the other was counted. */
function named(before: WorkloadCost, after: WorkloadCost): Map<string, Difference> {
  const baseline = { ...documentOf(before), reasons: [] };
  const { differences, complaints } = compareWithBaseline(baseline, documentOf(after), true);
  expect(complaints).toEqual([]);
  return new Map(differences.map((difference) => [difference.count, difference]));
}

test('workloads cost what the committed baseline says', async () => {
  const baseline = readBaseline(committedBaseline());
  if (baseline === undefined || typeof baseline === 'string') throw new Error(baseline ?? 'no baseline');
  const document = await simulateAll(gated.map(builtIn));
  expect(document.workloads.map(({ gaps }) => gaps)).toEqual([[], [], []]);
  expect(gateText(compareWithBaseline(baseline, document, false))).toEqual([
    'gate: every count is what the baseline says',
  ]);
});

test('the baseline knows every built-in workload that can be simulated, and says why it is as it is', () => {
  const baseline = readBaseline(committedBaseline());
  if (baseline === undefined || typeof baseline === 'string') throw new Error(baseline ?? 'no baseline');
  const files = readdirSync(join(projectRoot(), 'bench', 'workloads'));
  const { able } = sorted(files.map((file) => builtIn(file.replace(/\.jsonc$/, ''))));
  const names = able.map(({ name }) => name).sort();
  expect(baseline.workloads.map(({ name }) => name)).toEqual(names);
  expect(baseline.workloads.every(({ sound }) => sound)).toBe(true);
  expect(baseline.reasons.length).toBeGreaterThan(0);
});

test('the same workload costs the same again, whatever ran before it', async () => {
  const first = await cost(fsync);
  await cost(builtIn('produce-1topic-1p-100b-acks-all-linger-0-open-2k'));
  expect(await cost(fsync)).toEqual(first);
  expect(named(first, await cost(fsync)).size).toBe(0);
});

test('counts that speak of the same thing agree', async () => {
  const { counts, sound } = await cost(fsync);
  const sum = (first: string): number =>
    Object.entries(counts)
      .filter(([name]) => name.startsWith(`${first}.`))
      .reduce((all, [, count]) => all + count, 0);
  expect(sound).toBe(true);
  expect(counts['records.acknowledged']).toBe(small.recordsMax);
  expect(counts['broker.network.bytesReceived']).toBe(counts['client.network.bytesSent']);
  expect(counts['client.network.bytesReceived']).toBe(counts['broker.network.bytesSent']);
  expect(sum('requestBytes')).toBe(counts['broker.network.bytesReceived']);
  expect(sum('responseBytes')).toBe(counts['broker.network.bytesSent']);
  expect(sum('requests')).toBe(sum('responses'));
  // Every record is put together by the client, and in the broker a frame is put together of what arrived.
  const recordBytes = small.recordsMax * fsync.workload.record.bytes;
  expect(counts['client.copiedBytes']).toBeGreaterThan(recordBytes);
  expect(counts['broker.copiedBytes']).toBeGreaterThan(recordBytes);
  for (const name of ['broker.taskResumes', 'client.taskResumes', 'broker.tasksStarted', 'broker.timers']) {
    expect(counts[name], name).toBeGreaterThan(0);
  }
});

test('the model is what the virtual time is made of', async () => {
  const usual = await cost(fsync);
  const slow = await cost(fsync, { model: { ...small, diskSyncUs: 50_000 } });
  const far = await cost(fsync, { model: { ...small, networkLatencyUs: 20_000 } });
  const narrow = await cost(fsync, { model: { ...small, networkBytesPerSecond: 10_000_000 } });
  for (const [name, other, atLeastUs] of [
    ['fsync', slow, 50_000],
    ['latency', far, 2 * 20_000],
    ['bandwidth', narrow, 100_000],
  ] as const) {
    expect(other.counts.virtualUs, name).toBeGreaterThan((usual.counts.virtualUs ?? 0) + atLeastUs / 2);
    expect(other.counts['latency.acknowledge.maxUs'], name).toBeGreaterThanOrEqual(atLeastUs);
  }
});

test('an fsync every so often is one, as often as that', async () => {
  const text = `{
    "kind": "produce",
    "fsync": { "everyMs": 200 },
    "load": { "loop": "open", "recordsPerSecond": 1000, "arrivals": "uniform" }
  }`;
  const read = readWorkload('every-200-ms.jsonc', text);
  if (!read.ok) throw new Error(read.complaints.join('\n'));
  const { counts } = await cost(read.value);
  const none = await cost(changed(read.value, { fsync: 'none', broker: {} }));
  const turns = (counts.virtualUs ?? 0) / 200_000;
  expect(turns).toBeGreaterThan(8);
  const more = (counts['broker.disk.syncs'] ?? 0) - (none.counts['broker.disk.syncs'] ?? 0);
  // The broker asks every 200 ms since its start and not since the first record: the first time may be two later.
  expect(more).toBeGreaterThan(turns - 3);
  expect(more).toBeLessThanOrEqual(turns);
});

// ---- what the gate sees

test('it names a workload that lingers', async () => {
  const open = builtIn('produce-1topic-4p-1kb-acks-all-open-20k');
  const lingers = changed(open, { producer: { ...open.workload.producer, lingerMs: 20 } });
  const differences = named(await cost(open), await cost(lingers));
  expect(differences.get('requests.Produce')?.percent).toBeLessThan(0);
  expect(differences.get('latency.acknowledge.p50Us')?.percent).toBeGreaterThan(0);
  expect([...differences.keys()]).not.toContain('records.acknowledged');
});

test('it names an acknowledgement that does not wait for the disk any more', async () => {
  const differences = named(await cost(fsync), await cost(changed(fsync, { fsync: 'none' })));
  expect(differences.get('broker.disk.syncs')?.percent).toBeLessThan(0);
  expect(differences.get('virtualUs')?.percent).toBeLessThan(0);
});

/** The ports of a broker whose files append otherwise. */
function appending(ports: Ports, append: (file: DiskFile) => DiskFile['append']): Ports {
  const { disk } = ports;
  const open: Ports['disk']['open'] = (path, options, done) => {
    disk.open(path, options, (outcome) => {
      if (!outcome.ok) return done(outcome);
      const file = outcome.value;
      done({ ok: true, value: Object.assign(Object.create(file), { append: append(file) }) });
    });
  };
  return { ...ports, disk: { ...disk, open } };
}

test('it names one more fsync after each append', async () => {
  const before = await cost(fsync);
  const after = await cost(fsync, {
    overBroker: (ports) =>
      appending(ports, (file) => (chunks, done) => {
        file.append(chunks, (outcome) => file.sync(() => done(outcome)));
      }),
  });
  const syncs = named(before, after).get('broker.disk.syncs');
  expect(syncs?.after).toBeGreaterThanOrEqual((after.counts['broker.disk.appends'] ?? 0) * 2);
  expect(syncs?.percent).toBeGreaterThan(50);
});

test('it names one more copy of what is appended', async () => {
  const before = await cost(fsync);
  const after = await cost(fsync, {
    overBroker: (ports) =>
      appending(ports, (file) => (chunks, done) => {
        file.append(
          chunks.map((chunk) => chunk.slice()),
          done,
        );
      }),
  });
  const differences = named(before, after);
  expect([...differences.keys()]).toEqual(['broker.copiedBytes', 'broker.copies']);
  const appendedBytes = before.counts['broker.disk.appendedBytes'] ?? 0;
  const copiedBytes = before.counts['broker.copiedBytes'] ?? 0;
  expect(differences.get('broker.copiedBytes')?.after).toBe(copiedBytes + appendedBytes);
});

// ---- what cannot be simulated

test('other generators and faults do not fit into the simulator', () => {
  expect(notSimulated(fsync)).toBeUndefined();
  expect(notSimulated(changed(fsync, { generator: 'kafkajs' }))).toContain(
    'kafkajs cannot live in the simulator',
  );
  const hurt = changed(fsync, { faults: [{ fault: 'kill', atSeconds: 1, forSeconds: 1 }] });
  expect(notSimulated(hurt)).toContain('scenarios are for that');
  expect(sorted([hurt, fsync])).toEqual({ able: [fsync], refused: [`${fsync.name}: ${notSimulated(hurt)}`] });
});

test.each([
  ['num.io.threads.of.nobody', '1'],
  ['log.segment.bytes', 'many'],
])('a broker that does not take %s=%s is a mistake of the file', async (name, value) => {
  const odd = cost(changed(fsync, { broker: { [name]: value } }));
  await expect(odd).rejects.toThrow(SimulationError);
  await expect(odd).rejects.toThrow(name);
});

test('a load of which nothing is acknowledged has no cost', async () => {
  const { topic } = fsync.workload;
  const refused = changed(fsync, { topic: { ...topic, configs: { 'max.message.bytes': '10' } } });
  await expect(cost(refused)).rejects.toThrow('not one record was acknowledged');
});
