// The history of stored results: which points make a series, what is said of it, the page and the text; and what is
// refused.

import { describe, expect, test } from 'vitest';
import type { BenchResult } from '../../bench/result.ts';
import { sampleComparison, sampleRun } from '../testing-bench.ts';
import { malformed } from '../testing-markup.ts';
import { hostile } from '../testing-suite.ts';
import { type JudgedHistory, judgedHistory } from './judged.ts';
import { renderedHistory } from './rendered.ts';
import { type History, historyOf } from './series.ts';
import { benchOfDay, commitOfDay, costOfDay, type Day, days, named } from './testing-history.ts';

function historyFrom(documents: Parameters<typeof named>[0]): History {
  const history = historyOf(named(documents));
  if (typeof history === 'string') throw new Error(history);
  return history;
}

function judged(documents: Parameters<typeof named>[0]): JudgedHistory {
  return judgedHistory(historyFrom(documents));
}

function standings({ subjects }: JudgedHistory): Record<string, string> {
  const all = subjects.flatMap(({ judged }) => judged.map(({ series, standing }) => [series.name, standing]));
  return Object.fromEntries(all);
}

/** From the eighth day on the broker takes a quarter more. */
const slower = (day: number): Day => (day < 8 ? {} : { cpu: 1.3 });
const soundRun = sampleRun();
const gap = { ...soundRun.ledger, sound: false, examples: ['record 17 is missing'] };

describe('series', () => {
  test('have a point for each result, in the order in which they were taken, whatever order they are named in', () => {
    const documents = days(5);
    const history = historyFrom(documents);
    const shuffled = [3, 0, 4, 1, 2].map((at) => documents[at] as BenchResult);
    expect(historyFrom(shuffled)).toEqual(history);
    expect(history.results.map(({ commit }) => commit)).toEqual([0, 1, 2, 3, 4].map(commitOfDay));
    expect(history.subjects.map(({ name }) => name)).toEqual([
      'produce-open-20k',
      'ours against localhost:9092 in produce-closed',
    ]);
    const [cpu] = history.subjects[0]?.series.filter(({ name }) => name === 'broker CPU') ?? [];
    expect(cpu).toMatchObject({ unit: 'us/record', better: 'lower' });
    expect(cpu?.points.map(({ of }) => of)).toEqual([0, 1, 2, 3, 4]);
    // One run is one sample.
    expect(cpu?.points.every(({ spread }) => spread === null)).toBe(true);
  });

  test('are of what the workload is about, and not of what was not measured', () => {
    const names = historyFrom(days(3)).subjects[0]?.series.map(({ name }) => name);
    expect(names).toEqual([
      ...['throughput', 'share of the disk limit', 'p99 of acknowledgement (from the intended time)'],
      ...['broker CPU', 'broker memory at most'],
    ]);
  });

  test('have the spread of the seconds, or the interval that a comparison stored, and say which', () => {
    const [run, comparison] = historyFrom(days(3)).subjects;
    const throughput = run?.series[0]?.points[0];
    expect(throughput?.spread).toEqual({
      ...{ low: (throughput?.value ?? 0) * 0.98, high: (throughput?.value ?? 0) * 1.02 },
      confidence: null,
    });
    const ratio = comparison?.series[0];
    expect(ratio).toMatchObject({ name: 'throughput, ratio', unit: 'B over A' });
    expect(ratio?.points[0]?.spread?.confidence).toBe(0.95);
  });

  test('leave out what is void, and comparisons of equals', () => {
    const documents = days(4, (day) => (day === 2 ? { run: { ledger: gap } } : {}));
    const last = documents[3] as BenchResult;
    last.comparisons = last.comparisons.map((one) => ({ ...one, voidBecause: 'the machine drifted' }));
    const metrics = sampleComparison().metrics.map((one) => ({ ...one, verdict: 'equivalent' as const }));
    const equals = sampleComparison({ same: true, question: 'ours against itself', metrics });
    for (const one of documents) one.comparisons.push(equals);
    const { subjects } = historyFrom(documents);
    expect(subjects.length).toBe(2);
    expect(subjects[0]?.voids).toEqual([{ of: 2, because: 'record 17 is missing' }]);
    expect(subjects[0]?.series[0]?.points.map(({ of }) => of)).toEqual([0, 1, 3]);
    expect(subjects[1]?.voids).toEqual([{ of: 3, because: 'the machine drifted' }]);
  });

  test('do not go on where the workload file changed, and a change of the binding limit moves the share', () => {
    const workload = { ...soundRun.workload, producers: 7 };
    const share = { binding: 'loopback' as const, limitMegabytesPerSecond: 1_210, share: 0.0168 };
    const documents = days(8, (day) => (day < 3 ? { run: { workload } } : { run: { share } }));
    const { subjects, unshared } = historyFrom(documents);
    expect(subjects.map(({ name }) => name)).toEqual([
      'produce-open-20k (as asked first in result 1)',
      'ours against localhost:9092 in produce-closed',
      'produce-open-20k (as asked first in result 4)',
    ]);
    expect(subjects[0]?.series[1]?.name).toBe('share of the disk limit');
    expect(subjects[2]?.series[1]?.name).toBe('share of the loopback limit');
    expect(unshared).toEqual([]);
    const few = historyFrom(documents.slice(1));
    expect(few.subjects.length).toBe(2);
    expect(few.unshared).toEqual([
      'produce-open-20k (as asked first in result 1): 2 sound results, 3 are wanted',
    ]);
  });

  test('of another broker are never those of ours', () => {
    const documents = days(6);
    for (const one of documents.slice(3)) one.target = { kind: 'against', address: 'localhost:9092' };
    const names = historyFrom(documents).subjects.map(({ name }) => name);
    expect(names).toContain('produce-open-20k');
    expect(names).toContain('produce-open-20k (localhost:9092)');
  });

  test('a workload that ran twice is two, the second with the second', () => {
    const documents = days(3);
    for (const one of documents) one.runs.push(one.runs[0] as never);
    expect(historyFrom(documents).subjects.map(({ name }) => name)).toContain('produce-open-20k, run 2');
  });

  test('results of one commit are a group, those of changed working trees are not', () => {
    const commits = ['a', 'b', 'a', 'c-dirty', 'c-dirty', null, null];
    const { groups } = historyFrom(days(7, (day) => ({ commit: commits[day] as string | null })));
    expect(groups).toEqual([{ commit: 'a', of: [0, 2] }]);
  });
});

describe('what is said', () => {
  test('a broker that takes more is worse, and stands first; nothing else is found', () => {
    const history = judged(days(16, slower));
    expect(standings(history)).toEqual({
      ...{ 'broker CPU': 'worse', throughput: 'none found', 'broker memory at most': 'none found' },
      ...{ 'p99 of acknowledgement (from the intended time)': 'same', 'share of the disk limit': 'same' },
      'throughput, ratio': 'none found',
    });
    const first = history.subjects[0]?.judged[0];
    expect(first?.series.name).toBe('broker CPU');
    expect(first?.changes).toMatchObject([
      { direction: 'worse', before: { from: 0, to: 7, count: 8 }, after: { from: 8, to: 15, count: 8 } },
    ]);
    expect(first?.loss).toBeCloseTo(1.2, 1);
  });

  test('of too few results nothing is said, but how many are wanted', () => {
    const { verdict, html } = renderedHistory(historyFrom(days(9, (day) => (day < 5 ? {} : { cpu: 9 }))));
    expect(verdict).toBe(
      '9 results of 9 commits, 6 series: 2 the same in all, 4 with too few results to tell (10 are wanted).',
    );
    expect(html).toContain('class="verdict warn"');
    expect(html).not.toContain('>WORSE<');
    expect(html).toContain('It takes 10 results to tell a change that lies in the middle');
  });

  test('better is better; better that is not as good as it was is not regained', () => {
    const rates = (levels: readonly number[]) => (day: number) => ({
      rate: levels[Math.floor(day / 10)] ?? 1,
    });
    const of = (levels: readonly number[]) =>
      standings(judged(days(10 * levels.length, rates(levels))))['throughput'];
    expect(of([1, 1.5])).toBe('better');
    expect(of([1, 0.5, 1])).toBe('better');
    expect(of([1, 0.5, 0.7])).toBe('lost');
    expect(of([1, 0.7])).toBe('worse');
  });

  test('a step between results of one commit, or of two Nodes, says so', () => {
    const documents = days(16, (day) => ({
      ...slower(day),
      commit: day === 7 || day === 8 ? 'f'.repeat(40) : commitOfDay(day),
      node: day < 8 ? 'v24.20.0' : 'v24.21.0',
    }));
    const { text } = renderedHistory(historyFrom(documents));
    expect(text).toMatch(
      /broker CPU rose by \d\d % at fffffff \(result 9, after fffffff\): 15\.\d\d to 1[78]\.\d\d us\/record,/,
    );
    expect(text).toMatch(/medians of 8 and 8, p = 0\.00\d+, worse; both sides are results of fffffff: /);
    expect(text).toContain('; Node was v24.20.0 before');
  });

  test('how often the method errs is said, with how many series there were', () => {
    const { html } = renderedHistory(historyFrom(days(16)));
    expect(html).toContain('said to have changed with a probability of about 1.0 %. Of the 4 series here');
    expect(html).toContain('0.04 would on average if nothing had changed');
    expect(html).toContain('No commit was measured twice');
  });
});

describe('counts of the simulator', () => {
  const counted = [
    costOfDay(0, { 'broker.copies': 12, 'records.acknowledged': 100, virtualUs: 900 }),
    costOfDay(1, { 'broker.copies': 12, 'records.acknowledged': 100, virtualUs: 900 }),
    costOfDay(2, { 'broker.copies': 13, 'records.acknowledged': 101, virtualUs: 900, 'broker.timers': 1 }),
  ];

  test('any change is one; what is not named was counted as 0; two results are enough', () => {
    const history = judged(counted);
    expect(standings(history)).toEqual({
      ...{ 'broker.timers': 'worse', 'broker.copies': 'worse' },
      ...{ 'records.acknowledged': 'changed', virtualUs: 'same' },
    });
    expect(history.subjects[0]?.judged[0]?.changes).toMatchObject([
      { p: null, after: { from: 2, median: 1 } },
    ]);
    expect(judged(counted.slice(1)).history.results.length).toBe(2);
  });

  test('are told without noise', () => {
    const { verdict, html, text } = renderedHistory(historyFrom(counted));
    expect(verdict).toBe('3 results of 3 commits, 4 series: 2 worse, 1 changed, 1 the same in all.');
    expect(text).toContain(
      'broker.copies rose by 8.3 % at 02abcde (result 3, after 01abcde): 12 to 13 times, worse',
    );
    expect(html).toContain('1 count is the same in all.');
    expect(html).not.toContain('standard deviation');
  });

  test('of another model, and beside what was measured, are refused', () => {
    const [first, second] = counted as [(typeof counted)[0], (typeof counted)[0]];
    const model = { ...second.model, diskSyncUs: 2_000 };
    expect(historyOf(named([first, { ...second, model }]))).toBe(
      'runs/0 and runs/1 are of different models, and are not one history: diskSyncUs 1000 and 2000',
    );
    expect(historyOf(named([first, second, benchOfDay(2)]))).toBe(
      'runs/0 and runs/2 are simulated and measured, and are not one history',
    );
  });

  test('that do not say when they were taken have no place', () => {
    const { taken: _, ...without } = counted[0] as (typeof counted)[0];
    expect(() => named([without as never])).toThrow(
      'runs/0: taken: it does not say when and of which commit',
    );
  });
});

describe('refused', () => {
  test('machines that differ, with the place', () => {
    const documents = days(4);
    const last = documents[3] as BenchResult;
    last.environment = { ...last.environment, kernel: '7.0' };
    expect(historyOf(named(documents))).toBe(
      'runs/0 and runs/3 are of different machines, and are not one history: kernel 6.1 and 7.0',
    );
  });

  test('the same result twice, too few of them, and those that share nothing', () => {
    const [one, other] = days(2) as [BenchResult, BenchResult];
    expect(historyOf(named([one, other, one]))).toMatch(/^runs\/[02] and runs\/[02] are the same result/);
    expect(historyOf(named([one, other]))).toBe('a history wants 3 results, and 2 were named');
    const strangers = days(3, (day) => ({ run: { name: `workload-${day}` } }));
    for (const stranger of strangers) stranger.comparisons = [];
    expect(historyOf(named(strangers))).toMatch(
      /^nothing was measured in 3 of these 3 results; workload-0: 1 sound result, 3 are wanted; /,
    );
  });

  test('a start that is no time, and another format', () => {
    expect(() => named([{ ...benchOfDay(0), startedAt: 'yesterday' }])).toThrow(
      'runs/0: startedAt: a time as',
    );
    expect(() => named([{ ...benchOfDay(0), format: 'odradek-bench/1' as never }])).toThrow(
      'runs/0: format: odradek-bench/1 is another one than odradek-bench/2',
    );
  });
});

describe('the page', () => {
  const again = (day: number): Day => ({ ...slower(day), commit: commitOfDay(day < 4 ? 0 : day) });
  const documents = days(16, again);
  const { html, text } = renderedHistory(historyFrom(documents));

  test('is well-formed, has no script, and every picture has its numbers as a table', () => {
    expect(malformed(html, ['meta', 'br'])).toBeUndefined();
    expect(html).not.toContain('<script');
    const pictures = html.match(/<svg class="plot/g)?.length ?? 0;
    // Two of the six series are the same in all.
    expect(pictures).toBe(4);
    expect(html.match(/The same as a table/g)?.length).toBe(pictures);
    expect(html.match(/<svg class="plot[^>]*role="img" aria-label="[^"]+"/g)?.length).toBe(pictures);
    const captions = [...html.matchAll(/<figcaption>(.*?)<\/figcaption>/g)].map((match) => match[1] ?? '');
    expect(
      captions.filter((caption) => !/\((us\/record|records\/s|MB|B over A), .*\bn = 16 of 16/.test(caption)),
    ).toEqual([]);
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(ids.length).toBe(new Set(ids).size);
    for (const [, to] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(to);
  });

  test('tells first what is worse, and of repeated commits the median and the range', () => {
    expect(html).toContain('class="verdict bad"');
    expect(html).toContain('16 results of 13 commits, 6 series: 1 worse, ');
    expect(html.indexOf('Broker CPU by commit')).toBeLessThan(html.indexOf('Throughput by commit'));
    expect(html).toContain('1 commit was measured more than once (4 of 16 results)');
    const cpu = [0, 1, 2, 3].map((day) => 5 + (benchOfDay(day).runs[0]?.broker?.userUsPerRecord ?? 0));
    const [a, b, c, d] = cpu.toSorted((one, other) => one - other) as [number, number, number, number];
    const range = `${a.toFixed(2)} to ${d.toFixed(2)}`;
    expect(html).toContain(`<td class="number">${((b + c) / 2).toFixed(2)}</td><td>${range}</td>`);
    expect(text).toContain('Broker CPU');
    expect(text).toMatch(/Broker CPU +16 +15\.\d\d, 1[78]\.\d\d us\/record +WORSE/);
  });

  test('is the same again, in any order', () => {
    const backwards = historyFrom(documents.toReversed());
    expect(renderedHistory(backwards)).toEqual({ verdict: expect.any(String), html, text });
  });

  test('lets nothing hostile through', () => {
    const bad = documents.map((one) => ({
      ...one,
      command: hostile,
      environment: { ...one.environment, processor: hostile, commit: `${one.environment.commit}${hostile}` },
      runs: one.runs.map((run) => ({ ...run, name: `${hostile} ${run.name}` })),
      comparisons: one.comparisons.map((comparison) => ({ ...comparison, question: hostile })),
    }));
    const page = renderedHistory(historyFrom(bad)).html;
    expect(malformed(page, ['meta', 'br'])).toBeUndefined();
    expect(page).not.toContain('<script');
  });
});
