// The lock on a data directory: a file `.lock`, the name that Kafka uses, so that two brokers never share a log. Node
// cannot ask the system for a file lock, so the file names its owner, a process and the moment of its start, and a
// lock whose owner is gone is taken over.
//
// Not seen: a broker of another machine, or of another container, on the same directory over a shared volume.

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure, type Outcome, success } from '../base/outcome.ts';

/** Others that give way at the same moment may be in between; more often than this nobody is. */
const attemptsMax = 3;

/** Takes the lock; the value gives it back. The error is a sentence for people. */
export function lockDirectory(directory: string): Outcome<() => void, string> {
  const path = join(directory, '.lock');
  const mine = ownerText(process.pid);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, mine);
  try {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      // A link appears with its content, or not at all: nobody reads a lock that is half written.
      if (tryLink(draft, path)) return success(() => release(path, mine));
      const found = contentOf(path);
      if (found === undefined) continue;
      if (isAlive(found)) return failure(inUse(directory, found));
      const aside = `${path}.stale.${process.pid}`;
      renameSync(path, aside);
      const moved = contentOf(aside);
      // Between look and rename another broker may have taken over: give it back its lock.
      if (moved !== found) tryLink(aside, path);
      rmSync(aside, { force: true });
    }
    return failure(inUse(directory, contentOf(path) ?? 'unknown'));
  } finally {
    rmSync(draft, { force: true });
  }
}

function inUse(directory: string, owner: string): string {
  return `the data directory ${directory} is in use by another broker (process ${owner.split(' ')[0]})`;
}

function release(path: string, mine: string): void {
  if (contentOf(path) === mine) rmSync(path, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Process and start: after a restart of a container the same number is another process. */
function ownerText(pid: number): string {
  return `${pid} ${statusOf(pid)?.start ?? '-'}`;
}

function isAlive(owner: string): boolean {
  const [pidText, start] = owner.trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
  }
  const now = statusOf(pid);
  if (now === undefined) return true;
  // A zombie holds no file any more: its parent has only not asked for its exit code yet.
  if (now.state === 'Z' || now.state === 'X') return false;
  return start === undefined || start === '-' || now.start === start;
}

/** State letter, and start in ticks since the boot of the machine; undefined where the system does not tell. */
function statusOf(pid: number): { state: string | undefined; start: string | undefined } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program, in brackets, may hold blanks and brackets: count the fields behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], start: fields[19] };
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
