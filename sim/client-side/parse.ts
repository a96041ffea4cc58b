// Lines of a history into a ledger. A line that is not as the format says is refused, by line and field, with
// what was expected there; nothing is skipped in silence but what is not a client's (the nemesis).

import {
  actionNames,
  complaintsMax,
  formatName,
  formatVersion,
  type HistoryHeader,
  headerSchema,
  limits,
} from './format.ts';
import { type Action, Ledger, never, type Outcome, type Point, type ValueName } from './ledger.ts';

export interface LineComplaint {
  readonly line: number;
  readonly field: string;
  readonly expected: string;
}

type Json = Readonly<Record<string, unknown>>;

/** An operation whose end has not been read yet. */
interface Open {
  readonly line: number;
  readonly document: Json;
  readonly at: Point;
}

export class HistoryParser {
  readonly ledger = new Ledger();
  readonly complaints: LineComplaint[] = [];
  header: HistoryHeader | undefined;
  #line = 0;
  #lastNs = 0;
  /** By process. */
  readonly #open = new Map<number, Open>();

  /** Whether so much is wrong that it is no use to read on. */
  get hasEnough(): boolean {
    return this.complaints.length >= complaintsMax;
  }

  line(text: string): void {
    this.#line++;
    if (this.hasEnough || text === '' || text === '\r') return;
    if (text.length > limits.lineCharacters) {
      this.#refuse(this.#line, 'line', `at most ${limits.lineCharacters} characters (limit lineCharacters)`);
      return;
    }
    try {
      const document = parsed(text);
      if (this.#line === 1 && 'format' in document) this.#takeHeader(document);
      else this.#takeOperation(document);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#refuse(this.#line, error.field, error.message);
    }
  }

  /** What is still open may have happened or not. */
  end(): void {
    if (this.complaints.length > 0) return;
    for (const [process, { line, document, at }] of this.#open) {
      try {
        this.#complete(document, 'info', { process, line, invoked: at, completed: never });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.#refuse(line, error.field, error.message);
      }
    }
    this.#open.clear();
  }

  #refuse(line: number, field: string, expected: string): void {
    this.complaints.push({ line, field, expected });
  }

  #takeHeader(document: Json): void {
    if (document['format'] !== formatName) throw new Refused('format', `'${formatName}'`);
    if (document['version'] !== formatVersion) {
      throw new Refused('version', `${formatVersion}, the only version that this program reads`);
    }
    const header = headerSchema.safeParse(document);
    if (header.success) this.header = header.data;
    for (const issue of header.error?.issues ?? []) {
      this.#refuse(this.#line, issue.path.join('.') || 'header', issue.message);
    }
  }

  #takeOperation(document: Json): void {
    const { process: name, type, f } = document;
    if (name === 'nemesis' || name === ':nemesis') return;
    if (type !== 'invoke' && type !== 'ok' && type !== 'fail' && type !== 'info') {
      throw new Refused('type', 'invoke, ok, fail or info');
    }
    if (typeof f !== 'string' || !actionNames.includes(f)) throw new Refused('f', actionNames.join(', '));
    const process = this.ledger.processes.numberOf(nameOf('process', name));
    if (this.ledger.processes.count > limits.processes) {
      throw new Refused('process', `at most ${limits.processes} processes (limit processes)`);
    }
    const at = { place: this.#line, timeNs: this.#time(document['time']) };
    const open = this.#open.get(process);
    if (type === 'invoke') {
      if (open !== undefined) {
        throw new Refused(
          'process',
          `an end of what ${name} began in line ${open.line}, before it begins more`,
        );
      }
      this.#open.set(process, { line: this.#line, document, at });
      return;
    }
    if (open !== undefined && open.document['f'] !== f) {
      throw new Refused('f', `the end of the ${open.document['f']} that ${name} began in line ${open.line}`);
    }
    this.#open.delete(process);
    this.#complete(document, type, { process, line: this.#line, invoked: open?.at ?? at, completed: at });
  }

  #time(time: unknown): number {
    if (!isWhole(time)) throw new Refused('time', 'nanoseconds, a whole number from 0');
    if (time < this.#lastNs)
      throw new Refused('time', `at least ${this.#lastNs}, which an earlier line said`);
    this.#lastNs = time;
    return time;
  }

  #complete(
    document: Json,
    outcome: Outcome,
    {
      process,
      line,
      invoked,
      completed,
    }: { process: number; line: number; invoked: Point; completed: Point },
  ): void {
    const f = document['f'] as string;
    const index = document['index'] ?? line;
    if (!isWhole(index)) throw new Refused('index', 'a whole number from 0');
    const action: Action = f === 'crash' || f === 'debug-topic-partitions' ? 'other' : (f as Action);
    const { ledger } = this;
    if (ledger.operations >= limits.operations) {
      throw new Refused('line', `at most ${limits.operations} operations (limit operations)`);
    }
    ledger.add({ process, action, outcome, index, invoked, completed });
    const value = document['value'];
    if (action === 'assign' || action === 'subscribe') {
      ledger.assign(listOf('value', value, 'a list of keys').map((key) => this.#key('value', key)));
    } else if (action !== 'other') this.#takeParts(action, value);
    const log = document['rebalance-log'];
    if (log !== undefined && log !== null) this.#takeRebalances(log);
  }

  #takeRebalances(log: unknown): void {
    const keys = new Set<number>();
    for (const event of listOf('rebalance-log', log, 'a list of {"keys": [...]}')) {
      const moved = (event as Json | null)?.['keys'];
      for (const key of listOf('rebalance-log.keys', moved, 'a list of keys')) {
        keys.add(this.#key('rebalance-log.keys', key));
      }
    }
    this.ledger.rebalance(keys);
  }

  #takeParts(action: Action, value: unknown): void {
    const parts =
      value === null || value === undefined ? [] : listOf('value', value, 'a list of sends and polls');
    for (const part of parts) {
      if (!Array.isArray(part))
        throw new Refused('value', '["send", key, [offset, value]] or ["poll", {...}]');
      const what: unknown = part[0];
      if (what === 'send' && action !== 'poll') this.#takeSend(part);
      else if (what === 'poll' && action !== 'send') this.#takePoll(part);
      else
        throw new Refused(
          'value',
          `${expectedParts.get(action)} in a ${action}, not ${JSON.stringify(what)}`,
        );
      if (this.ledger.sends + this.ledger.reads > limits.records) {
        throw new Refused('value', `at most ${limits.records} sends and reads in a file (limit records)`);
      }
    }
  }

  #takeSend(part: readonly unknown[]): void {
    const key = this.#key('value.send', part[1]);
    const sent = part[2];
    if (!Array.isArray(sent)) {
      this.ledger.send(key, checkedValue('value.send', sent), -1);
      return;
    }
    if (sent.length !== 2) throw new Refused('value.send', 'a value, or [offset, value]');
    this.ledger.send(key, checkedValue('value.send', sent[1]), offsetOf('value.send', sent[0]));
  }

  #takePoll(part: readonly unknown[]): void {
    const read = part[1];
    if (read === undefined || read === null) return;
    if (typeof read !== 'object' || Array.isArray(read)) {
      throw new Refused('value.poll', '{"key": [[offset, value], ...]}');
    }
    for (const [name, pairs] of Object.entries(read)) {
      const key = this.#key('value.poll', name);
      for (const pair of listOf(`value.poll.${name}`, pairs, 'a list of [offset, value]')) {
        if (!Array.isArray(pair) || pair.length !== 2) {
          throw new Refused(`value.poll.${name}`, '[offset, value]');
        }
        this.ledger.read(key, checkedValue('value.poll', pair[1]), offsetOf('value.poll', pair[0]));
      }
    }
  }

  /** A key is what it is called: 5 and "5" are one, since JSON names keys of polls by text. */
  #key(field: string, key: unknown): number {
    const number = this.ledger.keys.numberOf(nameOf(field, key));
    if (this.ledger.keys.count > limits.keys) {
      throw new Refused(field, `at most ${limits.keys} keys (limit keys)`);
    }
    return number;
  }
}

const expectedParts = new Map<Action, string>([
  ['send', '"send"'],
  ['poll', '"poll"'],
  ['txn', '"send" or "poll"'],
]);

class Refused extends Error {
  readonly field: string;

  constructor(field: string, expected: string) {
    super(expected);
    this.field = field;
  }
}

function parsed(text: string): Json {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Refused('line', `one JSON document (${error instanceof Error ? error.message : 'no JSON'})`);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new Refused('line', 'one JSON object');
  }
  return document as Json;
}

function isWhole(number: unknown): number is number {
  return Number.isSafeInteger(number) && (number as number) >= 0;
}

function nameOf(field: string, name: unknown): string {
  if (typeof name === 'number' && Number.isSafeInteger(name)) return String(name);
  if (typeof name === 'string' && name !== '' && name.length <= limits.nameCharacters) return name;
  throw new Refused(field, `a whole number, or a name of 1 to ${limits.nameCharacters} characters`);
}

function checkedValue(field: string, value: unknown): ValueName {
  if (typeof value === 'string' && value.length <= limits.nameCharacters) return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new Refused(
    field,
    `a value: a whole number, or a text of at most ${limits.nameCharacters} characters`,
  );
}

function offsetOf(field: string, offset: unknown): number {
  if (offset === null) return -1;
  if (isWhole(offset)) return offset;
  throw new Refused(field, 'an offset: a whole number from 0, or null when it is not known');
}

function listOf(field: string, value: unknown, expected: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Refused(field, expected);
}
