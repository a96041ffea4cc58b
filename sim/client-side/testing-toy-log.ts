// A log that is never wrong, and processes that send to it and poll from it as a list of steps says: whatever
// history comes of that is valid. Sends overlap, fail, and end in nobody knows what; polls fail and are read
// again.

import type { HistoryLine, Part } from './format.ts';
import type { Outcome } from './ledger.ts';
import { HistoryParser } from './parse.ts';

export interface ToyStep {
  readonly process: number;
  readonly key: number;
  readonly outcome: Outcome;
  /**
   * Whether a send takes effect when it begins, or when it ends; a send of unknown outcome may do neither.
   */
  readonly effect: 'early' | 'late' | 'none';
  readonly records: number;
}

type Line = { -readonly [K in keyof HistoryLine]: HistoryLine[K] };

export const toyKeys: readonly string[] = ['x', 'y'];
const producers = 3;
export const toyProcesses = 6;
export const lastReader = 'last-reader';

interface Open {
  readonly step: ToyStep;
  readonly part: readonly ['send', string, unknown] | null;
  readonly value: string;
  readonly offset: number;
}

export class ToyLog {
  readonly lines: Line[] = [];
  /** By key. */
  readonly log = new Map<string, string[]>(toyKeys.map((key) => [key, []]));
  readonly #open = new Map<number, Open>();
  /** By process and key. */
  readonly #positions = new Map<string, number>();
  #values = 0;

  constructor(steps: readonly ToyStep[]) {
    for (const key of toyKeys) this.#sendAtOnce(key);
    for (const step of steps) this.#take(step);
    for (const process of [...this.#open.keys()]) this.#end(process);
    for (const key of toyKeys) this.#sendAtOnce(key);
    this.#say(lastReader, 'invoke', 'poll', [['poll']]);
    const all = toyKeys.map((key): [string, [number, string][]] => [key, this.#recordsOf(key, 0)]);
    this.#say(lastReader, 'ok', 'poll', [['poll', Object.fromEntries(all)]]);
  }

  #say(process: string | number, type: Line['type'], f: string, value: readonly Part[]): void {
    this.lines.push({ index: this.lines.length, time: this.lines.length * 1000, process, type, f, value });
  }

  #recordsOf(key: string, from: number, count = Number.POSITIVE_INFINITY): [number, string][] {
    const log = this.log.get(key) ?? [];
    return log.map((value, offset): [number, string] => [offset, value]).slice(from, from + count);
  }

  #append(key: string, value: string): number {
    const log = this.log.get(key) ?? [];
    log.push(value);
    return log.length - 1;
  }

  #sendAtOnce(key: string): void {
    const value = `v${this.#values++}`;
    this.#say('first', 'invoke', 'send', [['send', key, value]]);
    this.#say('first', 'ok', 'send', [['send', key, [this.#append(key, value), value]]]);
  }

  #take(step: ToyStep): void {
    if (this.#open.has(step.process)) this.#end(step.process);
    else this.#begin(step);
  }

  #begin(step: ToyStep): void {
    const key = toyKeys[step.key] as string;
    if (step.process >= producers) {
      this.#open.set(step.process, { step, part: null, value: '', offset: -1 });
      this.#say(step.process, 'invoke', 'poll', [['poll']]);
      return;
    }
    const value = `v${this.#values++}`;
    const takesEffect = step.outcome === 'ok' || (step.outcome === 'info' && step.effect !== 'none');
    const offset = takesEffect && step.effect === 'early' ? this.#append(key, value) : -1;
    this.#open.set(step.process, { step, part: ['send', key, value], value, offset });
    this.#say(step.process, 'invoke', 'send', [['send', key, value]]);
  }

  #end(process: number): void {
    const { step, part, value, offset } = this.#open.get(process) as Open;
    this.#open.delete(process);
    const { outcome } = step;
    const key = toyKeys[step.key] as string;
    if (part === null) {
      const position = this.#positions.get(`${process} ${key}`) ?? 0;
      const records = this.#recordsOf(key, position, step.records);
      if (outcome === 'ok') this.#positions.set(`${process} ${key}`, position + records.length);
      this.#say(process, outcome, 'poll', [['poll', records.length > 0 ? { [key]: records } : {}]]);
      return;
    }
    const isLate = offset < 0 && (outcome === 'ok' || (outcome === 'info' && step.effect === 'late'));
    const at = isLate ? this.#append(key, value) : offset;
    this.#say(process, outcome, 'send', [['send', key, outcome === 'ok' ? [at, value] : value]]);
  }
}

/** The lines, read as a file would be. */
export function parsedLines(lines: readonly HistoryLine[]): HistoryParser {
  const parser = new HistoryParser();
  for (const line of lines) parser.line(JSON.stringify(line));
  parser.end();
  return parser;
}
