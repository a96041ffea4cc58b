// What `bench --gate` does once its options are understood: rounds of the working tree, interleaved with those of a
// released anchor where one is given, and the judgement on them; or, with --write, a new baseline.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { readTarget, type Target } from '../programs/target.ts';
import type { Comparison, Environment } from '../result.ts';
import { SessionError } from '../session-error.ts';
import type { WorkloadFile } from '../workload.ts';
import { type Baseline, baselineText, machineOf, readBaseline } from './baseline.ts';
import { compareAll, compileCacheIn, exitCode, type Surroundings } from './command.ts';
import { againstAnchor, againstBaseline, findingsText, gateCode, gateExit, noFindings } from './gate.ts';
import { GapError, measureHalf } from './half-round.ts';
import { roundsDefault, roundsMax, roundsMin } from './looks.ts';
import { median } from './median.ts';
import { type Measures, metrics } from './metrics.ts';
import type { CompareSettings } from './settings.ts';

/** As the command line has them. */
export interface GateOptions {
  readonly gate?: boolean;
  readonly baseline?: string;
  readonly anchor?: string;
  readonly write?: boolean;
  readonly because?: string;
  readonly rounds?: number;
  readonly roundsMax?: number;
}

export interface GateSettings {
  readonly path: string;
  readonly baseline: Baseline | undefined;
  readonly anchor: Target | undefined;
  readonly self: Target;
  /** Why a new baseline is written; undefined: none is. */
  readonly because: string | undefined;
  readonly rounds: number;
  readonly roundsMax: number;
}

export type ReadGate =
  | { readonly ok: true; readonly value: GateSettings }
  | { readonly ok: false; readonly complaints: readonly string[] };

export function readGate(options: GateOptions, pathDefault: string): ReadGate {
  const complaints: string[] = [];
  const path = options.baseline ?? pathDefault;
  const because = options.because?.trim();
  if (options.write === true && !because) complaints.push('--write: --because TEXT must say why');
  if (options.because !== undefined && options.write !== true)
    complaints.push('--because: only --write changes the baseline');
  if (options.write === true && options.anchor !== undefined)
    complaints.push('--anchor: a baseline is written from the working tree alone');
  const baseline = baselineAt(path, options, complaints);
  const self = readTarget('self');
  const anchor = options.anchor === undefined ? undefined : readTarget(options.anchor);
  if (anchor?.ok === false) complaints.push(`--anchor ${anchor.complaint}`);
  if (anchor?.ok && anchor.value.kind === 'address')
    complaints.push('--anchor: a folder is wanted, the processor time of a running broker is not known');
  const rounds = options.rounds ?? roundsDefault;
  const most = options.roundsMax ?? Math.min(roundsMax, 4 * rounds);
  if (rounds < roundsMin || most < rounds || most > roundsMax)
    complaints.push(`--rounds ${rounds}, --rounds-max ${most}: from ${roundsMin} to ${roundsMax}, rising`);
  if (!self.ok) complaints.push(self.complaint);
  if (complaints.length > 0 || !self.ok) return { ok: false, complaints };
  return {
    ok: true,
    value: {
      path,
      baseline,
      anchor: anchor?.ok ? anchor.value : undefined,
      self: self.value,
      because: options.write === true ? because : undefined,
      rounds,
      roundsMax: most,
    },
  };
}

function baselineAt(
  path: string,
  { baseline, anchor, write }: GateOptions,
  complaints: string[],
): Baseline | undefined {
  if (!existsSync(path)) {
    if (write === true || (anchor !== undefined && baseline === undefined)) return undefined;
    complaints.push(
      `${baseline === undefined ? 'no baseline' : '--baseline'}: ${path} is not there; --write makes it`,
    );
    return undefined;
  }
  const read = readBaseline(path, readFileSync(path, 'utf8'));
  if (read.ok) return read.value;
  complaints.push(...read.complaints);
  return undefined;
}

export interface Gated {
  readonly comparisons: Comparison[];
  readonly code: number;
  readonly lines: string[];
}

export async function gateAll(
  files: readonly WorkloadFile[],
  settings: GateSettings,
  surroundings: Surroundings & { readonly environment: Environment },
): Promise<Gated> {
  const { self, anchor, baseline, because, rounds } = settings;
  const here = machineOf(surroundings.environment);
  const findings = noFindings();
  const comparisons: Comparison[] = [];
  const written: Baseline['workloads'] = {};
  for (const file of files) {
    let measured: Measures[];
    if (anchor === undefined) {
      const own = await ownRounds(file, self, rounds, surroundings);
      if ('code' in own) return { comparisons, code: own.code, lines: [own.because] };
      measured = own.measured;
    } else {
      const sides: CompareSettings = { ...settings, a: anchor, b: self, control: true, duet: false };
      const result = await compareAll([file], sides, surroundings);
      comparisons.push(...result.comparisons);
      if (result.lines.length > 0) return { comparisons, code: result.code, lines: result.lines };
      againstAnchor(result.comparisons, findings);
      measured = (result.comparisons[0]?.rounds ?? []).map(({ b }) => b);
    }
    if (because !== undefined) written[file.name] = storedOf(measured);
    else if (baseline !== undefined) {
      const { seed } = surroundings;
      const comparison = againstBaseline(file.name, baseline, here, measured, seed, findings);
      if (comparison !== undefined) comparisons.push(comparison);
    }
  }
  if (because !== undefined) return { comparisons, ...write(settings, because, written, surroundings) };
  return { comparisons, code: gateCode(findings), lines: findingsText(findings) };
}

type OwnRounds = { measured: Measures[] } | { code: number; because: string };

async function ownRounds(
  file: WorkloadFile,
  self: Target,
  rounds: number,
  { measure, interrupted, seed, folder, progress }: Surroundings,
): Promise<OwnRounds> {
  const measured: Measures[] = [];
  const interrupt = interrupted.then((because) => ({ code: exitCode.interrupted, because }));
  while (measured.length < rounds) {
    try {
      const half =
        measure?.(file, self, 'b') ??
        measureHalf(file, self, { seed, folder, compileCache: compileCacheIn(folder), progress });
      const one = await Promise.race([half.then((measures) => ({ measures })), interrupt]);
      if ('code' in one) return one;
      measured.push(one.measures);
    } catch (error) {
      if (!(error instanceof GapError || error instanceof SessionError)) throw error;
      return { code: gateExit.regression, because: error.message };
    }
    progress.step(`round ${measured.length} of ${rounds}`);
  }
  return { measured };
}

/** The medians; what could not be measured is left out, and then not judged. */
function storedOf(measured: readonly Measures[]): Baseline['workloads'][string] {
  const of = (kind: 'count' | 'processor'): Record<string, number> =>
    Object.fromEntries(
      metrics
        .filter((metric) => metric.kind === kind)
        .flatMap(({ name }): [string, number][] => {
          const values = measured.flatMap((measures) => measures[name] ?? []);
          return values.length === measured.length ? [[name, median(values)]] : [];
        }),
    );
  return { counts: of('count'), processor: of('processor') };
}

/** Workloads that were not measured now keep what they had, unless the machine is another one. */
function write(
  { path, baseline }: GateSettings,
  because: string,
  workloads: Baseline['workloads'],
  { environment }: { environment: Environment },
): { code: number; lines: string[] } {
  const machine = machineOf(environment);
  const kept = Object.entries(baseline?.workloads ?? {}).filter(([name]) => workloads[name] === undefined);
  const moved = baseline !== undefined && JSON.stringify(baseline.machine) !== JSON.stringify(machine);
  const change = {
    at: new Date().toISOString(),
    by: userInfo().username,
    because,
    commit: environment.commit,
  };
  const next: Baseline = {
    format: 'odradek-bench-baseline/1',
    changes: [...(baseline?.changes ?? []), change],
    machine,
    workloads: {
      ...Object.fromEntries(kept.map(([name, of]) => [name, moved ? { ...of, processor: {} } : of])),
      ...workloads,
    },
  };
  writeFileSync(path, baselineText(next, existsSync(path) ? readFileSync(path, 'utf8') : undefined));
  const names = Object.keys(workloads).join(', ');
  return { code: gateExit.passed, lines: [`${path}: ${names} set anew by ${change.by}, because ${because}`] };
}
