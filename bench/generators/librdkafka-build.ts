// The generator over librdkafka is a C program of ours: compiled on first use, into a folder of the user's own under
// the system's temporary one, under a name made of its source. A changed source is another program.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../environment.ts';
import { GeneratorError } from './load.ts';

const packages = 'on Debian it comes with the packages gcc and librdkafka-dev';
const flags = ['-O2', '-Wall', '-Wextra'];
const libraries = ['-lrdkafka', '-lpthread'];

/** What keeps it from being compiled here; undefined when it was compiled before, or can be. */
export function librdkafkaMissing(): string | undefined {
  if (existsSync(programPath())) return undefined;
  if (spawnSync('cc', ['--version'], { stdio: 'ignore' }).status !== 0) {
    return `the generator librdkafka needs a C compiler, and there is no cc: ${packages}`;
  }
  const probe = '#include <librdkafka/rdkafka.h>\n';
  const preprocessed = spawnSync('cc', ['-E', '-x', 'c', '-'], {
    input: probe,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  if (preprocessed.status !== 0) {
    return `the generator librdkafka needs the header librdkafka/rdkafka.h, which cc does not find: ${packages}`;
  }
  return undefined;
}

/** The path of the program, compiled if need be. */
export function librdkafkaProgram(): string {
  const missing = librdkafkaMissing();
  if (missing !== undefined) throw new GeneratorError(missing);
  const path = programPath();
  const folder = cacheFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const about = lstatSync(folder);
  // Others can write where temporary files go: a program in a folder that is not ours would be theirs.
  if (!about.isDirectory() || about.uid !== process.getuid?.() || (about.mode & 0o022) !== 0) {
    throw new GeneratorError(`${folder} is not a folder that only this user can write to`);
  }
  if (existsSync(path)) return path;
  // Two benchmarks may begin at once: each compiles its own, and the last name given is as good as the first.
  const fresh = `${path}-${process.pid}`;
  try {
    execFileSync('cc', [...flags, '-o', fresh, sourcePath(), ...libraries], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? error).slice(0, 1000);
    throw new GeneratorError(`the generator librdkafka cannot be compiled (${packages}):\n${said}`);
  }
  renameSync(fresh, path);
  return path;
}

function sourcePath(): string {
  return join(projectRoot(), 'bench', 'generators', 'librdkafka.c');
}

function cacheFolder(): string {
  return join(tmpdir(), `odradek-generators-${process.getuid?.() ?? 'nobody'}`);
}

function programPath(): string {
  const words = [...flags, ...libraries].join(' ');
  const name = createHash('sha256')
    .update(readFileSync(sourcePath()))
    .update(words)
    .digest('hex')
    .slice(0, 16);
  return join(cacheFolder(), `librdkafka-${name}`);
}
