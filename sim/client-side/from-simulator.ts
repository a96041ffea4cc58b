// What the simulator recorded of its clients (record/history.ts), as the operations of a client-side history.
// Nothing of what only the simulator can know goes along.
//
// A process does one thing at a time, but a producer has many sends open. So a session is one process, and as
// many more as it needs: each send takes the first that is free, and one whose send ended in nobody knows
// what is not taken again, as Jepsen does with its processes. Then two sends of one process are ordered by
// real time, and not by when their answers happened to come.
//
// A poll is what came back in one step. When it was called is not recorded: it begins where it ends. What a
// view is to the simulator (an assignment, a seek, a reset) becomes an assign without the key, and one with
// it: the place is forgotten. Members of groups subscribe instead. A final scan is a process that assigns one
// partition and reads all of it.

import { listOf } from '../lists.ts';
import { scanName } from '../material.ts';
import type {
  Fetched,
  HistoryEntry,
  Moment,
  ScannedRecord,
  SendOperation,
  ViewBegan,
} from '../record/history.ts';
import { valueName } from '../record/value.ts';
import { formatName, formatVersion, type HistoryLine } from './format.ts';
import { type Action, Ledger, never, type Outcome, type Point } from './ledger.ts';

export interface ClientOperation {
  readonly process: string;
  readonly action: Action;
  readonly outcome: Outcome;
  readonly invoked: Moment;
  /** null: it never ended. */
  readonly completed: Moment | null;
  readonly send?: { readonly key: string; readonly value: string; readonly offset: number };
  readonly reads?: { readonly key: (record: ReadRecord) => string; readonly records: readonly ReadRecord[] };
  readonly keys?: readonly string[];
}

export type ReadRecord = Fetched | ScannedRecord;

/** In the order of completion; what never ended comes last. */
export function clientOperations(entries: readonly HistoryEntry[]): ClientOperation[] {
  const converter = new Converter(entries);
  for (const entry of entries) converter.take(entry);
  return converter.operations().sort((a, b) => endOf(a) - endOf(b));
}

function endOf({ completed }: ClientOperation): number {
  return completed?.step ?? never.place;
}

export function clientKey(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/** What the value of a record is called; one whose bytes are nobody's is called by its place. */
export function readName(key: string, { value, offset }: ReadRecord): string {
  return value ?? `no value at ${key} offset ${offset}`;
}

class Converter {
  readonly #operations: ClientOperation[] = [];
  readonly #readers = new Map<string, Reader>();
  readonly #readerOfView = new Map<number, Reader>();
  readonly #lanes = new Map<string, Lane[]>();
  readonly #placeOf: (send: SendOperation) => string;
  readonly #keys = new Map<string, string[]>();
  #scans = 0;
  #poll: { reader: Reader; at: Moment; records: Fetched[] } | undefined;

  constructor(entries: readonly HistoryEntry[]) {
    this.#placeOf = placesOf(entries, (topic, partition) => this.#key(topic, partition));
  }

  operations(): ClientOperation[] {
    this.#endPoll();
    return this.#operations;
  }

  take(entry: HistoryEntry): void {
    if (entry.kind === 'fetched') this.#fetched(entry);
    else if (entry.kind === 'send') this.#send(entry);
    else if (entry.kind === 'view') this.#viewBegan(entry);
    else if (entry.kind === 'view-ended') this.#readerOfView.get(entry.view)?.ended(entry.view);
    else if (entry.kind === 'scan') {
      this.#endPoll();
      const { topic, partition, at, records } = entry;
      const process = `${scanName(entry)} ${++this.#scans}`;
      const key = this.#key(topic, partition);
      const moments = { outcome: 'ok', invoked: at, completed: at } as const;
      this.#operations.push({ process, action: 'assign', ...moments, keys: [key] });
      this.#operations.push({ process, action: 'poll', ...moments, reads: { key: () => key, records } });
    }
  }

  #send(send: SendOperation): void {
    const { session, outcome, invoked, completed, offset } = send;
    let lanes = this.#lanes.get(session);
    if (lanes === undefined) {
      lanes = [];
      this.#lanes.set(session, lanes);
    }
    let lane = lanes.find(({ freeAfter }) => freeAfter < invoked.step);
    if (lane === undefined) {
      lane = { process: lanes.length === 0 ? session : `${session} (${lanes.length + 1})`, freeAfter: 0 };
      lanes.push(lane);
    }
    const isKnown = outcome === 'ok' || outcome === 'failed';
    lane.freeAfter = isKnown && completed !== null ? completed.step : never.place;
    this.#operations.push({
      process: lane.process,
      action: 'send',
      outcome: outcome === 'ok' ? 'ok' : outcome === 'failed' ? 'fail' : 'info',
      invoked,
      completed,
      send: { key: this.#placeOf(send), value: valueName(send), offset },
    });
  }

  #viewBegan(view: ViewBegan): void {
    this.#endPoll();
    let reader = this.#readers.get(view.session);
    if (reader === undefined) {
      reader = new Reader(view.session, view.group === null ? 'assign' : 'subscribe');
      this.#readers.set(view.session, reader);
    }
    this.#readerOfView.set(view.view, reader);
    this.#operations.push(...reader.began(view.view, this.#key(view.topic, view.partition), view.at));
  }

  #fetched(fetched: Fetched): void {
    const reader = this.#readerOfView.get(fetched.view);
    if (reader === undefined) return;
    const poll = this.#poll;
    if (poll !== undefined && poll.reader === reader && poll.at.step === fetched.at.step) {
      poll.records.push(fetched);
      return;
    }
    this.#endPoll();
    this.#poll = { reader, at: fetched.at, records: [fetched] };
  }

  #endPoll(): void {
    const poll = this.#poll;
    if (poll === undefined) return;
    this.#poll = undefined;
    const { reader, at, records } = poll;
    const moments = { outcome: 'ok', invoked: at, completed: at } as const;
    const assigned = reader.polls(at);
    if (assigned !== undefined) this.#operations.push(assigned);
    const key = (record: ReadRecord) => {
      const { topic, partition } = record as Fetched;
      return this.#key(topic, partition);
    };
    for (const record of records) reader.read(key(record));
    this.#operations.push({ process: reader.process, action: 'poll', ...moments, reads: { key, records } });
  }

  /** The same text again and again: made once. */
  #key(topic: string, partition: number): string {
    const keys = listOf(this.#keys, topic);
    keys[partition] ??= clientKey(topic, partition);
    return keys[partition];
  }
}

interface Lane {
  readonly process: string;
  /** The step in which its last operation ended. */
  freeAfter: number;
}

/** One session that reads, and what it holds. */
class Reader {
  readonly process: string;
  readonly #action: 'assign' | 'subscribe';
  readonly #held = new Map<string, number>();
  /** Keys in which it has a place. */
  readonly #read = new Set<string>();
  #isStale = false;

  constructor(process: string, action: 'assign' | 'subscribe') {
    this.process = process;
    this.#action = action;
  }

  began(view: number, key: string, at: Moment): ClientOperation[] {
    const forgets = this.#read.delete(key);
    this.#held.delete(key);
    const without = forgets ? [this.#takes(at)] : [];
    this.#held.set(key, view);
    this.#isStale = true;
    return without;
  }

  ended(view: number): void {
    for (const [key, held] of this.#held) {
      if (held !== view) continue;
      this.#held.delete(key);
      this.#isStale = true;
    }
  }

  read(key: string): void {
    this.#read.add(key);
  }

  /** What it holds, when that has changed since it was last said. */
  polls(at: Moment): ClientOperation | undefined {
    if (!this.#isStale) return undefined;
    this.#isStale = false;
    return this.#takes(at);
  }

  #takes(at: Moment): ClientOperation {
    const keys = [...this.#held.keys()];
    return { process: this.process, action: this.#action, outcome: 'ok', invoked: at, completed: at, keys };
  }
}

/** Where a send went. Of one whose key decides and that was never acknowledged, only its readers can tell. */
function placesOf(
  entries: readonly HistoryEntry[],
  keyOf: (topic: string, partition: number) => string,
): (send: SendOperation) => string {
  let seen: Map<string, string> | undefined;
  return (send) => {
    const partition = send.ackedPartition >= 0 ? send.ackedPartition : send.partition;
    if (partition >= 0) return keyOf(send.topic, partition);
    seen ??= firstPlaces(entries);
    return seen.get(valueName(send)) ?? `${send.topic}/*`;
  };
}

function firstPlaces(entries: readonly HistoryEntry[]): Map<string, string> {
  const seen = new Map<string, string>();
  const take = (value: string | null, key: string) => {
    if (value !== null && !seen.has(value)) seen.set(value, key);
  };
  for (const entry of entries) {
    if (entry.kind === 'fetched') take(entry.value, clientKey(entry.topic, entry.partition));
    if (entry.kind !== 'scan') continue;
    for (const { value } of entry.records) take(value, clientKey(entry.topic, entry.partition));
  }
  return seen;
}

// ---- into a ledger, into a file

export function clientLedger(operations: readonly ClientOperation[]): Ledger {
  const ledger = new Ledger();
  operations.forEach((operation, index) => {
    const { action, outcome, invoked, completed, send, reads, keys } = operation;
    const process = ledger.processes.numberOf(operation.process);
    const end = completed === null ? never : pointOf(completed);
    ledger.add({ process, action, outcome, index, invoked: pointOf(invoked), completed: end });
    if (send !== undefined) ledger.send(ledger.keys.numberOf(send.key), send.value, send.offset);
    for (const record of reads?.records ?? []) {
      const key = reads?.key(record) as string;
      ledger.read(ledger.keys.numberOf(key), readName(key, record), record.offset);
    }
    if (keys !== undefined) ledger.assign(keys.map((key) => ledger.keys.numberOf(key)));
  });
  return ledger;
}

function pointOf({ step, timeUs }: Moment): Point {
  return { place: step, timeNs: timeUs * 1000 };
}

/** A file of them. */
export function clientHistoryText(entries: readonly HistoryEntry[], story: string): string {
  return [...clientHistoryLines(entries, story)].map((line) => `${line}\n`).join('');
}

/** The lines of a file, without their ends. Only sends have a beginning of their own. */
export function* clientHistoryLines(entries: readonly HistoryEntry[], story: string): Generator<string> {
  yield JSON.stringify({ format: formatName, version: formatVersion, story });
  const said: { step: number; line: HistoryLine }[] = [];
  for (const operation of clientOperations(entries)) {
    const { process, action, invoked, completed, send } = operation;
    const f = action;
    if (send !== undefined) {
      const line = { time: invoked.timeUs * 1000, process, type: 'invoke', f } as const;
      said.push({ step: invoked.step, line: { ...line, value: [['send', send.key, send.value]] } });
    }
    if (completed === null) continue;
    const type = operation.outcome;
    const line = { time: completed.timeUs * 1000, process, type, f, value: valueOfLine(operation) };
    said.push({ step: completed.step, line });
  }
  said.sort((a, b) => a.step - b.step);
  let index = 0;
  for (const { line } of said) yield JSON.stringify({ index: index++, ...line });
}

function valueOfLine({ send, reads, keys }: ClientOperation): NonNullable<HistoryLine['value']> {
  if (keys !== undefined) return keys;
  if (send !== undefined) {
    return [['send', send.key, [send.offset < 0 ? null : send.offset, send.value]]];
  }
  const byKey = new Map<string, [number, string][]>();
  for (const record of reads?.records ?? []) {
    const key = reads?.key(record) as string;
    listOf(byKey, key).push([record.offset, readName(key, record)]);
  }
  return [['poll', Object.fromEntries(byKey)]];
}
