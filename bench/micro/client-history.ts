// How long `odradek check` takes for a large history: one million sends and one million polls by default,
// each with its beginning and its end, written to a file first. The command runs as anybody runs it, as a
// process of its own.

import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface CheckSpeed {
  readonly lines: number;
  readonly megabytes: number;
  readonly valid: unknown;
  readonly readSeconds: number;
  readonly seconds: number;
  readonly peakMegabytes: number;
}

const keys = 8;
const producers = 10;
const consumers = 10;
/** Records that a poll brings at most. */
const pollRecordsMax = 200;
const linesPerWrite = 20_000;

export function checkSpeed(operations: number, folder: string): CheckSpeed {
  const made = mkdtempSync(join(folder, 'odradek-history-'));
  const file = join(made, 'history.jsonl');
  try {
    const lines = writeHistory(file, operations);
    const isSource = import.meta.url.endsWith('.ts');
    const program = fileURLToPath(new URL(isSource ? '../../cli.ts' : '../../cli.js', import.meta.url));
    const child = spawnSync(process.execPath, [program, 'check', file, '--json'], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    if (child.status !== 0) throw new Error(`the history is not valid: ${child.stderr}${child.stdout}`);
    const { valid, machine } = JSON.parse(child.stdout) as { valid: unknown; machine: CheckSpeed };
    const { readSeconds, seconds, peakMegabytes } = machine;
    return { lines, megabytes: statSync(file).size / 1e6, valid, readSeconds, seconds, peakMegabytes };
  } finally {
    rmSync(made, { recursive: true });
  }
}

/** A log that is never wrong; every consumer reads every key, and the first of them to its end. */
function writeHistory(file: string, operations: number): number {
  const handle = openSync(file, 'w');
  const waiting: string[] = [];
  let lines = 0;
  const flush = () => {
    writeSync(handle, `${waiting.join('\n')}\n`);
    waiting.length = 0;
  };
  const say = (process: number, type: string, f: string, value: unknown) => {
    waiting.push(JSON.stringify({ index: lines, time: lines * 500, process, type, f, value }));
    lines++;
    if (waiting.length >= linesPerWrite) flush();
  };
  const logs: string[][] = Array.from({ length: keys }, () => []);
  const positions = Array.from({ length: consumers }, () => new Array<number>(keys).fill(0));
  const poll = (consumer: number, key: number) => {
    const position = positions[consumer] as number[];
    const log = logs[key] as string[];
    const from = position[key] as number;
    const to = Math.min(log.length, from + pollRecordsMax);
    const records = log.slice(from, to).map((value, place) => [from + place, value]);
    position[key] = to;
    say(producers + consumer, 'invoke', 'poll', [['poll']]);
    say(producers + consumer, 'ok', 'poll', [['poll', records.length > 0 ? { [key]: records } : {}]]);
    return records.length;
  };
  for (let consumer = 0; consumer < consumers; consumer++) {
    const all = logs.map((_, key) => key);
    say(producers + consumer, 'invoke', 'assign', all);
    say(producers + consumer, 'ok', 'assign', all);
  }
  for (let n = 0; n < operations; n++) {
    const [producer, key] = [n % producers, (n * 7) % keys];
    const log = logs[key] as string[];
    const value = `producer-${producer}#1/${n}`;
    say(producer, 'invoke', 'send', [['send', key, value]]);
    log.push(value);
    say(producer, 'ok', 'send', [['send', key, [log.length - 1, value]]]);
    // One consumer reads all of it in small pieces; the others look in, at one key each.
    const consumer = n % consumers;
    poll(consumer, consumer === 0 ? Math.floor(n / consumers) % keys : consumer % keys);
  }
  for (let key = 0; key < keys; key++) while (poll(0, key) > 0);
  if (waiting.length > 0) flush();
  closeSync(handle);
  return lines;
}
