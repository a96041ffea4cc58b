// Two documents side by side: only the same is compared, losses come first, and machines must be the same.

import { describe, expect, test } from 'vitest';
import { richBench, sampleBench, sampleKnee, sampleRun } from '../testing-bench.ts';
import { malformed } from '../testing-markup.ts';
import { deltaPage } from './delta-page.ts';
import { deltasOf, machineDifferences } from './deltas.ts';

const base = sampleRun();
const slower = sampleRun({
  throughput: { ...base.throughput, recordsPerSecond: base.throughput.recordsPerSecond / 2 },
});

describe('deltas', () => {
  test('are ratios of B over A of what both measured', () => {
    const { pairs, unpaired } = deltasOf(sampleBench([base]), sampleBench([slower]));
    expect(unpaired).toEqual([]);
    expect(pairs[0]?.throughput[0]).toMatchObject({ name: 'throughput', a: 19_870, b: 9_935, ratio: 0.5 });
    // Counts were measured on neither side.
    expect(pairs[0]?.cost.map(({ name }) => name)).toEqual([
      'broker CPU',
      'generator CPU',
      'broker memory at most',
    ]);
  });

  test('stand with the greatest loss first, and above it what is void', () => {
    const named = (name: string, from = base) => ({ ...from, name });
    const a = sampleBench([named('fine'), named('slow'), named('void')]);
    const gap = { ...base.ledger, sound: false };
    const b = sampleBench([named('fine'), named('slow', slower), { ...named('void'), ledger: gap }]);
    expect(deltasOf(a, b).pairs.map(({ name }) => name)).toEqual(['void', 'slow', 'fine']);
    expect(deltaPage(a, b).verdict).toBe(
      '3 pairs compared. 1 pair void. Of the 22 numbers of B 1 are worse by more than 5 %, 0 better, 21 the same.',
    );
  });

  test('pair the second run of a workload with the second', () => {
    const { pairs } = deltasOf(sampleBench([base, slower]), sampleBench([base, slower]));
    expect(pairs.map(({ throughput }) => throughput[0]?.ratio)).toEqual([1, 1]);
  });

  test('are not made of different workload files, or of what one side lacks', () => {
    const other = sampleRun({ workload: { ...base.workload, producers: 7 } });
    expect(deltasOf(sampleBench([base]), sampleBench([other]))).toEqual({
      pairs: [],
      unpaired: ['produce-open-20k: A and B did not run the same workload file.'],
    });
    const { unpaired } = deltasOf(sampleBench([base]), { ...sampleBench([]), knees: [sampleKnee()] });
    expect(unpaired).toEqual([
      'produce-open-20k: only A has it.',
      'produce-open, p99 within 10.0 ms: only B has it.',
    ]);
  });

  test('a page of everything is well-formed and the same again', () => {
    const page = deltaPage(richBench(), richBench());
    expect(malformed(page.html, ['meta', 'br'])).toBeUndefined();
    expect(page.html).not.toContain('<script');
    expect(page.verdict).toContain('of B 0 are worse');
    expect(deltaPage(richBench(), JSON.parse(JSON.stringify(richBench())))).toEqual(page);
  });
});

test('machines are the same in processor, cores, memory, system and disk, and in nothing else', () => {
  const { environment } = sampleBench();
  expect(machineDifferences(environment, { ...environment, commit: 'other', node: 'v26.0.0' })).toEqual([]);
  expect(machineDifferences(environment, { ...environment, cores: 4, disk: null })).toEqual([
    'cores 2 and 4',
    'disk ext4 on a disk and not known',
  ]);
});
