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
}, 120_000);

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
    expect(run.limits.map(({ of }) => of)).toEqual(['disk', 'loopback', ...own]);
    expect(run.share).not.toBeNull();
  }
  const summary = summaryOf(result);
  for (const run of result.runs) expect(summary).toContain(`${run.name}  [${run.durability}]`);
  expect(summary).not.toContain('GAP');
  expect(result.runs[1]?.ledger.delivery?.undelivered).toBe(0);
  expect(result.runs[2]?.ledger.acknowledgedReadBack).toBe(500);
}, 180_000);

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
}, 120_000);
