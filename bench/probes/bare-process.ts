// The bare probe's process, from its start to its end.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Address } from '../../engine/index.ts';
import { endOf, readyLine } from '../processes.ts';
import type { BareFsync } from './bare-turn.ts';

export interface BareProcess {
  readonly address: Address;
  readonly processId: number;
  /** Settles when it ends, asked to or not, with how. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

export async function startBareProcess(
  folder: string,
  partitions: number,
  fsync: BareFsync,
): Promise<BareProcess> {
  const program = fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? './bare-main.ts' : './bare-main.js', import.meta.url),
  );
  const policy = typeof fsync === 'string' ? fsync : `every:${fsync.everyMs}`;
  const words = ['--folder', folder, '--partitions', String(partitions), '--fsync', policy];
  // By its channel it notices when nobody is there any more to end it.
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const ended = endOf(child);
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.prependOnceListener('exit', kill);
  void ended.then(() => process.off('exit', kill));
  const stop = async (): Promise<void> => {
    kill();
    await ended;
  };
  const died = ended.then((how) => Promise.reject(new Error(`the bare probe did not start: ${how}`)));
  try {
    const address = await Promise.race([readyLine(child, 'the bare probe'), died]);
    return { address, processId: child.pid as number, ended, stop };
  } catch (error) {
    kill();
    throw error;
  }
}
