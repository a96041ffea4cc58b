// Runs a command that must not outlive whoever asked for it, and that would not notice by itself:
//
//   node tied-process.ts FOLDER COMMAND PARAMETER ...
//
// When standard input ends, as it does when the asker is gone for whatever reason, or at a signal, the command is
// killed and its folder removed. A command that ends by itself leaves the folder, and its exit code is ours.

import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import process from 'node:process';

const [folder, command, ...parameters] = process.argv.slice(2);
if (folder === undefined || command === undefined) {
  process.stderr.write('usage: tied-process.ts FOLDER COMMAND PARAMETER ...\n');
  process.exit(2);
}

let asked = true;
const child = spawn(command, parameters, { stdio: ['ignore', 'inherit', 'inherit'] });

function end(): void {
  asked = false;
  child.kill('SIGKILL');
}

child.once('error', (error) => {
  process.stderr.write(`${command}: ${error.message}\n`);
  process.exit(1);
});
child.once('close', (code) => {
  if (!asked) rmSync(folder, { recursive: true, force: true });
  process.exit(code ?? 1);
});
process.stdin.once('end', end).once('error', end).resume();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
