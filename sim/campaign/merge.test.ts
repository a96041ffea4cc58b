// Merging: shards of a suite, dealt and handed in in any order, are the suite; each seed counts once; what
// differs, is damaged or is missing is said.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { success } from '../../engine/index.ts';
import { markCoverageOf } from '../marks/coverage.ts';
import { markNames } from '../marks/index.ts';
import { type Shard, seedsFrom, shardOf } from '../seeds.ts';
import type { StoredRow, StoredScenario, StoredSuite } from '../store.ts';
import {
  brokenSummary,
  type DoneRun,
  exitCodes,
  fingerprintOf,
  judgeRuns,
  type LoadedScenario,
  wantedRuns,
  worstOf,
} from '../suite.ts';
import { storedScenario } from '../suite-stored.ts';
import type { RunSummary } from '../summary.ts';
import { merge, type Part } from './merge.ts';

const lost = 'acked-write-lost';
/** All marks but two, of which one is never reached here. */
const promise = {
  seeds: 2,
  unreached: Object.fromEntries(
    markNames
      .filter((mark) => mark !== 'torn-tail-cut' && mark !== 'fsync-lied')
      .map((mark) => [mark, 'not in this test']),
  ),
};
const twice = 'duplicate-append';

function loaded(name: string, expectation: unknown): LoadedScenario {
  const scenario = {
    story: `the story of ${name}`,
    expect: expectation,
  } as unknown as LoadedScenario['scenario'];
  return { name, file: `${name}.jsonc`, text: `{"${name}": 1}`, scenario };
}

const scenarios = [
  loaded('a/passing', { verdict: 'pass', never: [twice] }),
  loaded('a/witnessing', {
    witness: lost,
    inAtLeast: { seeds: 1, of: 2 },
    firstSeed: 3,
    control: { never: [lost] },
  }),
];

/** What a run does, by a number: the same run does the same in the suite and in its shard. */
function summaryOf(seed: string, what: number): RunSummary {
  const finding = (invariant: string, step: number) => ({
    invariant,
    prose: `${invariant} of ${seed}`,
    step,
    timeUs: 9,
    evidence: {},
  });
  const { crash, ...clean } = brokenSummary(seed, {});
  const base = {
    ...clean,
    crash: null,
    signature: '',
    fingerprint: `${seed}-${what}`,
    steps: 10 + what,
    marks: what % 3 === 0 ? {} : { 'torn-tail-cut': what },
    virtualUs: 5,
  };
  const outcomes: readonly Partial<RunSummary>[] = [
    { verdict: 'holds' },
    { verdict: 'holds', witnesses: [finding(lost, 3)] },
    { verdict: 'violated', violations: [finding(lost, 9)] },
    { verdict: 'violated', violations: [finding(lost, 9), finding('commit-regression', 4)] },
    { verdict: 'holds', witnesses: [finding(twice, 6)] },
    { verdict: 'unknown', violations: [finding('vacuous-pass', 1)] },
    { verdict: 'unknown' },
    { crash, verdict: 'violated', signature: 'simulator: the thread gave no answer' },
  ];
  return { ...base, ...outcomes[what % outcomes.length] };
}

function suiteOf(
  seeds: readonly string[],
  first: string,
  count: number,
  shard: Shard | null,
  what: (key: string) => number,
): Part {
  const done = wantedRuns(scenarios, seeds).map((wanted): DoneRun => {
    const summary = summaryOf(wanted.seed, what(`${wanted.of.name} ${wanted.control} ${wanted.seed}`));
    return { ...wanted, wanted, summary };
  });
  const judged = scenarios.map((of) => judgeRuns(of, done, []));
  const keeps = new Set(
    judged.flatMap(({ of, failures, witness }) => [
      ...failures.slice(0, 8).map(({ control, seeds: [seed] }) => `${of.name} ${control} ${seed}`),
      ...(witness === null ? [] : [`${of.name} false ${witness.seed}`]),
    ]),
  );
  const name = (of: LoadedScenario, control: boolean, seed: string) => `${of.name} ${control} ${seed}`;
  const storing = {
    replayOf: ({ of, seed, control }: { of: LoadedScenario; seed: string; control: boolean }) =>
      `replay ${name(of, control, seed)}`,
    divergenceOf: () => null,
    keptOf: ({ of, seed, control }: { of: LoadedScenario; seed: string; control: boolean }) =>
      keeps.has(name(of, control, seed)) ? `seeds/${name(of, control, seed)}` : null,
  };
  const stored = judged.map((one) => storedScenario(one, storing, fingerprintOf(one.runs)));
  const marked = done.map(({ of, seed, control, summary }) => {
    return { scenario: of.name, seed, control, marks: Object.keys(summary.marks) };
  });
  const marks = markCoverageOf(marked, seeds.length, promise);
  const unkept = marks.missing.length > 0 ? (['blind'] as const) : [];
  const result = worstOf([...stored.map((one) => one.result), ...unkept]);
  const broken = done.some(({ summary }) => summary.crash !== null);
  const text = shard === null ? null : `${shard.index}/${shard.of}`;
  const suite: StoredSuite = {
    ...{
      format: 1,
      kind: 'sim',
      result,
      exitCode: broken ? 70 : exitCodes[result],
      fingerprint: fingerprintOf(done),
    },
    ...{ seeds: { first, count, shard: text }, notes: [], scenarios: stored, marks },
    machine: {
      startedAt: '2026-01-01T00:00:00.000Z',
      seconds: 1,
      workers: 1,
      runs: done.length,
      node: 'v24',
    },
  };
  return { name: text ?? 'whole', suite, rows: rowsOf(suite) };
}

function rowsOf(suite: StoredSuite): StoredRow[] {
  return suite.scenarios.flatMap(({ name: scenario, runs, failures }) =>
    runs.map((run): StoredRow => {
      const one = failures.find(({ control, seeds }) => control === run.control && seeds.includes(run.seed));
      return {
        scenario,
        ...run,
        trouble: one === undefined ? null : { kind: one.kind, signature: one.signature },
      };
    }),
  );
}

const options = {
  packed: false,
  generatedFile: (seed: string) => `${seed}.jsonc`,
  expectationOf: (of: StoredScenario) =>
    success((scenarios.find(({ name }) => name === of.name) as LoadedScenario).scenario),
};

function merged(parts: readonly Part[]): Omit<StoredSuite, 'machine'> {
  const result = merge(parts, options);
  if (!result.ok) throw new Error(result.error.join('\n'));
  const { machine: _, ...suite } = result.value.suite;
  return suite;
}

function without({ suite: { machine: _, ...rest } }: Part): Omit<StoredSuite, 'machine'> {
  return rest;
}

const anySuite = fc.record({
  first: fc.constantFrom('1', '98', 'abc'),
  count: fc.integer({ min: 4, max: 24 }),
  of: fc.integer({ min: 1, max: 4 }),
  salt: fc.integer({ min: 0, max: 1_000 }),
  // Most runs are fine, as in life.
  bad: fc.integer({ min: 1, max: 8 }),
});

function doing(salt: number, bad: number) {
  return (key: string) => {
    let hash = salt;
    for (const letter of key) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0;
    return hash % 5 === 0 ? (hash >>> 8) % bad : (hash >>> 8) % 2;
  };
}

describe('the shards of a suite', () => {
  test('merged in any order are the suite', () => {
    fc.assert(
      fc.property(anySuite, fc.integer({ min: 0, max: 23 }), ({ first, count, of, salt, bad }, turn) => {
        const seeds = seedsFrom(first, count);
        const what = doing(salt, bad);
        const shards = Array.from({ length: of }, (_, at) => ({ index: at + 1, of }));
        const parts = shards.map((shard) => suiteOf(shardOf(seeds, shard), first, count, shard, what));
        const turned = [...parts.slice(turn % of), ...parts.slice(0, turn % of)];
        const whole = suiteOf(seeds, first, count, null, what);
        expect(merged(turned)).toEqual(without(whole));
        expect(JSON.stringify(merged(turned))).toBe(JSON.stringify(merged([...turned].reverse())));
      }),
    );
  });

  test('count once where they overlap, and a merged part may be merged again', () => {
    const what = doing(5, 4);
    const seeds = seedsFrom('1', 12);
    const shards = [1, 2, 3].map((index) => ({ index, of: 3 }));
    const [a, b, c] = shards.map((shard) => suiteOf(shardOf(seeds, shard), '1', 12, shard, what)) as [
      Part,
      Part,
      Part,
    ];
    const whole = without(suiteOf(seeds, '1', 12, null, what));
    expect(merged([a, b, c, { ...b, name: 'again' }])).toEqual(whole);
    const first = merge([a, c], options);
    if (!first.ok) throw new Error(first.error.join());
    const half = { name: 'half', suite: first.value.suite, rows: first.value.rows };
    expect(half.suite.seeds.shard).toBe('1/3, 3/3');
    expect(half.suite.notes).toEqual(['missing: shard 2/3']);
    expect(merged([b, half])).toEqual(whole);
    expect(
      merged([suiteOf(seedsFrom('1', 8), '1', 8, null, what), suiteOf(seedsFrom('5', 8), '5', 8, null, what)])
        .scenarios,
    ).toEqual(whole.scenarios);
  });

  test('that are missing are said, and then nothing is as expected', () => {
    const part = (index: number) =>
      suiteOf(shardOf(seedsFrom('1', 9), { index, of: 3 }), '1', 9, { index, of: 3 }, () => 0);
    const some = merged([part(1), part(3)]);
    expect(some.notes).toEqual(['missing: shard 2/3']);
    expect(some.seeds.shard).toBe('1/3, 3/3');
    expect(some.scenarios[0]?.result).toBe('as-expected');
    expect(some.exitCode).not.toBe(0);
  });
});

describe('parts that do not agree', () => {
  const seeds = seedsFrom('1', 4);

  test('on what a seed does are nondeterministic, whoever is named first', () => {
    const one = { ...suiteOf(seeds, '1', 4, null, () => 1), name: 'one' };
    const other = {
      ...suiteOf(seeds, '1', 4, null, (key) => (key === 'a/passing false 3' ? 0 : 1)),
      name: 'other',
    };
    const both = merged([one, other]);
    expect([both.result, both.exitCode]).toEqual(['nondeterministic', 4]);
    const [failure] = both.scenarios[0]?.failures ?? [];
    expect(failure).toMatchObject({
      kind: 'nondeterministic',
      seeds: ['3'],
      signature: 'nondeterministic-replay',
    });
    expect(failure?.divergence).toMatch(
      /one has the fingerprint .*, other has|other has the fingerprint .*, one has/,
    );
    expect(JSON.stringify(merged([other, one]))).toBe(JSON.stringify(both));
  });

  test('on what a scenario is are refused', () => {
    const one = suiteOf(seeds, '1', 4, null, () => 1);
    const changed = one.suite.scenarios.map((scenario) => ({ ...scenario, text: 'another' }));
    const other = { ...one, name: 'other', suite: { ...one.suite, scenarios: changed } };
    const refused = merge([one, other], options);
    expect(refused).toMatchObject({
      ok: false,
      error: [expect.stringContaining('a/passing'), expect.anything()],
    });
    expect(merge([], options)).toMatchObject({ ok: false });
  });
});
