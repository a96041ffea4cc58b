// What the command is asked to run: workloads as they are, the knee of each, or the points of a sweep. Everything is
// read and checked before anything runs, and everything that is wrong is told at once.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './environment.ts';
import { missingOf } from './generators/commands.ts';
import { noKneeIn } from './knee/knee.ts';
import { type Objective, objectiveDefault, readObjective } from './knee/objective.ts';
import { readSweep, type SweepFile } from './sweeps/sweep.ts';
import { type GeneratorName, generatorNames, readWorkload, type WorkloadFile } from './workload.ts';

/** What runs when nothing is named: one of each kind, together less than a minute. */
const canonical = [
  'produce-1topic-4p-1kb-acks-all-closed',
  'produce-1topic-4p-1kb-acks-all-fsync-closed',
  'produce-1topic-4p-1kb-acks-all-open-20k',
  'consume-1topic-4p-1kb',
  'end-to-end-1topic-4p-1kb-open-5k',
];

export interface Asked {
  /** None when a sweep is asked for. */
  readonly workloads: readonly WorkloadFile[];
  /** There when the knee of each workload is asked for. */
  readonly objective: Objective | undefined;
  readonly sweep: SweepFile | undefined;
  readonly complaints: readonly string[];
}

export interface AskedOptions {
  /** Makes the load instead of the generator that the workloads name. */
  readonly generator?: string;
  readonly knee?: boolean;
  readonly objective?: string;
  readonly sweep?: string;
}

export function readAsked(named: readonly string[], options: AskedOptions): Asked {
  if (options.sweep !== undefined) return readAskedSweep(options.sweep, named, options);
  const { workloads, complaints } = readWorkloads(named, canonical, options.generator);
  if (options.knee !== true) {
    if (options.objective !== undefined) complaints.push('--objective belongs to --knee');
    return { workloads, objective: undefined, sweep: undefined, complaints };
  }
  const objective = readObjective(options.objective ?? objectiveDefault);
  if (!objective.ok) complaints.push(`--objective ${options.objective}: ${objective.complaint}`);
  if (named.length === 0) complaints.push('--knee wants a workload to be named');
  else complaints.push(...workloads.flatMap((file) => noKneeIn(file) ?? []));
  return { workloads, objective: objective.ok ? objective.value : undefined, sweep: undefined, complaints };
}

function readAskedSweep(named: string, workloads: readonly string[], options: AskedOptions): Asked {
  const complaints: string[] = [];
  if (workloads.length > 0) complaints.push('--sweep names the workload itself: no other can be named');
  if (options.knee === true || options.objective !== undefined)
    complaints.push('--sweep and --knee are two commands');
  const builtIn = join(projectRoot(), 'bench', 'sweeps', `${named.replace(/\.jsonc$/, '')}.jsonc`);
  const path = existsSync(named) && statSync(named).isFile() ? named : builtIn;
  if (!existsSync(path)) {
    complaints.push(`--sweep ${named}: no such file or built-in sweep`);
    return { workloads: [], objective: undefined, sweep: undefined, complaints };
  }
  const read = readSweep(
    path === builtIn ? `${named.replace(/\.jsonc$/, '')}.jsonc` : path,
    readFileSync(path, 'utf8'),
  );
  if (!read.ok) complaints.push(...read.complaints);
  return { workloads: [], objective: undefined, sweep: read.ok ? read.value : undefined, complaints };
}

/** What is not our process cannot be killed or stopped by us. */
export function faultsElsewhere({ workloads, sweep }: Asked): string[] {
  return [...workloads, ...(sweep?.points ?? []).map(({ file }) => file)]
    .filter(({ workload }) => workload.faults.length > 0)
    .map(
      ({ name }) =>
        `${name}: faults are put on a broker that is started for them, not on one that runs already`,
    );
}

/** As it is stored: without the paths of a machine. */
export function commandOf(objective: Objective | undefined, sweep: SweepFile | undefined): string {
  if (sweep !== undefined) return `odradek bench --sweep ${sweep.name}`;
  if (objective === undefined) return 'odradek bench';
  return `odradek bench --knee --objective 'p${objective.percentile}<${objective.latencyMs}ms'`;
}

interface WorkloadFiles {
  readonly workloads: WorkloadFile[];
  readonly complaints: string[];
}

/** Files, folders, or names of the built-in ones; `ifNone` when none is named. */
export function readWorkloads(
  named: readonly string[],
  ifNone: readonly string[],
  generator?: string,
): WorkloadFiles {
  const workloads: WorkloadFile[] = [];
  const complaints: string[] = [];
  if (generator !== undefined && !isGenerator(generator)) {
    complaints.push(`--generator ${generator}: one of ${generatorNames.join(', ')} is wanted`);
    return { workloads, complaints };
  }
  for (const path of named.length === 0 ? ifNone.map(builtInPath) : named.flatMap(pathsOf)) {
    if (!existsSync(path)) {
      complaints.push(`${path}: no such file, folder or built-in workload`);
      continue;
    }
    const read = readWorkload(path, readFileSync(path, 'utf8'), generator);
    if (read.ok) workloads.push(read.value);
    else complaints.push(...read.complaints);
  }
  for (const name of new Set(workloads.map(({ workload }) => workload.generator))) {
    const missing = missingOf(name);
    if (missing !== undefined) complaints.push(missing);
  }
  if (complaints.length === 0 && workloads.length === 0) complaints.push('there is no workload in there');
  return { workloads, complaints };
}

function isGenerator(name: string): name is GeneratorName {
  return generatorNames.some((known) => known === name);
}

function pathsOf(named: string): string[] {
  if (!existsSync(named)) {
    const builtIn = builtInPath(named.replace(/\.jsonc$/, ''));
    return existsSync(builtIn) ? [builtIn] : [named];
  }
  if (!statSync(named).isDirectory()) return [named];
  return readdirSync(named)
    .filter((name) => name.endsWith('.jsonc'))
    .sort()
    .map((name) => join(named, name));
}

function builtInPath(name: string): string {
  return join(projectRoot(), 'bench', 'workloads', `${name}.jsonc`);
}
