// The machine and the software of a run, as far as they can be asked without special rights.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from './result.ts';

export function environmentOf(dataDir: string): Environment {
  const root = projectRoot();
  return {
    node: process.version,
    platform: `${os.platform()} ${os.arch()}`,
    kernel: os.release(),
    processor: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    disk: diskOf(dataDir),
    commit: commitOf(root),
    version: packageVersion(),
  };
}

export function packageVersion(): string {
  return JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')).version;
}

/** The folder with package.json: one above this room, two above when compiled to dist/. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** Of the repository whose top is `root`; null without one. */
export function commitOf(root: string): string | null {
  try {
    const git = (...words: string[]): string =>
      execFileSync('git', ['-C', root, ...words], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    // An installed package may lie inside of somebody else's repository.
    if (resolve(git('rev-parse', '--show-toplevel')) !== resolve(root)) return null;
    const dirty = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '-dirty';
    return git('rev-parse', 'HEAD') + dirty;
  } catch {
    return null;
  }
}

/** The mount that holds `path`: the longest mount point that is a prefix of it. */
function diskOf(path: string): string | null {
  try {
    return mountOf(readFileSync('/proc/mounts', 'utf8'), resolve(path));
  } catch {
    return null;
  }
}

/** Exported for its test. */
export function mountOf(mounts: string, path: string): string | null {
  let best: { point: string; text: string } | undefined;
  for (const line of mounts.split('\n')) {
    const [device, point, type] = line.split(' ');
    if (device === undefined || point === undefined || type === undefined) continue;
    const below = point === '/' || path === point || path.startsWith(`${point}/`);
    // Of two mounts at one point the later one is on top.
    if (below && point.length >= (best?.point.length ?? 0)) best = { point, text: `${type} (${device})` };
  }
  return best?.text ?? null;
}
