// From runs to verdicts, with summaries written by hand; and the whole command with real threads, on few seeds.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { replayCommand, type SimOptions, simCommand } from './main.ts';
import { type KeptRun, type StoredSuite, shrunkName } from './store.ts';
import {
  brokenSummary,
  type DoneRun,
  exitCodes,
  fingerprintOf,
  judgeRuns,
  type LoadedScenario,
  runsToRepeat,
  simulatorName,
  wantedRuns,
  worstOf,
} from './suite.ts';
import type { RunSummary } from './summary.ts';
import { defaultWorker } from './swarm.ts';

// ---- by hand

const lost = 'acked-write-lost';

function loaded(name: string, expectation: unknown): LoadedScenario {
  const scenario = { story: 'by hand', expect: expectation } as unknown as LoadedScenario['scenario'];
  return { name, file: `${name}.jsonc`, text: '', scenario };
}

const passing = loaded('a/passing', { verdict: 'pass', never: ['duplicate-append'] });
const witnessing = loaded('a/witnessing', {
  witness: lost,
  inAtLeast: { seeds: 1, of: 2 },
  control: { never: [lost] },
});

const finding = (invariant: string, step = 7) => ({
  invariant,
  prose: 'so it was',
  step,
  timeUs: 9,
  evidence: {},
});

function done(of: LoadedScenario, seed: string, more: Partial<RunSummary> = {}, control = false): DoneRun {
  const { crash: _, ...clean } = brokenSummary(seed, {});
  const summary: RunSummary = {
    ...clean,
    crash: null,
    signature: '',
    verdict: 'holds',
    fingerprint: seed,
    ...more,
  };
  const wanted = { of, seed, control };
  return { ...wanted, wanted, summary };
}

describe('the plan', () => {
  test('runs a control beside each witness, and repeats the first and every twentieth seed', () => {
    const seeds = Array.from({ length: 21 }, (_, index) => String(index));
    const wanted = wantedRuns([passing, witnessing], seeds);
    expect(wanted).toHaveLength(63);
    expect(wanted.filter((run) => run.control).every((run) => run.of === witnessing)).toBe(true);
    expect(new Set(runsToRepeat(wanted, seeds).map((run) => run.seed))).toEqual(new Set(['0', '20']));
  });
});

test('a scenario that names its seed runs under that one, once and once more', () => {
  const pinned = { ...passing, scenario: { ...passing.scenario, seed: 'mine' } };
  const wanted = wantedRuns([pinned, passing], ['1', '2']);
  expect(wanted.map(({ of, seed }) => (of === pinned ? `pinned ${seed}` : seed))).toEqual([
    'pinned mine',
    '1',
    '2',
  ]);
  expect(runsToRepeat(wanted, ['1', '2']).map(({ seed }) => seed)).toEqual(['mine', '1']);
});

describe('a scenario is judged', () => {
  test('failures are gathered by reason, told by the earliest finding of the first seed', () => {
    const runs = [
      done(passing, '1'),
      done(passing, '2', {
        verdict: 'violated',
        violations: [finding(lost, 9), finding('commit-regression', 4)],
      }),
      done(passing, '3', { verdict: 'violated', violations: [finding('commit-regression'), finding(lost)] }),
      done(passing, '4', { witnesses: [finding('duplicate-append')] }),
    ];
    const judged = judgeRuns(passing, runs, []);
    expect(judged).toMatchObject({ result: 'violated', seeds: 4, passed: 1 });
    expect(judged.failures.map(({ signature, seeds }) => [signature, seeds])).toEqual([
      ['acked-write-lost + commit-regression', ['2', '3']],
      ['duplicate-append', ['4']],
    ]);
    expect(judged.failures[0]?.finding).toMatchObject({ invariant: 'commit-regression', step: 4 });
  });

  test('a witness in the control is a failure of its own', () => {
    const shows = { witnesses: [finding(lost)] };
    const runs = [done(witnessing, '1', shows), done(witnessing, '1', shows, true)];
    const judged = judgeRuns(witnessing, runs, []);
    expect(judged).toMatchObject({
      result: 'violated',
      passed: 1,
      witnessed: 1,
      controls: 1,
      controlsClean: 0,
    });
    expect(judged.failures[0]).toMatchObject({ kind: 'violated', control: true });
    expect(judged.witness?.seed).toBe('1');
  });

  test('a witness that nobody saw is a failure; vacuous and unknown runs are told as such', () => {
    const blind = judgeRuns(witnessing, [done(witnessing, '1'), done(witnessing, '2')], []);
    expect(blind).toMatchObject({ result: 'blind', missing: [`${lost} in 0 of 2 seeds, expected 1`] });
    const vacuous = { verdict: 'unknown', violations: [finding('vacuous-pass')] } as const;
    expect(judgeRuns(passing, [done(passing, '1', vacuous)], [])).toMatchObject({
      result: 'vacuous',
      passed: 0,
    });
    const unknown = judgeRuns(passing, [done(passing, '1', { verdict: 'unknown' })], []);
    expect(unknown).toMatchObject({ result: 'unknown', failures: [{ kind: 'unknown' }] });
  });

  test('nondeterminism outweighs everything, and each result has its exit code', () => {
    const run = done(passing, '1', { verdict: 'violated', violations: [finding(lost)] });
    const broken = [{ run, finding: finding('nondeterministic-replay') }];
    expect(judgeRuns(passing, [run], broken).result).toBe('nondeterministic');
    expect(worstOf(['vacuous', 'as-expected', 'blind', 'unknown'])).toBe('blind');
    expect(exitCodes).toMatchObject({
      'as-expected': 0,
      blind: 1,
      violated: 1,
      vacuous: 3,
      nondeterministic: 4,
    });
  });

  test('a run that the simulator did not survive is a crash of the simulator', () => {
    const summary = brokenSummary('1', { message: 'out of memory at 17', stack: '' });
    const judged = judgeRuns(passing, [done(passing, '1', summary)], []);
    expect(judged).toMatchObject({
      result: 'crashed',
      failures: [{ signature: 'simulator: out of memory at N' }],
    });
    expect(summary.crash?.node).toBe(simulatorName);
  });

  test('the fingerprint covers which seed did what', () => {
    const [first, second] = [done(passing, '1'), done(passing, '2')];
    expect(fingerprintOf([first, second])).toBe(fingerprintOf([done(passing, '1'), done(passing, '2')]));
    expect(fingerprintOf([first, second])).not.toBe(fingerprintOf([second, first]));
    expect(fingerprintOf([done(passing, '1', { fingerprint: 'x' })])).not.toBe(fingerprintOf([first]));
  });
});

// ---- with threads

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'suite-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const small = {
  story: 'a small cluster with a producer, whose broker loses power once',
  cluster: { brokers: 1, topics: { orders: { partitions: 1 } } },
  phases: [
    {
      name: 'hurt',
      until: { virtualSeconds: 3 },
      workloads: [
        { workload: 'produce', topic: 'orders', perSecond: 60 },
        { workload: 'consume-assign', topic: 'orders' },
      ],
      faults: [{ fault: 'power-loss', at: [1, 2], for: 0.5 }],
    },
  ],
};
const witness = { witness: lost, inAtLeast: { seeds: 1, of: 3 } };
const control = { config: { 'log.flush.interval.messages': 1 }, never: [lost] };

function write(name: string, document: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document, null, 2));
  return file;
}

async function sim(paths: string[], options: SimOptions, worker = defaultWorker()) {
  const [out, error]: [string[], string[]] = [[], []];
  const around = {
    out: (text: string) => void out.push(text),
    error: (text: string) => void error.push(text),
    isTerminal: false,
    packed: false,
    worker,
  };
  const code = await simCommand(paths, options, around);
  return { code, out: out.join('\n'), error: error.join('\n') };
}

async function replayed(file: string, seed: string, options: { until?: number; stuck?: boolean } = {}) {
  const [out, error]: [string[], string[]] = [[], []];
  const around = {
    out: (text: string) => void out.push(text),
    error: (text: string) => void error.push(text),
    isTerminal: false,
    packed: false,
    worker: defaultWorker(),
  };
  const code = await replayCommand(file, { seed, ...options }, around);
  return { code, out: out.join('\n'), error: error.join('\n') };
}

function storedIn(name: string): StoredSuite {
  return JSON.parse(readFileSync(join(folder, name, 'run.json'), 'utf8')) as StoredSuite;
}

describe('sim', () => {
  test('gives the same suite on one thread and on two, but for the machine', async () => {
    const file = write('small.jsonc', { ...small, expect: { ...witness, control } });
    const out = (name: string) => join(folder, name);
    const first = await sim([file], { seeds: 3, workers: 1, out: out('one') });
    const second = await sim([file], { seeds: 3, workers: 2, out: out('two'), json: true });
    expect([first.error, first.code, second.code]).toEqual([expect.stringContaining('runs'), 0, 0]);
    const { machine: _, ...one } = storedIn('one');
    const { machine: __, ...two } = storedIn('two');
    expect(two).toEqual(one);
    expect(JSON.parse(second.out)).toEqual(storedIn('two'));
    expect(first.out).toContain(one.fingerprint);
    expect(first.out).toMatch(/witness [1-3]\/3, control clean 3\/3\s+as expected/);
    const kept = readdirSync(join(folder, 'one', 'seeds'));
    expect(kept).toHaveLength(1);
    const run = JSON.parse(readFileSync(join(folder, 'one', 'seeds', kept[0] as string), 'utf8')) as KeptRun;
    expect(run.telling?.invariant).toBe(lost);
    expect(run.trail.at(-1)?.step).toBe(run.telling?.step);
    expect(run.outcome.trace?.length).toBeGreaterThan(100);
  });

  test('a scenario that fails ends with 1 and with a command that shows the same at the same step', async () => {
    const file = write('wrong.jsonc', { ...small, expect: { verdict: 'pass', never: [lost] } });
    const { code, out } = await sim([file], {
      seeds: 3,
      seed: 'abc',
      workers: 2,
      out: join(folder, 'wrong'),
    });
    expect(code).toBe(1);
    const failure = storedIn('wrong').scenarios[0]?.failures[0];
    expect(out).toContain(failure?.replay);
    expect(failure?.replay).toContain(`--seed ${failure?.seed}`);
    const again = await replayed(file, failure?.seed as string);
    expect(again.code).toBe(1);
    expect(again.out).toContain(`${lost} at step ${failure?.finding.step}`);
    expect(again.out).toContain('loses power');
    // Nobody asked for it: the failure was made small, and the file shows it again, alone.
    const name = failure?.kept as string;
    const kept = JSON.parse(readFileSync(join(folder, 'wrong', name), 'utf8')) as KeptRun;
    expect(kept.shrunk?.events).toBeLessThanOrEqual(6);
    expect(kept.shrunk?.story.at(-1)).toContain(lost);
    for (const line of kept.shrunk?.story ?? ['?']) expect(out).toContain(line);
    expect(out).toContain(`no way back ${kept.pointOfNoReturn?.prose}`);
    const shrunk = join(folder, 'wrong', shrunkName(name));
    expect(readFileSync(shrunk, 'utf8')).toBe(kept.shrunk?.text);
    expect(kept.shrunk?.replay).toContain(shrunkName(name));
    expect(kept.pointOfNoReturn?.prose).toContain('other futures end the same');
    const alone = await replayed(shrunk, kept.shrunk?.seed as string);
    expect(alone.out).toContain(`witness ${lost}`);
    expect(alone.code).toBe(1);
  });

  test('leaves failures as they are when it is asked to', async () => {
    const file = write('wrong.jsonc', { ...small, expect: { verdict: 'pass', never: [lost] } });
    const out = join(folder, 'unshrunk');
    await sim([file], { seeds: 2, seed: 'abc', workers: 1, out, shrink: false });
    const files = readdirSync(join(out, 'seeds'));
    expect(files.filter((one) => one.endsWith('.shrunk.jsonc'))).toEqual([]);
    const kept = JSON.parse(readFileSync(join(out, 'seeds', files[0] as string), 'utf8')) as KeptRun;
    expect(kept).toMatchObject({ shrunk: null, pointOfNoReturn: null });
  });

  test('shards are parts of the same suite', async () => {
    const file = write('shard.jsonc', { ...small, expect: { verdict: 'pass' } });
    const options = { seeds: 3, workers: 1 };
    await sim([file], { ...options, out: join(folder, 'whole') });
    await sim([file], { ...options, shard: '2/2', out: join(folder, 'part') });
    const whole = storedIn('whole').scenarios[0]?.runs;
    expect(storedIn('part').scenarios[0]?.runs).toEqual(whole?.filter((run) => run.seed === '2'));
  });

  test('bad input ends with 2, before anything runs, and says where', async () => {
    const text = JSON.stringify({ ...small, expect: { verdict: 'pass' } }, null, 2);
    const file = write('bad.jsonc', text.replace('"perSecond"', '"perSecnd"'));
    const bad = await sim([file], { seeds: 1 });
    expect(bad.code).toBe(2);
    expect(bad.error).toMatch(/bad\.jsonc:\d+:\d+: unknown key "perSecnd", did you mean "perSecond"\?/);
    const good = write('good.jsonc', text);
    const options = [
      { seeds: 0 },
      { shard: '3/2' },
      { seeds: 1, shard: '2/2' },
      { workers: 0 },
      { seed: '' },
    ];
    for (const wrong of options) expect((await sim([good], wrong)).code).toBe(2);
    expect((await sim([join(folder, 'nowhere')], {})).error).toContain('there is no such file');
    expect((await sim([good], { seeds: 1, out: folder })).error).toContain('is not empty');
    expect((await replayed(file, '1')).code).toBe(2);
  });

  test('a world that is not deterministic ends with 4', async () => {
    const file = write('chance.jsonc', { ...small, expect: { verdict: 'pass' } });
    const worker = new URL('./testing-worker.ts', import.meta.url);
    const { code, out } = await sim([file], { seeds: 2, workers: 1, out: join(folder, 'chance') }, worker);
    expect(code).toBe(4);
    expect(out).toContain('nondeterministic-replay');
    expect(storedIn('chance').scenarios[0]?.failures[0]?.divergence).toMatch(/the runs part at step \d+/);
  });
});

describe('replay', () => {
  test('stops at a step and shows who waits, and that is no failure', async () => {
    const file = write('stop.jsonc', { ...small, expect: { verdict: 'pass' } });
    const stopped = await replayed(file, '1', { until: 500, stuck: true });
    expect(stopped.code).toBe(0);
    expect(stopped.out).toContain('told to stop at step 500');
    expect(stopped.out).toMatch(/broker-1: .* waits for /);
  });
});
