// What a command line of `sim` asks for, checked before anything runs: which scenarios, which seeds, how many
// threads. Worldly, because the scenarios may be those of the folder one stands in, or those that came with
// the program.

import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MarkPromise } from './marks/promise.ts';
import { registries } from './registries.ts';
import { ScenarioReader } from './scenario/read.ts';
import { readShard, type Shard, seedsMax } from './seeds.ts';
import { loadMarkPromise, loadScenarios } from './store.ts';
import type { LoadedScenario } from './suite.ts';

/** More threads than this do not help: a run is one thread's work. */
export const workersMax = 512;
const seedCharactersMax = 200;

/** What every command that runs scenarios under seeds may be asked. */
export interface SuiteOptions {
  readonly seeds?: number;
  readonly seed?: string;
  readonly workers?: number;
  readonly shard?: string;
  readonly out?: string;
  /** Told where the run was stored, when it was. */
  readonly stored?: (folder: string) => void;
  readonly json?: boolean;
}

export interface Asked {
  readonly first: string;
  readonly count: number | undefined;
  readonly shard: Shard;
  readonly workers: number;
  readonly scenarios: readonly LoadedScenario[];
  /** What the folder promises of its marks. */
  readonly promise: MarkPromise | undefined;
}

/** Everything that is wrong with what was asked for comes at once. */
export function checked(
  paths: readonly string[],
  options: { first: string; count: number | undefined; shard: string | undefined; workers: number },
): Asked | string[] {
  const { first, count, workers } = options;
  const complaints: string[] = [];
  if (first === '' || first.length > seedCharactersMax)
    complaints.push(`--seed: 1 to ${seedCharactersMax} characters`);
  if (count !== undefined && (count < 1 || count > seedsMax)) complaints.push(`--seeds: 1 to ${seedsMax}`);
  if (workers < 1 || workers > workersMax) complaints.push(`--workers: 1 to ${workersMax}`);
  const shard = readShard(options.shard ?? '1/1');
  if (!shard.ok) complaints.push(`--shard: ${shard.error}`);
  else if (count !== undefined && count >= 1 && shard.value.index > count) {
    complaints.push(`--shard: ${options.shard} of ${count} seeds is empty`);
  }
  const loaded = loadScenarios(paths, new ScenarioReader(registries));
  const promise = loadMarkPromise(paths);
  for (const one of [loaded, promise]) if (!one.ok) complaints.push(...one.error);
  if (complaints.length > 0 || !loaded.ok || !promise.ok || !shard.ok) return complaints;
  return { first, count, shard: shard.value, workers, scenarios: loaded.value, promise: promise.value };
}

/** The scenarios of the folder one stands in, else those that came with the program. */
export function ownScenarios(): string {
  if (existsSync('scenarios')) return 'scenarios';
  const up = import.meta.url.endsWith('.ts') ? '../scenarios' : '../../scenarios';
  return relative('.', fileURLToPath(new URL(up, import.meta.url)));
}
