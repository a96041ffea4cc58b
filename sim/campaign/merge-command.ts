// `report` with several folders: the stored runs of many machines become one, in a folder of its own.
// Worldly, because it is a command. Its exit code is that of the merged run: nobody else has given that
// verdict.

import { join } from 'node:path';
import { failure, success } from '../../engine/index.ts';
import { registries } from '../registries.ts';
import { ScenarioReader } from '../scenario/read.ts';
import { replayText } from '../seeds.ts';
import { freshFolder, prepareFolder } from '../store.ts';
import { realSurroundings, refused, type Surroundings } from '../surroundings.ts';
import { tellSuite } from '../words.ts';
import { annotationsOf, tellsGithub } from './annotations.ts';
import { generatedName } from './generate.ts';
import { generatedSummary } from './generated.ts';
import { merge } from './merge.ts';
import { readParts, storeMerged } from './parts.ts';

export interface MergeCommandOptions {
  readonly out?: string;
  readonly annotations?: string;
  readonly json?: boolean;
  /** Told where the merged run was stored, when it was. */
  readonly stored?: (folder: string) => void;
}

export function mergeCommand(
  folders: readonly string[],
  options: MergeCommandOptions,
  around: Surroundings = realSurroundings(),
): number {
  const github = tellsGithub(options.annotations, around.onGithub === true);
  if (!github.ok) return refused([github.error], around);
  const parts = readParts(folders);
  if (!parts.ok) return refused(parts.error, around);
  const path = options.out ?? freshFolder(new Date().toISOString());
  if (folders.some((folder) => join(folder, '.') === join(path, '.'))) {
    return refused([`--out ${path}: is one of the folders that are merged`], around);
  }
  const reader = new ScenarioReader(registries);
  const merged = merge(parts.value, {
    packed: around.packed,
    generatedFile: (seed) =>
      join(path, 'scenarios', `${`generated@${seed}`.replace(/[^\w.@-]/g, '_')}.jsonc`),
    expectationOf: ({ name, file, text }) => {
      if (name === generatedName) return success(generatedSummary.scenario);
      const read = reader.read(file, text);
      return read.ok ? read : failure(read.error.join('\n'));
    },
  });
  if (!merged.ok) return refused(merged.error, around);
  const prepared = prepareFolder(path);
  if (!prepared.ok) return refused([prepared.error], around);
  const replayOfShrunk = (file: string, seed: string) =>
    replayText({ file, seed, control: false }, around.packed);
  storeMerged(path, merged.value, parts.value, replayOfShrunk);
  const { suite } = merged.value;
  options.stored?.(path);
  const json = options.json === true;
  around.out(json ? JSON.stringify(suite, null, 1) : tellSuite(suite, path, []));
  if (github.value) for (const line of annotationsOf(suite)) (json ? around.error : around.out)(line);
  return suite.exitCode;
}
