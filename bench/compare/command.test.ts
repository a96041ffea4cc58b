import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { environmentOf } from '../environment.ts';
import { type BenchOptions, benchCommand } from '../main.ts';
import { SeededRandom } from '../random.ts';
import { type BenchResult, benchResultSchema } from '../result.ts';
import { SessionError } from '../session-error.ts';
import type { Surroundings } from './command.ts';
import { GapError } from './half-round.ts';
import { compareCommand } from './main.ts';
import type { Measures } from './metrics.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-compare-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Said {
  readonly code: number;
  readonly error: string;
  readonly output: string;
}

async function bench(options: BenchOptions, measure?: Surroundings['measure'], workloads: string[] = []) {
  const said = { error: '', output: '' };
  const error = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.error += String(text);
    return true;
  });
  const write = (text: string, done: () => void): boolean => {
    said.output += text;
    done();
    return true;
  };
  const output = vi.spyOn(process.stdout, 'write').mockImplementation(write as typeof process.stdout.write);
  try {
    const given = measure === undefined ? undefined : { measure };
    const all = { out: folder, seed: 'seed', ...options };
    const code =
      given === undefined ? await benchCommand(workloads, all) : await compareCommand(workloads, all, given);
    return { code, ...said } satisfies Said;
  } finally {
    error.mockRestore();
    output.mockRestore();
  }
}

function stored(): BenchResult {
  return benchResultSchema.parse(JSON.parse(readFileSync(join(folder, 'bench.json'), 'utf8')));
}

/** What targets cost: by a part of their label, a factor; with a percent of noise. */
function costs(factors: Record<string, number>): NonNullable<Surroundings['measure']> {
  const random = new SeededRandom('costs');
  return async (_file, { label }): Promise<Measures> => {
    const factor = Object.entries(factors).find(([part]) => label.includes(part))?.[1] ?? 1;
    const noise = 1 + 0.01 * (random.fraction() - 0.5);
    return {
      brokerCpuUsPerRecord: 2 * factor * noise,
      writeCallsPerThousandRecords: 30 * factor,
      fsyncsPerThousandRecords: 0,
    };
  };
}

describe('bad input', () => {
  const wrong: readonly [string, BenchOptions, RegExp][] = [
    ['one target', { compare: ['self'] }, /--compare: two targets are wanted/],
    ['no target', { compare: true }, /--compare: two targets are wanted/],
    ['a target that is nothing', { compare: ['self', 'nonsense'] }, /nonsense: neither "self", nor a folder/],
    ['a folder without Odradek', { compare: ['self', tmpdir()] }, /neither cli\.ts nor dist\/cli\.js/],
    ['a slip of nothing', { compare: ['self', 'self+0%cpu'] }, /self\+0%cpu: a slip is more than 0/],
    [
      'a slip of a strange broker',
      { compare: ['self', 'localhost:9092+5%cpu'] },
      /only a broker of ours can be given a slip/,
    ],
    [
      'a property without a value',
      { compare: ['self', 'self?log.segment.bytes=1&b'] },
      /"b" is not name=value/,
    ],
    [
      'a property that is none',
      { compare: ['self', 'self?segment.bytes=1'] },
      /no property "segment\.bytes"/,
    ],
    ['few rounds', { compare: ['self', 'self'], rounds: 7 }, /--rounds 7: from 8 to 200/],
    ['a cap below the rounds', { compare: ['self', 'self'], roundsMax: 9 }, /--rounds-max 9/],
    ['no A\\/A at all', { aa: 0 }, /--aa 0: from 1 to 1000/],
    ['A\\/A of two', { aa: 5, compare: ['self', 'self'] }, /goes without --compare/],
    ['a workload that is not there', { compare: ['self', 'self', 'nowhere'] }, /nowhere: no such file/],
    ['rounds of nothing', { rounds: 10 }, /--rounds: goes with --compare or --gate/],
    ['a reason of nothing', { because: 'why' }, /--because: goes with/],
    ['--no-aa of nothing', { aa: false }, /--no-aa: goes with --compare/],
    ['--duet of nothing', { duet: true }, /--duet: goes with --compare and --aa/],
    ['a gate in a duet', { gate: true, duet: true }, /--gate: goes without --duet/],
    [
      'a duet with a broker that runs',
      { compare: ['self', 'localhost:9092'], duet: true },
      /--duet compares processor time, which is not known/,
    ],
    ['two commands', { gate: true, compare: ['self', 'self'] }, /--gate: goes without --compare/],
    ['an anchor without a gate', { compare: ['self', 'self'], anchor: '.' }, /--anchor: goes with --gate/],
    ['a baseline without a reason', { gate: true, write: true }, /--because TEXT must say why/],
    ['a reason without a baseline', { gate: true, because: 'x' }, /only --write changes the baseline/],
    ['an anchor that runs', { gate: true, anchor: 'localhost:1' }, /--anchor: a folder is wanted/],
  ];
  test.each(wrong)('%s', async (_name, options, complaint) => {
    const { code, error } = await bench(options);
    expect(error).toMatch(complaint);
    expect(code).toBe(2);
  });
});

describe('--compare', () => {
  test('finds a slip, stores both comparisons, and says so', async () => {
    const measure = costs({ '+5%': 1.05 });
    const { code, output, error } = await bench({ compare: ['self', 'self+5%cpu'] }, measure);
    expect(code).toBe(0);
    expect(error).toContain('seed seed');
    expect(output).toMatch(/brokerCpuUsPerRecord +different, worse +1\.0[45]/);
    const { comparisons, command } = stored();
    expect(command).toBe('odradek bench --compare --seed seed');
    expect(comparisons.map(({ a, b, same }) => [a, b, same])).toEqual([
      ['self', 'self+5%cpu', false],
      ['self', 'self', true],
    ]);
  });

  test('without a control there is one comparison', async () => {
    await bench({ compare: ['self', 'self?log.segment.bytes=1048576'], aa: false }, costs({}));
    expect(stored().comparisons.map(({ b }) => b)).toEqual(['self?log.segment.bytes=1048576']);
  });

  test('in doubt it is neither good nor bad', async () => {
    let turn = 0;
    const measure = async (): Promise<Measures> => ({ brokerCpuUsPerRecord: ++turn % 3 === 0 ? 1 : 1.05 });
    const { code } = await bench({ compare: ['self', 'self+1%cpu'], rounds: 8, roundsMax: 8 }, measure);
    expect(code).toBe(3);
  });

  test('--against makes that broker B', async () => {
    const measure = costs({ localhost: 0.5 });
    const { code } = await bench({ against: 'localhost:9092', compare: true }, measure);
    expect(code).toBe(0);
    expect(stored().comparisons[0]).toMatchObject({ a: 'self', b: 'localhost:9092' });
  });

  test('a gap in a ledger ends it, and a broker that fails', async () => {
    const failing = (error: Error) => async (): Promise<Measures> => {
      throw error;
    };
    const compare = ['self', 'self+5%cpu'];
    expect((await bench({ compare }, failing(new GapError('a gap')))).code).toBe(1);
    const broken = await bench({ compare }, failing(new SessionError('it died')));
    expect(broken.code).toBe(1);
    expect(broken.output).toContain('ended early: it died');
    expect((await bench({ compare: ['self', '127.0.0.1:1'] }, failing(new SessionError('x')))).code).toBe(2);
    await expect(bench({ compare }, failing(new Error('a bug')))).rejects.toThrow('a bug');
  });
});

describe('--aa N', () => {
  test('counts comparisons with a false verdict, each of rounds of its own', async () => {
    const { code, output } = await bench({ aa: 3 }, costs({}));
    expect(code).toBe(0);
    expect(output).toContain('0 of 3 have a false verdict; at most 1 may');
    const { comparisons } = stored();
    expect(comparisons).toHaveLength(3);
    expect(comparisons.every(({ same, rounds }) => same && rounds.length === 10)).toBe(true);
    const ratios = comparisons.map(({ metrics }) => metrics.map((metric) => metric.ratios).join());
    expect(new Set(ratios).size).toBe(3);
  });

  test('a method that sees what is not there fails', async () => {
    const costly = costs({});
    const partial: NonNullable<Surroundings['measure']> = async (file, target, half) => {
      const { brokerCpuUsPerRecord } = await costly(file, target, half);
      return { brokerCpuUsPerRecord: (brokerCpuUsPerRecord as number) * (half === 'b' ? 1.05 : 1) };
    };
    const { code, output } = await bench({ aa: 2 }, partial);
    expect(code).toBe(1);
    expect(output).toContain('2 of 2 have a false verdict; at most 1 may');
    expect(output).toMatch(/brokerCpuUsPerRecord +2 different, 0 equivalent, 0 inconclusive/);
  });
});

describe('--gate', () => {
  const path = (): string => join(folder, 'baseline.jsonc');
  const gate = (more: BenchOptions, measure: Surroundings['measure']) =>
    bench({ gate: true, baseline: path(), ...more }, measure);
  const anchor = (): string => {
    const checkout = join(folder, 'anchor');
    mkdirSync(checkout, { recursive: true });
    writeFileSync(join(checkout, 'cli.ts'), '');
    return checkout;
  };

  test('without a baseline there is nothing to hold to', async () => {
    rmSync(path(), { force: true });
    const { code, error } = await gate({}, costs({}));
    expect(code).toBe(2);
    expect(error).toContain('is not there; --write makes it');
  });

  test('a baseline is written when asked to, with who and why; a pass leaves it alone', async () => {
    rmSync(path(), { force: true });
    expect((await gate({ write: true, because: 'the first release' }, costs({}))).code).toBe(0);
    const before = readFileSync(path(), 'utf8');
    expect(before).toMatch(/"because": "the first release"/);
    expect(before).toMatch(/^\/\/ What each workload may cost/);
    const passed = await gate({}, costs({ self: 1.01 }));
    expect(passed.output).toMatch(/passed .*writeCallsPerThousandRecords/);
    expect(passed.code).toBe(0);
    expect(readFileSync(path(), 'utf8')).toBe(before);

    await gate({ write: true, because: 'a better one' }, costs({ self: 0.5 }));
    const after = readFileSync(path(), 'utf8');
    expect(after).toMatch(/the first release[\s\S]*a better one/);
    expect(after.match(/What each workload may cost/g)).toHaveLength(1);
    writeFileSync(path(), before);
  });

  test('more counts for a record are a regression, with the evidence', async () => {
    const { code, output } = await gate({}, costs({ self: 1.05 }));
    expect(code).toBe(1);
    expect(output).toMatch(
      /REGRESSION +self against the baseline .*writeCallsPerThousandRecords different, worse 1\.050/,
    );
    const [comparison] = stored().comparisons;
    expect(comparison?.a).toMatch(/^baseline of .* by .*: the first release$/);
  });

  test('something where there was nothing is a regression too', async () => {
    const measure = async (): Promise<Measures> => ({ fsyncsPerThousandRecords: 2 });
    const { code, output } = await gate({}, measure);
    expect(code).toBe(1);
    expect(output).toContain('fsyncsPerThousandRecords was 0 in the baseline and is 2');
  });

  test('on another machine the counts are judged, and the processor time is refused', async () => {
    const before = readFileSync(path(), 'utf8');
    const { processor } = environmentOf(folder);
    writeFileSync(path(), before.replace(JSON.stringify(processor), '"another processor"'));
    const measure = async (): Promise<Measures> => ({
      brokerCpuUsPerRecord: 100,
      writeCallsPerThousandRecords: 30,
      fsyncsPerThousandRecords: 0,
    });
    const { code, output } = await gate({}, measure);
    expect(output).toContain(
      'stored processor time is refused, another machine: processor another processor there',
    );
    expect(code).toBe(0);
    writeFileSync(path(), before);
    expect((await gate({}, measure)).output).toMatch(
      /REGRESSION .*brokerCpuUsPerRecord different, worse 49\.99/,
    );
  });

  test('against an anchor, processor time by interleaved rounds', async () => {
    const slower = await gate({ anchor: anchor() }, costs({ anchor: 1 / 1.05 }));
    expect(slower.code).toBe(1);
    expect(slower.output).toMatch(
      /REGRESSION +self against anchor .*brokerCpuUsPerRecord different, worse 1\.0[45]/,
    );
    expect((await gate({ anchor: anchor() }, costs({}))).code).toBe(0);
    const faster = await gate({ anchor: anchor() }, costs({ anchor: 1.2 }));
    expect(faster.code).toBe(0);
  });

  test('in doubt it does not pass, and when nothing could be judged neither', async () => {
    const random = new SeededRandom('doubt');
    const measure = async (): Promise<Measures> => ({
      writeCallsPerThousandRecords: 30 * (1 + 0.2 * (random.fraction() - 0.5)),
    });
    expect((await gate({}, measure)).code).toBe(3);
    expect((await gate({}, async () => ({ p99Us: 1 }))).code).toBe(3);
  });

  test('a baseline with a mistake is named with line and column', async () => {
    const wrong = join(folder, 'wrong.jsonc');
    writeFileSync(wrong, '{\n  "format": "odradek-bench-baseline/9"\n}\n');
    const { code, error } = await bench({ gate: true, baseline: wrong });
    expect(code).toBe(2);
    expect(error).toContain(`${wrong}:2:13: format`);
  });
});
