// The fault `slow-disk`: starts the antagonist beside the broker and tells when it really wrote, and how much.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Whatever the disk can do, it is not written to for ever. */
const bytesMax = 16 * 2 ** 30;
/** How much longer than asked a write that hangs may take. */
const overtimeMs = 10_000;

export interface SlowedDisk {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly bytes: number;
  readonly syncs: number;
}

/** Times by the monotonic clock. `started` is given the process, so that whoever gives up can end it. */
export async function slowDisk(
  path: string,
  forMs: number,
  started: (child: ChildProcess) => void,
): Promise<SlowedDisk> {
  mkdirSync(dirname(path), { recursive: true });
  const words = [antagonistPath(), path, String(forMs), String(bytesMax)];
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  started(child);
  const force = setTimeout(() => child.kill('SIGKILL'), forMs + overtimeMs);
  let fromMs: number | undefined;
  let written: { bytes: number; syncs: number } | undefined;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const told = JSON.parse(line);
    if (told.begins === true) fromMs = performance.now();
    else written = told;
  });
  try {
    const how = await new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    if (fromMs === undefined || written === undefined) throw new Error(`the other writer: ${how}`);
    return { fromMs, untilMs: performance.now(), ...written };
  } finally {
    clearTimeout(force);
  }
}

/** `antagonist.ts` beside this file, or `antagonist.js` when both are compiled. */
function antagonistPath(): string {
  const here = fileURLToPath(import.meta.url);
  return join(here, '..', here.endsWith('.ts') ? 'antagonist.ts' : 'antagonist.js');
}
