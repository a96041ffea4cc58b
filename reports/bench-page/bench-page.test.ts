// The page of a benchmark with everything in it: its sections, their order, their numbers, and that it stays what it
// is, whatever stands in the names.

import { describe, expect, test } from 'vitest';
import type { BenchResult } from '../../bench/result.ts';
import { benchJunit } from '../bench-junit.ts';
import { benchIsGood, benchSentence, benchText } from '../bench-text.ts';
import { richBench, sampleBench, sampleComparison, sampleKnee, sampleRun } from '../testing-bench.ts';
import { malformed } from '../testing-markup.ts';
import { hostile } from '../testing-suite.ts';
import { benchPage } from './bench-page.ts';
import { backlogOf } from './faults.ts';

const voids = ['meta', 'br'];

const titles = [
  ...['What was measured', 'Machine and its limits', 'Throughput', 'Latency', 'Knee', 'Scaling', 'Cost'],
  ...['What limits it', 'Faults and backlogs', 'Ledger', 'Statistics', 'Do it again'],
];

/** Every text that somebody else chose says something hostile. */
function withHostileNames(bench: BenchResult): BenchResult {
  const renamed = JSON.parse(JSON.stringify(bench), (key, value) =>
    ['name', 'story', 'question', 'workload', 'a', 'b', 'unit', 'pattern', 'what', 'why', 'command'].includes(
      key,
    ) &&
    typeof value === 'string' &&
    !/^[A-Z-]+$|^(odradek|librdkafka)$/.test(value)
      ? `${hostile} ${value}`
      : value,
  );
  return renamed as BenchResult;
}

describe('a page with everything in it', () => {
  const page = benchPage(richBench());

  test('is well-formed, has no script, and every picture has its numbers as a table', () => {
    expect(malformed(page, voids)).toBeUndefined();
    expect(page).not.toContain('<script');
    const pictures = page.match(/<svg class="plot/g)?.length ?? 0;
    expect(pictures).toBeGreaterThan(40);
    expect(page.match(/The same as a table/g)?.length).toBe(pictures);
    expect(page.match(/<svg class="plot[^>]*role="img" aria-label="[^"]+"/g)?.length).toBe(pictures);
    // Units and the number of samples stand in each caption.
    const captions = [...page.matchAll(/<figcaption>(.*?)<\/figcaption>/g)].map((match) => match[1] ?? '');
    expect(captions.filter((caption) => !/\bn = /.test(caption))).toEqual([]);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(ids.length).toBe(new Set(ids).size);
    for (const [, to] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(to);
  });

  test('has all sections in their order', () => {
    const found = [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map((match) => match[1] ?? '');
    expect(found.map((title) => title.split(':')[0])).toEqual(titles);
  });

  test('is the same again, and after the document was written and read', () => {
    benchPage(sampleBench());
    expect(benchPage(richBench())).toBe(page);
    expect(benchPage(JSON.parse(JSON.stringify(richBench(), null, 1)))).toBe(page);
  });

  test('lets nothing hostile through', () => {
    const bad = benchPage(withHostileNames(richBench()));
    expect(malformed(bad, voids)).toBeUndefined();
    expect(bad).not.toContain('<script');
    expect(malformed(benchJunit(withHostileNames(richBench())))).toBeUndefined();
  });

  test('tells what was lost first', () => {
    const strip = page.slice(page.indexOf('<ul class="strip">'), page.indexOf('<nav'));
    const kinds = [...strip.matchAll(/<li class="(\w+)">/g)].map((match) => match[1]);
    const ranks = kinds.map((kind) => ['bad', 'warn', 'good'].indexOf(kind ?? ''));
    expect(ranks).toEqual(ranks.toSorted());
    expect(kinds.length).toBe(12);
    expect(strip).toContain('throughput 0.880 times, 95 % interval 0.869 to 0.891, worse');
    const order = ['end-to-end-void', 'produce-open-20k', 'produce-closed-100b'];
    const at = order.map((name) => page.indexOf(`>${name}</a></td>`));
    expect(at).toEqual(at.toSorted((one, other) => one - other));
    expect(at[0]).toBeGreaterThan(0);
  });

  test('names the bottleneck, fits the scalability law, and says how small an effect could be seen', () => {
    expect(page).toContain('<strong>processor of the broker</strong>: 97 % of one core');
    expect(page).toMatch(/Universal scalability law: lambda 31\d,\d{3} records\/s, sigma 0\.1\d+/);
    expect(page).toContain('smallest visible effect');
    expect(page).toContain('1 comparison of equals (A/A) found no difference');
    expect(page).toContain('It holds up to 90,000 records/s; the knee lies between this and 95,000');
    expect(page).toContain('produce requests acknowledged for each fsync');
    expect(page).toContain('212 ms');
  });

  test('has the digest of its document where one was taken', () => {
    expect(page).not.toContain('SHA-256');
    expect(benchPage(richBench(), 'abc123')).toContain('<code>abc123</code>');
  });
});

describe('a page with little in it', () => {
  test('leaves sections out, and says what it does not show', () => {
    const page = benchPage(sampleBench());
    for (const id of ['knee', 'scaling', 'faults', 'statistics'])
      expect(page).not.toContain(`<section id="${id}">`);
    expect(page).toContain('The knee: no rate was searched');
    expect(page).toContain('Ratios, intervals and an A/A run: nothing was compared.');
  });

  test('without any run is a page too', () => {
    const page = benchPage(sampleBench([]));
    expect(malformed(page, voids)).toBeUndefined();
    expect(page).toContain('No workload was run.');
    expect(page).toContain('class="verdict bad"');
  });

  test('of comparisons alone, of knees alone, and of what nobody could measure', () => {
    const alone = { ...sampleBench([]), comparisons: [sampleComparison({ rounds: [], metrics: [] })] };
    expect(malformed(benchPage(alone), voids)).toBeUndefined();
    expect(benchPage({ ...sampleBench([]), knees: [sampleKnee()] })).toContain('class="verdict good"');
    const bare = sampleRun({ seconds: [], latencies: [], limits: [], shares: [], share: null, broker: null });
    expect(malformed(benchPage(sampleBench([bare])), voids)).toBeUndefined();
  });
});

test('a page stays below 2 MB, and says what it left out', () => {
  const one = sampleRun();
  const latency = one.latencies[0] as (typeof one.latencies)[number];
  const long = Array.from({ length: 3_600 }, (_, second) => second);
  const runs = Array.from({ length: 60 }, (_, index) =>
    sampleRun({
      name: `soak-${index}`,
      seconds: long.map((second) => ({ ...(one.seconds[5] as (typeof one.seconds)[number]), second })),
      latencies: one.latencies.map((of) => ({
        ...of,
        perSecond: long.map((second) => ({
          ...(latency.perSecond[0] as (typeof latency.perSecond)[number]),
          second,
        })),
      })),
    }),
  );
  const page = benchPage({ ...richBench(), runs });
  expect(Buffer.byteLength(page)).toBeLessThan(2_000_000);
  expect(malformed(page, voids)).toBeUndefined();
  expect(page).toMatch(/\d+ pictures left out to keep this page below 2 MB/);
  expect(page).toContain('36 further runs or comparisons are not told below');
});

describe('verdicts', () => {
  test('of everything: 3 bad answers are 3 failures of 12', () => {
    expect(benchIsGood(richBench())).toBe(false);
    expect(benchSentence(richBench())).toContain('Of 3 comparisons 1 found B worse.');
    const junit = benchJunit(richBench());
    expect(junit).toContain('tests="12" failures="3"');
    expect(junit).toMatch(/<failure type="worse" message="[^"]*B is worse in throughput"/);
    expect(junit).toMatch(/<failure type="objective"/);
    const text = benchText(richBench());
    expect(text).toMatch(/throughput +0\.880 +0\.869 +0\.891 +worse/);
    expect(text.indexOf('in consume')).toBeLessThan(text.indexOf('in produce-closed'));
  });

  test('a difference between equals voids the comparisons', () => {
    const { metrics } = sampleComparison();
    const bench = {
      ...sampleBench(),
      comparisons: [sampleComparison(), sampleComparison({ same: true, metrics })],
    };
    expect(benchSentence(bench)).toContain('the comparisons are void');
    expect(benchIsGood(bench)).toBe(false);
    expect(benchJunit(bench)).toContain('<failure type="false difference"');
    const strip = benchPage(bench).split('<nav')[0] ?? '';
    expect(strip.match(/>VOID</g)?.length).toBe(2);
    expect(strip).toContain('FALSE DIFFERENCE');
  });

  test('a comparison that says itself why it is void is a failure, and is told with its notes', () => {
    const voided = sampleComparison({ voidBecause: 'a run of it had a gap', notes: ['the machine drifted'] });
    const bench = { ...sampleBench(), comparisons: [voided] };
    expect(benchSentence(bench)).toContain('1 of 1 comparisons are void.');
    expect(benchJunit(bench)).toContain('<failure type="void"');
    for (const told of ['a run of it had a gap', 'the machine drifted']) {
      expect(benchPage(bench)).toContain(told);
      expect(benchText(bench)).toContain(told);
    }
  });

  test('what is better is good, and what is inconclusive is no failure', () => {
    const better = { ...sampleBench(), comparisons: [sampleComparison()] };
    expect(benchIsGood(better)).toBe(true);
    expect(benchJunit(better)).toContain('failures="0"');
    const metrics = sampleComparison().metrics.map((metric) => ({
      ...metric,
      verdict: 'inconclusive' as const,
    }));
    const unsure = { ...sampleBench(), comparisons: [sampleComparison({ metrics })] };
    expect(benchIsGood(unsure)).toBe(true);
    expect(benchPage(unsure)).toContain('INCONCLUSIVE');
  });

  test('a gap in a sweep is a failure, and in the verdict', () => {
    const { sweeps } = richBench();
    const point = sweeps[0]?.points[1];
    if (point !== undefined) point.run.ledger.sound = false;
    const bench = { ...sampleBench(), sweeps };
    expect(benchSentence(bench)).toContain('1 of 13 workloads are void');
    expect(benchJunit(bench)).toContain('tests="4" failures="1"');
  });
});

test('a backlog is what was offered and not acknowledged, and never less than nothing', () => {
  const second = sampleRun().seconds[5] as ReturnType<typeof sampleRun>['seconds'][number];
  const seconds = [100, 0, 0, 250, 200].map((records, at) => ({ ...second, second: at, records }));
  expect(backlogOf({ seconds }, 100)).toEqual([
    [0, 0],
    [1, 100],
    [2, 200],
    [3, 50],
    [4, 0],
  ]);
});
