// The programs in C that the bench brings along, where Node would be the limit: compiled when first used, into a folder
// of the user's own under the system's temporary one, under a name made of the source. A changed source is another
// program.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from './environment.ts';

const flags = ['-O2', '-Wall', '-Wextra'];

export interface CProgram {
  /** What it is called in sentences: "the generator librdkafka". */
  readonly name: string;
  /** From the root of the project. */
  readonly source: string;
  /** As the compiler wants them: -lrdkafka. */
  readonly libraries: readonly string[];
  /** A header that may be missing, as it is included. */
  readonly header?: string;
  /** What is to be installed where it cannot be compiled: "on Debian it comes with the package gcc". */
  readonly packages: string;
}

/** Why a program cannot be had here, in a sentence for the user. */
export class NotCompiled extends Error {}

/** What keeps it from being compiled here; undefined when it was compiled before, or can be. */
export function missingFor(program: CProgram): string | undefined {
  const { name, header, packages } = program;
  if (existsSync(pathOf(program))) return undefined;
  if (spawnSync('cc', ['--version'], { stdio: 'ignore' }).status !== 0) {
    return `${name} needs a C compiler, and there is no cc: ${packages}`;
  }
  if (header === undefined) return undefined;
  const preprocessed = spawnSync('cc', ['-E', '-x', 'c', '-'], {
    input: `#include <${header}>\n`,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  if (preprocessed.status === 0) return undefined;
  return `${name} needs the header ${header}, which cc does not find: ${packages}`;
}

/** The path of the program, compiled if need be. Throws `NotCompiled`. */
export function compiled(program: CProgram): string {
  const missing = missingFor(program);
  if (missing !== undefined) throw new NotCompiled(missing);
  const path = pathOf(program);
  const folder = cacheFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const about = lstatSync(folder);
  // Others can write where temporary files go: a program in a folder that is not ours would be theirs.
  if (!about.isDirectory() || about.uid !== process.getuid?.() || (about.mode & 0o022) !== 0) {
    throw new NotCompiled(`${folder} is not a folder that only this user can write to`);
  }
  if (existsSync(path)) return path;
  // Two benchmarks may begin at once: each compiles its own, and the last name given is as good as the first.
  const fresh = `${path}-${process.pid}`;
  try {
    execFileSync('cc', [...flags, '-o', fresh, sourceOf(program), ...program.libraries], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? error).slice(0, 1000);
    throw new NotCompiled(`${program.name} cannot be compiled (${program.packages}):\n${said}`);
  }
  renameSync(fresh, path);
  return path;
}

function sourceOf({ source }: CProgram): string {
  return join(projectRoot(), source);
}

function cacheFolder(): string {
  return join(tmpdir(), `odradek-bench-${process.getuid?.() ?? 'nobody'}`);
}

function pathOf(program: CProgram): string {
  const words = [...flags, ...program.libraries].join(' ');
  const hash = createHash('sha256')
    .update(readFileSync(sourceOf(program)))
    .update(words)
    .digest('hex');
  const name = (program.source.split('/').at(-1) ?? 'program').replace(/\.c$/, '');
  return join(cacheFolder(), `${name}-${hash.slice(0, 16)}`);
}
