import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Admin } from '../engine/index.ts';
import { BrokerProcess } from './broker-process.ts';
import { benchCommand } from './main.ts';
import { benchResultSchema } from './result.ts';
import { ClientNode } from './tasks.ts';
import { summaryOf } from './text.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-bench-test-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The exit code, and what was said on standard error. */
async function bench(workloads: string[], options: object): Promise<{ code: number; said: string }> {
  let said = '';
  const error = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  const silent = (_text: string, done: () => void): boolean => {
    done();
    return true;
  };
  const output = vi.spyOn(process.stdout, 'write').mockImplementation(silent as typeof process.stdout.write);
  try {
    return { code: await benchCommand(workloads, options), said };
  } finally {
    error.mockRestore();
    output.mockRestore();
  }
}

test('a workload that is not there is bad input', async () => {
  const { code, said } = await bench(['no-such-workload'], { out: folder });
  expect(code).toBe(2);
  expect(said).toContain('no-such-workload: no such file');
});

test('a workload file with a mistake is named with line and column', async () => {
  const path = join(folder, 'wrong.jsonc');
  writeFileSync(path, '{\n  "kind": "produce",\n  "lode": {}\n}\n');
  const { code, said } = await bench([path], { out: folder });
  expect(code).toBe(2);
  expect(said).toContain(`${path}:3:3: `);
});

test('faults are refused for a broker that is not ours', async () => {
  const named = 'produce-1topic-4p-1kb-acks-all-open-5k-kill';
  const { code, said } = await bench([named], { out: folder, against: '127.0.0.1:1' });
  expect(code).toBe(2);
  expect(said).toContain(`${named}: faults are put on a broker that is started for them`);
});

test.each<[string, string[], object, RegExp]>([
  [
    'an objective without a knee',
    ['consume-1topic-4p-1kb'],
    { objective: 'p99<1ms' },
    /--objective belongs to --knee/,
  ],
  [
    'an objective that is none',
    ['consume-1topic-4p-1kb'],
    { knee: true, objective: 'fast' },
    /--objective fast: /,
  ],
  ['the knee of a closed loop', ['consume-1topic-4p-1kb'], { knee: true }, /the rate of an open loop/],
  ['the knee of nothing', [], { knee: true }, /--knee wants a workload/],
  ['a sweep that is not there', [], { sweep: 'nowhere' }, /--sweep nowhere: no such file/],
  ['a sweep beside workloads', ['consume-1topic-4p-1kb'], { sweep: 'size' }, /names the workload itself/],
  ['a sweep with a knee', [], { sweep: 'size', knee: true }, /two commands/],
])('%s is bad input', async (_what, named, options, complaint) => {
  const { code, said } = await bench(named, { out: folder, ...options });
  expect(code).toBe(2);
  expect(said).toMatch(complaint);
});

const small =
  '"kind": "produce", "record": { "bytes": 100 }, "load": { "loop": "open", "recordsPerSecond": 1000 }, ' +
  '"warmupSeconds": 0, "durationSeconds": 1';

test('a sweep runs every point and stores it where the grid has it', async () => {
  const path = join(folder, 'grid.jsonc');
  writeFileSync(path, `{ ${small}, "sweep": { "record.bytes": [50, 100], "partitioning": ["keyed"] } }`);
  const { code, said } = await bench([], { out: join(folder, 'grid'), sweep: path });
  expect(code, said).toBe(0);
  expect(said).toMatch(/2 points over record\.bytes, partitioning, about \d+ minutes/);
  const text = readFileSync(join(folder, 'grid', 'bench.json'), 'utf8');
  const { runs, sweeps, command } = benchResultSchema.parse(JSON.parse(text));
  expect(runs).toEqual([]);
  expect(command).toBe('odradek bench --sweep grid');
  const points = sweeps[0]?.points ?? [];
  expect(points.map(({ at }) => at['record.bytes'])).toEqual([50, 100]);
  for (const { at, run } of points) {
    expect(run.workload.record.bytes).toBe(at['record.bytes']);
    expect(run.ledger).toMatchObject({ sound: true, unfinished: 0 });
  }
});

test('an address without a port is bad input', async () => {
  const { code, said } = await bench([], { out: folder, against: 'localhost' });
  expect(code).toBe(2);
  expect(said).toContain('--against localhost');
});

test('a generator that nobody knows is bad input', async () => {
  const { code, said } = await bench([], { out: folder, generator: 'hammer' });
  expect(code).toBe(2);
  expect(said).toContain('--generator hammer: one of odradek, kafkajs');
});

test('a generator that cannot do what the file wants is told with its place', async () => {
  const { code, said } = await bench(['end-to-end-1topic-4p-1kb-open-5k'], {
    out: folder,
    generator: 'librdkafka',
  });
  expect(code).toBe(2);
  expect(said).toMatch(/jsonc:\d+:\d+: librdkafka has no consumer that follows/);
});

test('a broker that is not there is bad input', async () => {
  const { code, said } = await bench(['consume-1topic-4p-1kb'], { out: folder, against: '127.0.0.1:1' });
  expect(code).toBe(2);
  expect(said).toContain('the topic could not be made');
});

test('a short workload of each kind is accounted for to the last record, and stored as the schema says', async () => {
  const common =
    '"topic": { "partitions": 2 }, "record": { "bytes": 200 }, "warmupSeconds": 0, "durationSeconds": 1';
  const files = [
    `{ "kind": "produce", "fsync": "before-ack", "load": { "loop": "closed", "outstandingRecords": 50 }, ${common} }`,
    `{ "kind": "end-to-end", "load": { "loop": "open", "recordsPerSecond": 200 }, "producers": 2, ${common} }`,
    `{ "kind": "consume", "preloadRecords": 500, ${common} }`,
  ].map((text, index) => {
    const path = join(folder, `short-${index}.jsonc`);
    writeFileSync(path, text);
    return path;
  });
  const { code, said } = await bench(files, { out: folder });
  expect(code, said).toBe(0);
  const result = benchResultSchema.parse(JSON.parse(readFileSync(join(folder, 'bench.json'), 'utf8')));
  expect(result.runs.map(({ workload }) => workload.kind)).toEqual(['produce', 'end-to-end', 'consume']);
  for (const run of result.runs) {
    expect(run.ledger.acknowledged).toBeGreaterThan(0);
    expect(run.ledger).toMatchObject({ failed: 0, unfinished: 0, missing: 0, uncounted: 0, sound: true });
    const own = run.workload.kind === 'consume' ? [] : ['null-broker'];
    const bare = run.workload.kind === 'consume' ? 'bare-read-send' : 'bare-pipeline';
    expect(run.limits.map(({ of }) => of)).toEqual(['disk', 'loopback', bare, ...own]);
    expect(run.limits[2]?.operationsPerSecond).toBeGreaterThan(0);
    // Under an open loop the bare probe carries what is offered: that bounds nothing.
    expect(run.shares.map(({ binding }) => binding).includes(bare)).toBe(run.workload.kind !== 'end-to-end');
    expect(run.startToFirstAcknowledgedMs).toBeGreaterThan(0);
    expect(run.brokerCounts?.requests).toBeGreaterThan(0);
    expect(run.brokerCounts?.garbageCollections).toBeGreaterThanOrEqual(0);
    expect(run.share).not.toBeNull();
  }
  const [produce, , consume] = result.runs;
  expect(produce?.brokerCounts?.fsyncs).toBeGreaterThan(0);
  expect(produce?.brokerCounts?.bytesWrittenPerByteReceived).toBeGreaterThan(0.5);
  expect(consume?.brokerCounts?.bytesWrittenPerByteReceived).toBeNull();
  const summary = summaryOf(result);
  for (const run of result.runs) expect(summary).toContain(`${run.name}  [${run.durability}]`);
  expect(summary).not.toContain('GAP');
  expect(result.runs[1]?.ledger.delivery?.undelivered).toBe(0);
  expect(result.runs[2]?.ledger.acknowledgedReadBack).toBe(500);
});

test('a broker that is not ours is left as it was: no topic stays behind', async () => {
  const path = join(folder, 'visit.jsonc');
  const common =
    '"topic": { "partitions": 2 }, "record": { "bytes": 200 }, "warmupSeconds": 0, "durationSeconds": 1';
  writeFileSync(
    path,
    `{ "kind": "end-to-end", "load": { "loop": "open", "recordsPerSecond": 200 }, ${common} }`,
  );
  const broker = await BrokerProcess.start(join(folder, 'theirs'), {});
  const node = new ClientNode(join(folder, 'client'));
  try {
    const against = `${broker.address.host}:${broker.address.port}`;
    const { code, said } = await bench([path], { out: join(folder, 'visit'), against });
    expect(code, said).toBe(0);
    const admin = new Admin(node.runtime, { bootstrapServers: [broker.address] });
    const topics = await node.run('list', admin.listTopics());
    expect(topics.ok && topics.value).toEqual([]);
    admin.close();
  } finally {
    node.close();
    await broker.stop();
  }
});
