// Odradek as it is in a checkout, a build or an installed package: `serve`, in a process of its own.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readyLine } from '../processes.ts';
import type { BrokerProgram } from './broker-program.ts';

export interface OdradekProgram {
  readonly commandLine: string;
  /** How Node is told to start it. */
  readonly nodeWords: readonly string[];
  /** Beside the environment of this process. */
  readonly environment: Readonly<Record<string, string>>;
}

export function odradekProgram(program: Partial<OdradekProgram> = {}): BrokerProgram {
  const { commandLine = commandLinePath(), nodeWords = [], environment = {} } = program;
  return {
    async spawn({ dataDir, port, properties }) {
      const words = [
        'serve',
        '--listen',
        `127.0.0.1:${port}`,
        '--data',
        dataDir,
        '--json',
        '--log-level',
        'silent',
      ];
      for (const [name, value] of Object.entries(properties)) words.push('--override', `${name}=${value}`);
      // The channel is for counts; and by its end the broker notices that nobody is there any more.
      const child = spawn(process.execPath, [...nodeWords, commandLine, ...words], {
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: { ...process.env, ...environment },
      });
      return { child, ready: readyLine(child, 'the broker') };
    },
  };
}

/** `cli.ts` beside this room, or `cli.js` when both are compiled. */
export function commandLinePath(): string {
  const here = fileURLToPath(import.meta.url);
  return join(here, '..', '..', '..', here.endsWith('.ts') ? 'cli.ts' : 'cli.js');
}
