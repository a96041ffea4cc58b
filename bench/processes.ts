// Processes that are started here: how they say that they are ready, and how they ended.

import type { ChildProcess } from 'node:child_process';
import type { Address } from '../engine/index.ts';

const readyWithinMs = 20_000;
/** What is kept of its standard error, for the message when it dies. */
const complaintCharactersMax = 4_000;

/** Where it listens, by the line of JSON that it says first; `who` is for the complaint. */
export async function readyLine(child: ChildProcess, who: string): Promise<Address> {
  const { host, port } = await readyDocument<Address>(child, who, readyWithinMs);
  return { host, port };
}

/** What a process says first, as a line of JSON. */
export function readyDocument<T>(child: ChildProcess, who: string, withinMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timeout = setTimeout(() => {
      reject(new Error(`${who} did not say that it is ready within ${withinMs} ms`));
    }, withinMs);
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0) return;
      clearTimeout(timeout);
      child.stdout?.removeAllListeners('data').resume();
      resolve(JSON.parse(text.slice(0, end)));
    });
    child.once('exit', () => clearTimeout(timeout));
  });
}

/** How it ended, with the end of what it complained. */
export function endOf(child: ChildProcess): Promise<string> {
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    complaint = (complaint + chunk).slice(-complaintCharactersMax);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(`${signal ?? `exit code ${code}`}\n${complaint}`.trim()));
  });
}
