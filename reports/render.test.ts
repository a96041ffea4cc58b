// Whole renderings of stored runs: well-formed, the same bytes each time, complete, small enough.

import { describe, expect, test } from 'vitest';
import type { TraceLine } from '../sim/index.ts';
import { render } from './render.ts';
import { DamagedRun } from './stored.ts';
import { sampleBench, sampleRun } from './testing-bench.ts';
import { sampleDrawn } from './testing-drawn.ts';
import { malformed } from './testing-markup.ts';
import { sampleMutants } from './testing-mutants.ts';
import {
  effect,
  failing,
  hostile,
  keptRun,
  line,
  readerOf,
  scenario,
  smallSuite,
  suite,
  witnessing,
} from './testing-suite.ts';

const voids = ['meta', 'br'];

function benchFiles(...runs: ReturnType<typeof sampleRun>[]): Map<string, string> {
  return new Map([['bench.json', JSON.stringify(sampleBench(runs))]]);
}

function mutantFiles(): Map<string, string> {
  return new Map([['run.json', JSON.stringify(sampleMutants())]]);
}

function drawnFiles(): Map<string, string> {
  return new Map([['run.json', JSON.stringify(sampleDrawn())]]);
}

const unsound = sampleRun({ name: hostile, notes: [hostile] });
const gap = {
  ...unsound,
  ledger: { ...unsound.ledger, sound: false, missing: 1, examples: [`${hostile} is missing`] },
};

describe.each([
  ['a suite', smallSuite()],
  ['a benchmark', benchFiles(sampleRun(), gap)],
  ['a kill matrix', mutantFiles()],
  ['slips drawn by lot', drawnFiles()],
])('%s', (_name, files) => {
  test('renders to well-formed documents, hostile names and all', () => {
    const { html, junit } = render(readerOf(files));
    expect(malformed(junit)).toBeUndefined();
    expect(malformed(html, voids)).toBeUndefined();
    expect(html).not.toContain('<script');
  });

  test('renders to the same bytes, whatever was rendered before', () => {
    const all = () => {
      const { stories, ...rest } = render(readerOf(files));
      return { ...rest, stories: stories.map((story) => [story.name, story.render(script)]) };
    };
    const first = all();
    render(readerOf(benchFiles(sampleRun(), sampleRun())));
    expect(all()).toEqual(first);
  });

  test('loads nothing from anywhere', () => {
    const { html } = render(readerOf(files));
    const addresses = [...html.matchAll(/\b(?:src|href|xlink:href)="([^"]*)"|url\(([^)]*)\)/g)];
    // A link to the page of a run is followed by its reader, not by the browser.
    const isInside = (to: string) => /^(#|stories\/[\w.@-]+\.html$)/.test(to);
    const outside = addresses.map((match) => match[1] ?? match[2] ?? '').filter((to) => !isInside(to));
    expect(outside).toEqual([]);
  });
});

const script = { code: 'void 0;', sha256: 'none' };
describe('a suite of the contract', () => {
  const clause = { records: 9, permitted: 9, seen: 1, forbidden: 0 };
  const first = {
    seed: '3',
    step: 7,
    because: `${hostile} (crash of broker-2 at step 5)`,
    setting: 'acks=1',
    fault: { kind: 'crash', target: 'broker-2', step: 5 },
    replay: 'odradek replay x.jsonc --cell acks1-plain-at-most-once --seed 3',
  };
  const cell = { name: 'acks1-plain-at-most-once', acks: '1', idempotent: false, delivery: 'at-most-once' };
  const contract = {
    format: 1,
    kind: 'contract',
    fingerprint: 'f',
    seeds: { first: '1', count: 2 },
    rows: [
      {
        ...{ fault: 'crash', file: 'x.jsonc', cell, seeds: 2, refused: null },
        clauses: [
          { anomaly: 'lost', result: 'reached', ...clause, words: 'may, 1/2', first },
          { anomaly: 'duplicated', result: 'not-reached', ...clause, words: 'NOT REACHED', first: null },
        ],
      },
      { fault: 'crash', file: 'x.jsonc', cell, seeds: 0, refused: 'it demands acks -1', clauses: [] },
    ],
  };
  const files = (document: unknown) =>
    new Map([...smallSuite(), ['contract.json', JSON.stringify(document)]]);

  test('shows the table, its witnesses with fault and replay, and what the client refuses', () => {
    const { html } = render(readerOf(files(contract)));
    expect(malformed(html, voids)).toBeUndefined();
    for (const told of [
      'may, 1/2',
      'NOT REACHED',
      'crash of broker-2 at step 5',
      first.replay,
      'it demands acks -1',
    ]) {
      expect(html).toContain(told);
    }
    expect(render(readerOf(smallSuite())).html).not.toContain('The contract');
  });

  test('whose table is damaged is told with the place', () => {
    const damaged = { ...contract, rows: [{ ...contract.rows[0], seeds: 'two' }] };
    expect(() => render(readerOf(files(damaged)))).toThrow(
      new DamagedRun('contract.json: rows[0].seeds: a finite number is wanted'),
    );
  });
});

describe('sometimes marks', () => {
  test('stand on the page and in the text; a broken promise fails in all three', () => {
    const whole = suite([scenario('a/passing')]);
    const files = (missing: string[]) =>
      new Map([
        ['run.json', JSON.stringify({ ...whole, result: 'as-expected', marks: { ...whole.marks, missing } })],
      ]);
    const kept = render(readerOf(files([])));
    expect(kept.html).toContain('1 of 3 sometimes marks were reached in 6 runs');
    expect(kept.html).toContain('class="plot marks"');
    expect(kept.text).toContain('never: isr-grew-back, fsync-lied');
    expect(kept.junit).toContain('failures="0"');
    const reason = 'the suite promises to reach isr-grew-back: in none of 100 seeds of each scenario';
    const broken = render(readerOf(files([reason])));
    for (const document of [broken.html, broken.text, broken.junit]) expect(document).toContain(reason);
    expect(broken.verdict).toContain('1 promised mark not reached');
    expect(broken.junit).toContain('failures="1"');
  });
});

describe('a suite', () => {
  test('says what failed, why, and how to see it again, in all three', () => {
    const { html, junit, text, verdict } = render(readerOf(smallSuite()));
    const replay = 'npm run -s odradek -- replay scenarios/a/failing.jsonc --seed 17';
    for (const document of [html, junit, text]) {
      expect(document).toContain(replay);
      expect(document).toContain('acked-write-lost');
      expect(document).toContain('was acknowledged at');
    }
    expect(verdict).toContain('a/failing (violated)');
    expect(html).toContain('A violation: acked-write-lost');
    expect(html).toContain('A witness, not a violation');
    expect(html).toContain('The fault power-loss of broker-1 may take what was not yet durable.');
  });

  test('counts in JUnit as a build server does', () => {
    const crashed = failing('a/crashed', { kind: 'crashed' });
    const files = new Map([
      ...smallSuite(),
      [
        'run.json',
        JSON.stringify(
          suite([failing('a/failing'), { ...crashed, result: 'crashed' }, witnessing('b/witnessing')]),
        ),
      ],
      ['seeds/a/crashed@17.json', JSON.stringify(keptRun('17', 'violation'))],
    ]);
    const { junit } = render(readerOf(files));
    expect(junit).toContain('tests="3" failures="1" errors="1" skipped="0"');
    expect(junit).toContain('<testcase classname="a" name="failing">');
    expect(junit.match(/<failure /g)?.length).toBe(1);
    expect(junit.match(/<error /g)?.length).toBe(1);
  });

  test('stays below 2 MB with 100,000 events, and says what it left out', () => {
    const kept = keptRun('17', 'violation', { virtualUs: 100_000_000, ...crowded() });
    const names = Array.from({ length: 12 }, (_, index) => `many/failing-${index}`);
    const files = new Map([['run.json', JSON.stringify(suite(names.map((name) => failing(name))))]]);
    const content = JSON.stringify(kept);
    for (const name of names) files.set(`seeds/${name}@17.json`, content);
    const { html, junit } = render(readerOf(files));
    expect(Buffer.byteLength(html)).toBeLessThan(2_000_000);
    expect(Buffer.byteLength(junit)).toBeLessThan(2_000_000);
    expect(html.includes('lives of 1,667 not drawn')).toBe(true);
    expect(/\d+ kept runs are not told here/.test(html)).toBe(true);
    expect(malformed(html, voids)).toBeUndefined();
  });

  test('is refused with the place of the damage', () => {
    const damaged = (change: (files: Map<string, string>) => void): string => {
      const files = smallSuite();
      change(files);
      try {
        render(readerOf(files));
      } catch (error) {
        if (error instanceof DamagedRun) return error.message;
        throw error;
      }
      return 'rendered';
    };
    const kept = 'seeds/a/failing@17.json';
    expect(damaged((files) => files.clear())).toContain('no stored run here');
    expect(damaged((files) => files.set('run.json', '{"format": 1'))).toContain('run.json: not JSON');
    expect(damaged((files) => files.set('run.json', '[]'))).toContain('run.json: the document: an object');
    expect(damaged((files) => files.set('run.json', '{"format":2}'))).toContain('run.json: format');
    expect(damaged((files) => files.delete(kept))).toContain(`${kept}: run.json speaks of this file`);
    const badly = JSON.stringify({ ...keptRun('17', 'violation'), trail: [{ step: 'one' }] });
    expect(damaged((files) => files.set(kept, badly))).toContain(`${kept}: trail[0].step: a finite number`);
    const outside = JSON.stringify(suite([failing('a', { kept: '../../etc/passwd' })]));
    expect(damaged((files) => files.set('run.json', outside))).toContain('lies in its folder');
  });
});

/** 100,000 events of 30 nodes, 3,000 faults of 40 kinds, and a history. */
function crowded(): { trace: TraceLine[]; effects: ReturnType<typeof effect>[] } {
  const trace: TraceLine[] = [];
  for (let step = 1; step <= 100_000; step++) {
    const node = `node-${step % 30}`;
    const life = 1 + Math.floor(step / 60);
    const event: TraceLine['event'] =
      Math.floor(step / 30) % 2 === 0
        ? { kind: 'node-booted', role: step % 3 === 0 ? 'broker' : 'client' }
        : { kind: 'node-crashed', reason: hostile };
    trace.push(line(step, step * 1_000, node, event, life));
  }
  const effects = Array.from({ length: 3_000 }, (_, index) =>
    effect(`fault-${index % 40}`, index * 30_000, index * 30_000 + 20_000),
  );
  return { trace, effects };
}

describe('a benchmark', () => {
  test('tells numbers, shares and stamps', () => {
    const { html, text } = render(readerOf(benchFiles(sampleRun())));
    expect(text).toContain('19,870');
    expect(text).toContain('5.0 % disk');
    expect(html).toContain('HOST-CACHED-DISK');
    expect(html).toContain('99.999 %');
    // Limits, throughput, percentiles, two latencies by the second, processor time.
    expect(html.match(/<svg class="plot"/g)?.length).toBe(6);
  });

  test('with a gap in the ledger is a failure', () => {
    const { html, junit, text } = render(readerOf(benchFiles(sampleRun(), gap)));
    expect(junit).toContain('tests="2" failures="1"');
    expect(text).toContain('VOID');
    expect(html).toContain('class="verdict bad"');
  });

  test('of a day is gathered, percentiles by their worst', () => {
    const one = sampleRun();
    const latency = one.latencies[0] as (typeof one.latencies)[number];
    const day = 86_400;
    const seconds = Array.from({ length: day }, (_, second) => ({
      ...(one.seconds[5] as (typeof one.seconds)[number]),
      second,
    }));
    const perSecond = Array.from({ length: day }, (_, second) => ({
      ...(latency.perSecond[0] as (typeof latency.perSecond)[number]),
      second,
      p99Us: second === 4_321 ? 7_654_000 : 1_000,
    }));
    const { html } = render(
      readerOf(benchFiles(sampleRun({ seconds, latencies: [{ ...latency, perSecond }] }))),
    );
    expect(Buffer.byteLength(html)).toBeLessThan(500_000);
    expect(html).toContain('the worst of every 288 seconds');
    expect(html).toContain('7.65 s');
  });
});

describe('a kill matrix', () => {
  test('names who lives, and every false alarm, in all three', () => {
    const { html, junit, text, verdict } = render(readerOf(mutantFiles()));
    expect(verdict).toBe('1 of 2 mutants killed; ALIVE: immortal');
    for (const rendering of [html, junit, text]) {
      expect(rendering).toContain('immortal');
      expect(rendering).toContain('cried wolf');
      expect(rendering).toContain('replay calm --seed 7');
      expect(rendering).toContain('replay storm --mutant early-answer');
    }
    expect(junit).toContain('tests="4" failures="2" errors="0"');
  });

  test('of another shape is refused with the place', () => {
    const damaged = { ...sampleMutants(), ablation: [{ guard: 1 }] };
    const files = new Map([['run.json', JSON.stringify(damaged)]]);
    expect(() => render(readerOf(files))).toThrow('run.json: ablation[0].guard: a text is wanted');
  });
});

describe('slips drawn by lot', () => {
  test('tell what became of each, in all three', () => {
    const { html, junit, text, verdict } = render(readerOf(drawnFiles()));
    expect(verdict).toBe('4 of 900 slips drawn with seed 7');
    for (const rendering of [html, junit, text]) {
      for (const { name } of sampleDrawn().results) expect(rendering).toContain(name);
      expect(rendering).toContain('replay storm --mutant engine/a.ts:1:2:never');
      expect(rendering).toContain('it hangs');
    }
    expect(html).toContain('cried wolf');
    expect(text).toContain('cried wolf');
    // A slip that lives is no failure of the build.
    expect(junit).toContain('tests="4" failures="0" errors="0"');
  });

  test('are counted by operator, and all together', () => {
    const { text } = render(readerOf(drawnFiles()));
    const rowOf = (name: string) =>
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(/\s+/);
    expect(rowOf('always')).toEqual(['always', '2', '0', '0', '1', '1']);
    expect(rowOf('never')).toEqual(['never', '2', '1', '1', '0', '0']);
    expect(rowOf('all')).toEqual(['all', '4', '1', '1', '1', '1']);
  });

  test('of another shape are refused with the place', () => {
    const damaged = { ...sampleDrawn(), results: [{ ...sampleDrawn().results[0], fate: 'immortal' }] };
    const files = new Map([['run.json', JSON.stringify(damaged)]]);
    expect(() => render(readerOf(files))).toThrow('run.json: results[0].fate');
  });
});

describe('a campaign', () => {
  const told = { scenario: hostile, seed: '7', replay: `replay ${hostile}`, prose: hostile };
  const campaign = {
    ...suite([
      {
        ...failing('a/failing', { count: 4_711 }),
        runs: [],
        totals: { runs: 9_001, steps: 5, virtualUs: 7 },
      },
    ]),
    notes: [`missing: shard 2/3 ${hostile}`],
    ledger: [
      { ...told, status: 'still fails', signature: 'duplicate-append', failure: 'violated' },
      { ...told, status: 'fixed', signature: 'commit-regression', failure: null },
    ],
    campaign: {
      ...{ ended: 'time', blocks: 10, tally: { 'fault crash': { times: 8_123, runs: 2, first: 1 } } },
      coverage: [{ sort: 'fault', happened: 1, never: ['bit-rot'], perThousandSeeds: [1] }],
    },
  };
  const rendered = () => {
    const files = smallSuite();
    files.set('run.json', JSON.stringify(campaign));
    return render(readerOf(files));
  };

  test('tells what is known, what is missing and what never happened, in all three', () => {
    const { html, junit, text, verdict } = rendered();
    expect(malformed(junit)).toBeUndefined();
    expect(malformed(html, voids)).toBeUndefined();
    expect(html).not.toContain('<script');
    for (const document of [html, text]) {
      expect(document).toContain('missing: shard 2/3');
      expect(document).toContain('bit-rot');
      expect(document).toContain('still fails');
      expect(document).toContain('the same reason in 4711 seeds');
    }
    expect(html).toContain('8,123');
    expect(verdict).toContain('9,001 runs');
    expect(junit).toContain('tests="3" failures="2"');
    expect(junit).toMatch(/classname="ledger"[^>]*duplicate-append">\n<failure type="still fails"/);
    expect(junit).toMatch(/classname="ledger"[^>]*commit-regression">\n<system-out>fixed/);
  });

  test('in which only what was known fails is not as expected', () => {
    const fine = { ...campaign, scenarios: [scenario('a/passing')] };
    const files = new Map([['run.json', JSON.stringify(fine)]]);
    const { verdict, html } = render(readerOf(files));
    expect(verdict).toContain('1 known failure not fixed');
    expect(html).toContain('class="verdict bad"');
  });
});
