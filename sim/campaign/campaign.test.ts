// Whole campaigns with real threads, on few seeds: with a memory, with an end that somebody asks for, on
// several machines; and the scenario that was written out is the one that ran.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { replayCommand, type SimOptions, simCommand } from '../main.ts';
import type { StoredBlock, StoredSuite } from '../store.ts';
import { defaultWorker } from '../swarm.ts';
import { generate } from './generate.ts';
import { readEntry } from './ledger.ts';
import { mergeCommand } from './merge-command.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'campaign-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (...names: string[]) => join(folder, ...names);

const small = {
  story: 'a small cluster with a producer, whose broker loses power once',
  cluster: { brokers: 1, topics: { orders: { partitions: 1 } } },
  phases: [
    {
      name: 'hurt',
      until: { virtualSeconds: 3 },
      workloads: [{ workload: 'produce', topic: 'orders', perSecond: 60 }],
      faults: [{ fault: 'power-loss', at: [1, 2], for: 0.5 }],
    },
  ],
};
const wrong = { verdict: 'pass', never: ['acked-write-lost'] };

function write(name: string, expectation: unknown): string {
  writeFileSync(at(name), JSON.stringify({ ...small, expect: expectation }, null, 2));
  return at(name);
}

function around(interrupt?: (stop: () => void) => void) {
  const [out, error]: [string[], string[]] = [[], []];
  const surroundings = {
    out: (text: string) => void out.push(text),
    error: (text: string) => void error.push(text),
    isTerminal: false,
    packed: false,
    worker: defaultWorker(),
    ...(interrupt === undefined
      ? {}
      : {
          onInterrupt: (stop: () => void) => {
            interrupt(stop);
            return () => {};
          },
        }),
  };
  return { surroundings, out, error };
}

async function sim(paths: string[], options: SimOptions, interrupt?: (stop: () => void) => void) {
  const { surroundings, out, error } = around(interrupt);
  const code = await simCommand(paths, options, surroundings);
  return { code, out: out.join('\n'), error: error.join('\n') };
}

function stored(name: string): StoredSuite {
  return JSON.parse(readFileSync(at(name, 'run.json'), 'utf8')) as StoredSuite;
}

describe('a campaign', () => {
  test('remembers what failed, runs it again first, and says when it is fixed', async () => {
    const file = write('wrong.jsonc', wrong);
    const options = { seeds: 3, workers: 2, ledger: at('ledger'), commit: 'abc' };
    const first = await sim([file], { ...options, out: at('first') });
    expect(first.code).toBe(1);
    const [name] = readdirSync(at('ledger')) as [string];
    const entry = readEntry(readFileSync(at('ledger', name), 'utf8'));
    if (!entry.ok) throw new Error(entry.error);
    const { failures } = stored('first').scenarios[0] as StoredSuite['scenarios'][number];
    expect(entry.value).toMatchObject({ signature: 'acked-write-lost', status: 'open', firstCommit: 'abc' });
    expect(entry.value.count).toBe(failures[0]?.count);
    expect(stored('first').ledger).toEqual([]);

    writeFileSync(at('ledger', 'broken.json'), '{');
    const fine = write('fine.jsonc', { verdict: 'pass' });
    const second = await sim([fine], { ...options, seeds: 1, out: at('second'), annotations: 'github' });
    expect(second.code).toBe(1);
    expect(second.error).toMatch(/broken\.json: not JSON/);
    expect(second.out).toContain('still fails: ');
    expect(second.out).toMatch(/^::error title=.*still fails/m);
    expect(stored('second')).toMatchObject({
      result: 'violated',
      ledger: [{ status: 'still fails', failure: 'violated' }],
    });
    expect(stored('second').notes[0]).toContain('broken.json');
    expect(readFileSync(at('ledger', 'broken.json'), 'utf8')).toBe('{');

    const cured = { ...entry.value, first: { ...entry.value.first, text: readFileSync(fine, 'utf8') } };
    writeFileSync(at('ledger', name), JSON.stringify({ ...cured, latest: cured.first }));
    const third = await sim([fine], { ...options, seeds: 1, out: at('third') });
    expect([third.code, stored('third').ledger?.[0]?.status]).toEqual([0, 'fixed']);
    expect(JSON.parse(readFileSync(at('ledger', name), 'utf8'))).toMatchObject({ status: 'fixed' });
  });

  test('of generated scenarios keeps each one that it is asked to, and the file is what ran', async () => {
    const seed = '61';
    await sim([], { swarm: true, keep: true, seed, seeds: 2, workers: 2, ledger: false, out: at('swarm') });
    const block = JSON.parse(readFileSync(at('swarm', 'runs', '000001.json'), 'utf8')) as StoredBlock;
    expect(block.runs.map((run) => run.seed)).toEqual(['61', '62']);
    const file = at('swarm', 'scenarios', `generated@${seed}.jsonc`);
    expect(readFileSync(file, 'utf8')).toBe(generate(seed).text);
    const { surroundings, out } = around();
    await replayCommand(file, { seed, json: true }, surroundings);
    expect(out.join('\n')).toContain(block.runs[0]?.fingerprint);
    const suite = stored('swarm');
    expect(suite.scenarios[0]).toMatchObject({
      name: 'campaign/generated',
      seeds: 2,
      runs: [],
      totals: { runs: 2 },
    });
    expect(suite.campaign).toMatchObject({ ended: 'seeds', blocks: 1 });
    expect(suite.campaign?.tally['event log-appended']?.times).toBeGreaterThan(10);
    expect(suite.ledger).toBeUndefined();
  });

  test('ends when somebody wants it to, with what was done stored and judged', async () => {
    const file = write('endless.jsonc', { verdict: 'pass' });
    const options = { forever: true, workers: 1, ledger: false as const, out: at('endless') };
    const ended = await sim([file], options, (stop) => {
      const looking = setInterval(() => {
        const there = existsSync(at('endless', 'run.json')) && stored('endless').machine.runs > 0;
        if (!there && !existsSync(at('endless', 'runs', '000001.json'))) return;
        clearInterval(looking);
        stop();
      }, 20);
    });
    expect(ended.code).toBe(0);
    const suite = stored('endless');
    expect(suite.campaign?.ended).toBe('interrupted');
    expect(suite.notes).toEqual([expect.stringMatching(/^interrupted: \d+ seeds were done whole$/)]);
    expect(suite.scenarios[0]?.seeds).toBeGreaterThan(0);
  });

  test('ends with its time', async () => {
    const file = write('timed.jsonc', { verdict: 'pass' });
    const { code } = await sim([file], { for: '1s', workers: 1, ledger: false, out: at('timed') });
    expect([code, stored('timed').campaign?.ended]).toEqual([expect.any(Number), 'time']);
  });

  test('does the same on one thread and on two', async () => {
    const file = write('same.jsonc', wrong);
    const options = { seeds: 3, swarm: true, ledger: false as const };
    await sim([file], { ...options, workers: 1, out: at('same') });
    const { machine: _, ...one } = stored('same');
    await sim([file], { ...options, workers: 2, out: at('same') });
    const { machine: __, ...two } = stored('same');
    expect(two).toEqual(one);
    expect(one.scenarios.map(({ name }) => name)).toEqual([
      expect.stringMatching(/same$/),
      'campaign/generated',
    ]);
  });

  test('refuses what contradicts itself, before anything runs', async () => {
    const file = write('refused.jsonc', { verdict: 'pass' });
    const complaint = async (options: SimOptions) => {
      const { code, error } = await sim([file], { ...options, out: at('refused') });
      return `${code} ${error}`;
    };
    expect(await complaint({ for: '10', ledger: false })).toMatch(/^2 --for: .*"10"/);
    expect(await complaint({ for: '1s', forever: true })).toMatch(/^2 .*contradict/);
    expect(await complaint({ keep: true })).toMatch(/^2 --keep goes with --swarm/);
    expect(await complaint({ commit: 'abc' })).toMatch(/^2 --commit/);
    expect(await complaint({ annotations: 'gitlab' })).toMatch(/^2 --annotations/);
    expect(await complaint({ swarm: true, ledger: file })).toMatch(/^2 --ledger/);
    expect(existsSync(at('refused'))).toBe(false);
  });
});

describe('a suite that is interrupted', () => {
  test('stores and judges what was done', async () => {
    const file = write('cut.jsonc', { verdict: 'pass' });
    const { code } = await sim([file], { seeds: 50, workers: 1, out: at('cut') }, (stop) =>
      setTimeout(stop, 50),
    );
    const suite = stored('cut');
    const done = suite.scenarios[0]?.runs.length ?? 0;
    expect(done).toBeLessThan(50);
    expect(suite.notes).toEqual([`interrupted: ${done} of 50 runs were done`]);
    expect(code).toBe(done === 0 ? 3 : 0);
  });
});

describe('shards of many machines', () => {
  test('of a suite merge to the suite, files and all', async () => {
    const file = write('sharded.jsonc', wrong);
    const options = { seeds: 5, workers: 2 };
    await sim([file], { ...options, out: at('whole') });
    await sim([file], { ...options, shard: '1/2', out: at('shard-1') });
    await sim([file], { ...options, shard: '2/2', out: at('shard-2') });
    const { surroundings, error } = around();
    const code = mergeCommand([at('shard-2'), at('shard-1')], { out: at('merged') }, surroundings);
    expect([error, code]).toEqual([[], 1]);
    const { machine: _, ...whole } = stored('whole');
    const { machine: __, ...merged } = stored('merged');
    expect(merged).toEqual(whole);
    const kept = whole.scenarios[0]?.failures[0]?.kept as string;
    // The shrunk scenario of the run lies beside it, wherever that is.
    const keptIn = (folder: string) => readFileSync(at(folder, kept), 'utf8').replaceAll(at(folder), 'here');
    expect(JSON.parse(keptIn('merged'))).toEqual(JSON.parse(keptIn('whole')));
  });

  test('of a campaign merge to the campaign', async () => {
    const options = { swarm: true, seeds: 4, workers: 2, ledger: false as const, seed: 'abc' };
    await sim([], { ...options, out: at('campaign') });
    await sim([], { ...options, shard: '1/2', out: at('part-1') });
    await sim([], { ...options, shard: '2/2', out: at('part-2') });
    const { surroundings } = around();
    mergeCommand([at('part-1'), at('part-2')], { out: at('all') }, surroundings);
    const [whole, all] = [stored('campaign'), stored('all')];
    expect(all.scenarios).toEqual(whole.scenarios);
    expect([all.fingerprint, all.seeds, all.notes]).toEqual([whole.fingerprint, whole.seeds, []]);
    // The first of each shard is run twice; what is counted is counted once.
    expect(all.campaign?.tally).toEqual(whole.campaign?.tally);
    expect(readFileSync(at('all', 'runs', '000001.json'), 'utf8')).toBe(
      readFileSync(at('campaign', 'runs', '000001.json'), 'utf8'),
    );
  });

  test('are refused when one is damaged or is not there, with its place', () => {
    const { surroundings, error } = around();
    writeFileSync(at('shard-1', 'run.json'), '{ "format": 1 }');
    expect(mergeCommand([at('shard-1'), at('nowhere')], { out: at('never') }, surroundings)).toBe(2);
    expect(error.join('\n')).toMatch(/shard-1.run\.json: .*kind/);
    expect(error.join('\n')).toMatch(/nowhere.run\.json: there is no such file/);
    expect(existsSync(at('never'))).toBe(false);
  });
});
