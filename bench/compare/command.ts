// What `bench --compare` and `bench --aa` do once their options are understood: suites of rounds, a progress line for
// each, and what there is to store. SIGINT ends a suite early, and what was measured is stored all the same.

import { join, resolve } from 'node:path';
import type { Target } from '../programs/target.ts';
import type { Progress } from '../progress.ts';
import type { Comparison } from '../result.ts';
import { SessionError } from '../session-error.ts';
import type { WorkloadFile } from '../workload.ts';
import { falseAlarms } from './comparing.ts';
import { GapError, measureHalf } from './half-round.ts';
import { deciding, type Measures } from './metrics.ts';
import type { Half } from './order.ts';
import type { CompareSettings } from './settings.ts';
import { runSuite, type SuiteOptions, type SuiteResult } from './suite.ts';
import { verdicts } from './verdict.ts';

export const exitCode = { ok: 0, failed: 1, input: 2, inconclusive: 3, interrupted: 130 } as const;

/** Beside the data of the brokers, and removed with them at the end (`main.ts`). */
export function compileCacheIn(folder: string): string {
  return resolve(folder, 'compile-cache');
}

/** Where halves that run at the same time have their data, apart from each other; removed at the end as well. */
export function duetFolderIn(folder: string): string {
  return join(folder, 'duet');
}

export interface Surroundings {
  readonly seed: string;
  readonly folder: string;
  readonly progress: Progress;
  /** Settles at a signal, with its name. */
  readonly interrupted: Promise<string>;
  /** Tests hand in numbers instead of running brokers. */
  readonly measure?: (file: WorkloadFile, target: Target, half: Half) => Promise<Measures>;
}

export interface Compared {
  readonly comparisons: Comparison[];
  readonly code: number;
  /** For the terminal, above the comparisons. */
  readonly lines: string[];
}

/** Compares two targets in each workload. */
export async function compareAll(
  files: readonly WorkloadFile[],
  settings: CompareSettings,
  surroundings: Surroundings,
): Promise<Compared> {
  const comparisons: Comparison[] = [];
  const lines: string[] = [];
  for (const file of files) {
    const result = await suiteOf(file, settings, surroundings, {
      seed: surroundings.seed,
      control: settings.control,
      warmUp: true,
    });
    comparisons.push(...result.comparisons);
    if (result.endedBecause !== null) {
      lines.push(`${file.name}: ended early: ${result.endedBecause}`);
      return { comparisons, code: codeOfEnd(result, settings), lines };
    }
  }
  return { comparisons, code: codeOf(comparisons), lines };
}

/** So many comparisons of A with itself, each with rounds of its own; how many said that it differs. */
export async function compareWithItself(
  file: WorkloadFile,
  settings: CompareSettings & { readonly count: number },
  surroundings: Surroundings,
): Promise<Compared> {
  const { count, a } = settings;
  const comparisons: Comparison[] = [];
  const end = (code: number, lines: string[]): Compared => ({
    comparisons,
    code,
    lines: [...tally(comparisons), ...lines],
  });
  for (let done = 0; done < count; done++) {
    const seed = `${surroundings.seed}/aa-${done}`;
    // The caches are warm after the first one.
    const how = { seed, control: false, warmUp: done === 0 };
    const result = await suiteOf(file, { ...settings, b: a }, surroundings, how);
    if (result.endedBecause !== null) {
      // A comparison that was broken off is none.
      return end(codeOfEnd(result, settings), [`ended early: ${result.endedBecause}`]);
    }
    comparisons.push(...result.comparisons);
    const alarms = comparisons.filter((one) => falseAlarms(one).length > 0).length;
    surroundings.progress.step(`A/A ${done + 1} of ${count}: ${alarms} with a false verdict so far`);
  }
  const alarms = comparisons.filter((one) => falseAlarms(one).length > 0).length;
  const allowed = Math.ceil(count / 50);
  const verdict = `${alarms} of ${count} have a false verdict; at most ${allowed} may`;
  return end(alarms <= allowed ? exitCode.ok : exitCode.failed, [verdict]);
}

/** How often each metric cried wolf, and how often it could vouch for being the same. */
function tally(comparisons: readonly Comparison[]): string[] {
  const names = comparisons[0]?.metrics.map(({ name }) => name) ?? [];
  return names.flatMap((name) => {
    const of = comparisons.flatMap(({ metrics }) => metrics.filter((metric) => metric.name === name));
    if (of.every(({ ratios }) => ratios.length === 0)) return [];
    const counts = verdicts.map(
      (verdict) => `${of.filter((metric) => metric.verdict === verdict).length} ${verdict}`,
    );
    return [`  ${name.padEnd(28)} ${counts.join(', ')}`];
  });
}

async function suiteOf(
  file: WorkloadFile,
  settings: CompareSettings,
  surroundings: Surroundings,
  { seed, control, warmUp }: { seed: string; control: boolean; warmUp: boolean },
): Promise<SuiteResult> {
  const { a, b, rounds, roundsMax, duet } = settings;
  const { progress, folder } = surroundings;
  const measure =
    surroundings.measure ??
    ((asked: WorkloadFile, target: Target, half: Half) => {
      const compileCache = compileCacheIn(folder);
      const own = duet ? join(duetFolderIn(folder), half) : folder;
      return measureHalf(asked, target, { seed: surroundings.seed, folder: own, compileCache, progress });
    });
  const options: SuiteOptions = {
    workload: file.name,
    a: a.label,
    b: b.label,
    same: a.label === b.label,
    seed,
    rounds,
    roundsMax,
    control,
    duet,
    warmUp,
    measure: (half) => measure(file, half === 'b' ? b : a, half),
    interrupted: surroundings.interrupted,
    onRound: (done, of) => progress.step(`round ${done} of ${of}${of < roundsMax ? ' or more' : ''}`),
  };
  return await runSuite(options);
}

/** Of a suite that ended early. What is thrown and nobody's fault but ours goes on being thrown. */
function codeOfEnd({ error }: SuiteResult, { a, b }: CompareSettings): number {
  if (error === undefined) return exitCode.interrupted;
  if (error instanceof GapError) return exitCode.failed;
  if (!(error instanceof SessionError)) throw error;
  return a.kind === 'address' || b.kind === 'address' ? exitCode.input : exitCode.failed;
}

function codeOf(comparisons: readonly Comparison[]): number {
  const decided = comparisons.every((comparison) => {
    if (comparison.voidBecause !== null) return false;
    const known = comparison.metrics.find(({ name, ratios }) => deciding.includes(name) && ratios.length > 0);
    // A control need not vouch for being the same: it is asked whether it differs.
    return comparison.same || (known !== undefined && known.verdict !== 'inconclusive');
  });
  return decided ? exitCode.ok : exitCode.inconclusive;
}
