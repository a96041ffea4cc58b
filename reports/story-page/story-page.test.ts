// The page of one run: what it says, that it is the same each time, that nothing hostile gets through, and its size.

import { describe, expect, test } from 'vitest';
import { malformed } from '../testing-markup.ts';
import { hostile, keptRun, lost } from '../testing-suite.ts';
import { bundle } from './bundle.ts';
import { chainLinesMax, chainOf } from './chain.ts';
import { pageBytesMax, storyPage, type ToldRun } from './story-page.ts';
import { largeRun } from './testing-run.ts';

const voids = ['meta', 'br', 'input'];
const script = { code: 'void 0;', sha256: 'abc' };

const failing: ToldRun = {
  kept: { ...keptRun('17', 'violation'), story: 'A leader dies.' },
  ...{ finding: lost, why: 'failure', divergence: null },
};
const witness: ToldRun = { ...failing, kept: keptRun('17', 'witness'), why: 'witness' };

describe('the page of a run', () => {
  test('says the verdict, the promise, what happened, how to see it again, and the story', () => {
    const text = storyPage(failing, script);
    for (const part of [
      'A failure: an acknowledged record is gone',
      'When a broker has acknowledged a record, the record stays',
      'produce-1#1/7 was acknowledged at',
      'Nothing permits it',
      'replay scenarios/x.jsonc --seed 17',
      'A leader dies.',
      'All 13 events of the run are in this page.',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain('The minimal scenario');
    expect(text).not.toContain('point of no return');
  });

  test('of a witness says what permits it', () => {
    const text = storyPage(witness, script);
    expect(text).toContain('A witness, not a violation: an acknowledged record is gone');
    expect(text).toContain('The fault power-loss of broker-1 may take what was not yet durable.');
    const because = { ...lost, prose: `${lost.prose}; lawful: acks=1 and broker-1 was deposed` };
    const told = storyPage({ ...witness, finding: because }, script);
    expect(told).toContain('<h2>What permits it</h2><p>acks=1 and broker-1 was deposed.</p>');
    expect(told.slice(0, told.indexOf('How it came to this'))).not.toContain('lawful:');
  });

  test('without a finding says so', () => {
    const text = storyPage({ ...failing, finding: null, why: 'look' }, script);
    expect(text).toContain('Nothing was found in this run');
    expect(text).not.toContain('data-do="finding"');
  });

  test('shows the minimal scenario and the point of no return when somebody found them', () => {
    const small = { text: '{ "nodes": 1 }', seed: '3', events: 7, replay: 'replay small.jsonc --seed 3' };
    const shrunk = { ...small, story: ['the leader dies'] };
    const chances = { ended: 4, of: 20 };
    const pointOfNoReturn = {
      step: 37,
      timeUs: 892_000,
      prose: 'the leader was chosen',
      before: chances,
      after: chances,
    };
    const text = storyPage({ ...failing, kept: { ...failing.kept, shrunk, pointOfNoReturn } }, script);
    expect(text).toContain('replay small.jsonc --seed 3');
    expect(text).toContain('7 events, seed 3');
    expect(text).toContain('<li>the leader dies</li>');
    expect(text).toContain('{ &quot;nodes&quot;: 1 }');
    expect(text).toContain('the point of no return: the leader was chosen');
    expect(text).toContain('"turn":{"timeUs":892000');
  });

  test('is the same each time', () => {
    expect(storyPage(failing, script)).toBe(storyPage(structuredClone(failing), script));
  });

  test('lets nothing hostile through, and runs only its own script', () => {
    const kept = { ...failing.kept, scenario: hostile, file: hostile, text: hostile, replay: hostile };
    const text = storyPage({ ...failing, kept }, script);
    expect(text).not.toContain('<script>alert');
    expect(text.match(/<script\b/g)).toHaveLength(3);
    expect(text).toContain("script-src 'sha256-abc'");
    expect(text).not.toContain("unsafe-inline'; script-src 'unsafe");
    expect(malformed(text.replace(/<script[\s\S]*?<\/script>/g, ''), voids)).toBeUndefined();
  });

  test('stays below its size, and says what is not in it', () => {
    const large = { ...failing, kept: largeRun(60_000) };
    const small = storyPage(large, script, 120_000);
    expect(new TextEncoder().encode(small).length).toBeLessThan(120_000);
    expect(small).toMatch(/[\d,]+ of 60,003 events are not in this page, for its size: [\d,]+ request-/);
    expect(small).toContain('--trace trace.jsonl');
    expect(new TextEncoder().encode(storyPage(large, script)).length).toBeLessThan(pageBytesMax);
  });
});

describe('the chain', () => {
  test('goes from the record to the finding and to its loss, each line once', () => {
    const { lines, leftOut } = chainOf(keptRun('17', 'violation'), lost);
    const told = lines.map(({ sort, text }) => `${sort}: ${text.replaceAll(hostile, 'T')}`);
    expect(leftOut).toBe(0);
    expect(new Set(told).size).toBe(told.length);
    const order = [
      'record: produce-1 is asked to send produce-1#1/7',
      'record: broker-1 takes the batch of epoch 0 at offset 7',
      'finding: the finding, acked-write-lost',
      'fault: power-loss hits broker-1',
      'life: the machine of broker-1 loses power',
      'life: broker-1 starts again',
      'record: broker-1 opens T/0: its log goes up to 7',
    ].map((part) => told.findIndex((line) => line.startsWith(part)));
    expect(order).not.toContain(-1);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  test('keeps the finding and what is near it when there is too much', () => {
    const { lines, leftOut } = chainOf(largeRun(200_000), lost);
    expect(lines.length).toBeLessThanOrEqual(chainLinesMax);
    expect(leftOut).toBeGreaterThan(0);
    expect(lines.some(({ sort }) => sort === 'finding')).toBe(true);
  });
});

describe('the script', () => {
  const modules: Readonly<Record<string, string>> = {
    'a/main.ts':
      "import { two as second } from '../b.ts';\nimport { one } from './one.ts';\nout.push(one, second());\n",
    'a/one.ts': '// One.\nexport const one = 1;\n',
    'b.ts': "import { one } from './a/one.ts';\n/** Two. */\nexport function two() {\n  return one + 1;\n}\n",
  };

  test('is made of its modules, each once, in the order of need', () => {
    const code = bundle('a/main.ts', (path) => modules[path] as string);
    const out: number[] = [];
    new Function('out', code)(out);
    expect(out).toEqual([1, 2]);
    expect(code).not.toMatch(/One\.|Two\.|\bimport\b|\bexport\b/);
    expect(code.match(/const one = 1/g)).toHaveLength(1);
  });

  test.each([
    ["import x from './x.ts';", /cannot be made of/],
    ['export default 1;', /cannot be made of/],
    ["const end = '</script>';", /must not end itself/],
  ])('refuses %s', (text, message) => {
    expect(() => bundle('m.ts', () => text)).toThrow(message);
  });
});
