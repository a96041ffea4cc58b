import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../random.ts';
import { runSuite, type SuiteOptions } from './suite.ts';

const never = new Promise<string>(() => {});

/** Halves that vary by two percent; `of` says what a half costs on top. */
function measuring(of: (half: string, round: number) => number, noise = 0.02): SuiteOptions['measure'] {
  const random = new SeededRandom('halves');
  return async (half, round) => {
    const cost = 10 * of(half, round) * (1 + noise * (random.fraction() - 0.5));
    return { brokerCpuUsPerRecord: cost, recordsPerSecond: 1e6 / cost, p99Us: null };
  };
}

const options = (more: Partial<SuiteOptions>): SuiteOptions => ({
  workload: 'w',
  a: 'self',
  b: 'other',
  same: false,
  seed: 'seed',
  rounds: 10,
  roundsMax: 40,
  control: true,
  duet: false,
  warmUp: false,
  measure: measuring(() => 1),
  interrupted: never,
  ...more,
});

const cpuOf = (metrics: { name: string; verdict: string }[]) =>
  metrics.find(({ name }) => name === 'brokerCpuUsPerRecord')?.verdict;

describe('a suite', () => {
  test('finds what costs five percent more, and vouches for A against itself', async () => {
    const measure = measuring((half) => (half === 'b' ? 1.05 : 1));
    const { comparisons, endedBecause } = await runSuite(options({ measure }));
    const [main, control] = comparisons;
    expect(endedBecause).toBeNull();
    expect(main?.rounds).toHaveLength(10);
    expect(main).toMatchObject({ a: 'self', b: 'other', same: false, voidBecause: null });
    expect(cpuOf(main?.metrics ?? [])).toBe('different');
    expect(control).toMatchObject({ a: 'self', b: 'self', same: true });
    expect(cpuOf(control?.metrics ?? [])).toBe('equivalent');
    // Not measured is neither the same nor different.
    expect(main?.metrics.find(({ name }) => name === 'p99Us')).toMatchObject({ ratios: [], low: null });
  });

  test('is void when A differs from itself', async () => {
    const measure = measuring((half) => (half === 'control' ? 1.1 : half === 'b' ? 1.2 : 1));
    const { comparisons } = await runSuite(options({ measure }));
    for (const { voidBecause } of comparisons) {
      expect(voidBecause).toMatch(/^self differs from itself in brokerCpuUsPerRecord/);
    }
  });

  test('grows while it is in doubt, up to its cap', async () => {
    const doubtful = measuring((half) => (half === 'b' ? 1.02 : 1), 0.08);
    const { comparisons } = await runSuite(options({ measure: doubtful }));
    expect(comparisons[0]?.rounds).toHaveLength(36);
    const capped = await runSuite(options({ measure: doubtful, roundsMax: 10 }));
    expect(capped.comparisons[0]?.rounds).toHaveLength(10);
    expect(capped.comparisons[0]?.confidence).toBe(0.95);
    expect(comparisons[0]?.confidence).toBe(1 - 0.05 / 4);
  });

  test('runs halves in the drawn order, each round once, after a round that is thrown away', async () => {
    const ran: string[] = [];
    const measure: SuiteOptions['measure'] = async (half, round) => {
      ran.push(`${round}${half}`);
      return { brokerCpuUsPerRecord: 1 };
    };
    const { comparisons } = await runSuite(options({ measure, control: false, warmUp: true }));
    expect(ran.slice(0, 2)).toEqual(['-1a', '-1b']);
    const orders = Array.from({ length: 10 }, (_, round) =>
      ran.filter((half) => half.startsWith(`${round}`)).map((half) => half.slice(-1).toUpperCase()),
    );
    expect(comparisons[0]?.rounds.map(({ order }) => order)).toEqual(orders.map((order) => order.join('')));
    for (let pair = 0; pair < 10; pair += 2) expect(orders[pair + 1]).toEqual(orders[pair]?.toReversed());
  });

  test('a machine that drifts is no witness', async () => {
    const measure = measuring((half, round) => (round % 2 === 0 ? 1 : 1.3) * (half === 'b' ? 1.05 : 1), 0);
    const { comparisons } = await runSuite(options({ measure, roundsMax: 10 }));
    expect(cpuOf(comparisons[0]?.metrics ?? [])).toBe('inconclusive');
    expect(comparisons[0]?.notes.join()).toMatch(/brokerCpuUsPerRecord: A itself moved by 30 %/);
  });

  test('as a duet runs the halves of a round at the same time, and compares what is theirs alone', async () => {
    let [now, most] = [0, 0];
    // What a duet is for: a machine that does the same to both, and never the same twice.
    const measure: SuiteOptions['measure'] = async (half, round) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      const moved = [1, 1.4, 0.8][round % 3] ?? 1;
      return measuring((half) => moved * (half === 'b' ? 1.05 : 1))(half, round);
    };
    const { comparisons } = await runSuite(options({ measure, duet: true, warmUp: true }));
    expect([now, most]).toEqual([0, 3]);
    expect(comparisons[0]?.rounds).toHaveLength(10);
    expect(cpuOf(comparisons[0]?.metrics ?? [])).toBe('different');
    expect(comparisons.map(({ notes }) => notes)).toEqual([
      [expect.stringMatching(/^a duet/)],
      [expect.stringMatching(/^a duet/)],
    ]);
    const names = comparisons[0]?.metrics.map(({ name }) => name);
    expect(names).toContain('brokerRssMaxBytes');
    for (const shared of ['recordsPerSecond', 'p99Us', 'clientCpuUsPerRecord'])
      expect(names).not.toContain(shared);
  });

  test('as a duet waits for every half before it tells of one that failed', async () => {
    let ended = 0;
    const measure: SuiteOptions['measure'] = async (half) => {
      if (half === 'a') throw new Error('gone');
      await new Promise((resolve) => setTimeout(resolve, 20));
      ended++;
      return { brokerCpuUsPerRecord: 1 };
    };
    const result = await runSuite(options({ measure, duet: true }));
    expect([result.endedBecause, ended]).toEqual(['gone', 2]);
  });

  test('that is interrupted keeps its whole rounds', async () => {
    let interrupt: (why: string) => void = () => {};
    const interrupted = new Promise<string>((resolve) => {
      interrupt = resolve;
    });
    const measure: SuiteOptions['measure'] = (half, round) => {
      if (round === 3 && half === 'b') interrupt('interrupted by SIGINT');
      return round === 3 && half === 'b' ? new Promise(() => {}) : measuring(() => 1)(half, round);
    };
    const result = await runSuite(options({ measure, interrupted }));
    expect(result.endedBecause).toBe('interrupted by SIGINT');
    expect(result.comparisons[0]?.rounds).toHaveLength(3);
    expect(result.comparisons[0]?.notes.join()).toMatch(/ended early after 3 rounds/);
    expect(cpuOf(result.comparisons[0]?.metrics ?? [])).toBe('inconclusive');
  });

  test('that fails before its first round has nothing to compare', async () => {
    const broken = new Error('gone');
    const result = await runSuite(options({ measure: () => Promise.reject(broken) }));
    expect(result).toEqual({ comparisons: [], endedBecause: 'gone', error: broken });
  });

  test('counts that are 0 on both sides are the same, and on one side have no ratio', async () => {
    const measure: SuiteOptions['measure'] = async (half) => ({
      fsyncsPerThousandRecords: 0,
      readCallsPerThousandRecords: half === 'b' ? 1 : 0,
    });
    const { comparisons } = await runSuite(options({ measure, control: false, roundsMax: 10 }));
    const named = (name: string) => comparisons[0]?.metrics.find((metric) => metric.name === name);
    expect(named('fsyncsPerThousandRecords')?.verdict).toBe('equivalent');
    expect(named('readCallsPerThousandRecords')).toMatchObject({ ratios: [], verdict: 'inconclusive' });
  });
});
