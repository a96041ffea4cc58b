// The history of a run as its clients saw it: operations (invoked, then ok, failed or unknown) and observations.
// Plain data, written as JSON lines, so that a stored run can be judged again by checkers that did not exist yet.
//
// Only *ok* obliges the broker. *failed* means: certainly not applied. Everything else, an operation that never ended
// included, is *unknown*: it may have happened, or happen later.

import { assert } from '../../engine/index.ts';

/** A point of a run: virtual time and the step of the scheduler. */
export interface Moment {
  readonly timeUs: number;
  readonly step: number;
}

export type OperationOutcome = 'pending' | 'ok' | 'failed' | 'unknown';

interface Operation {
  readonly id: number;
  readonly client: string;
  /** Client and incarnation: `consumer-1#2`. */
  readonly session: string;
  readonly invoked: Moment;
  completed: Moment | null;
  outcome: OperationOutcome;
  /** Kafka's error name or the client's own reason; null when ok or pending. */
  error: string | null;
}

/** One record given to a producer. */
export interface SendOperation extends Operation {
  readonly kind: 'send';
  readonly topic: string;
  /** The partition asked for, -1 where the key decides. */
  readonly partition: number;
  readonly n: number;
  readonly key: string | null;
  readonly acks: -1 | 0 | 1;
  readonly idempotent: boolean;
  readonly maxInFlight: number;
  /** As its producer was told; without it, the client's default: until the delivery timeout. */
  readonly retries?: number;
  /** Where it went, as acknowledged; -1 until then, and offset -1 with acks=0. */
  ackedPartition: number;
  offset: number;
  attempts: number;
  /** How often the application sent it again, as a new record, because it did not know what became of the last one. */
  sentAgain: number;
}

export interface CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** One commit of a group's offsets. */
export interface CommitOperation extends Operation {
  readonly kind: 'commit';
  readonly group: string;
  readonly offsets: readonly CommittedOffset[];
}

/** One reading of a group's offsets; -1 in `offsets` where there is none. */
export interface OffsetFetchOperation extends Operation {
  readonly kind: 'offset-fetch';
  readonly group: string;
  offsets: readonly CommittedOffset[];
}

/** One asking for the end of a partition (ListOffsets): -1 where there was no answer. */
export interface WatermarkOperation extends Operation {
  readonly kind: 'watermark';
  readonly topic: string;
  readonly partition: number;
  highWatermark: number;
}

/** How a group's application goes about it: what it may lose and what it may repeat follows from this. */
export type DeliveryStyle = 'commit-before' | 'commit-after' | 'auto-commit' | 'auto-commit-behind';

export interface GroupDeclared {
  readonly kind: 'group';
  readonly group: string;
  readonly style: DeliveryStyle;
}

/** A client's view of a partition begins: by assignment, by a seek, or by a reset of its position. */
export interface ViewBegan {
  readonly kind: 'view';
  readonly client: string;
  readonly session: string;
  /** null for a consumer without a group. */
  readonly group: string | null;
  readonly topic: string;
  readonly partition: number;
  /** Unique in the run: what a client reads within one view must be in order and without holes. */
  readonly view: number;
  readonly why: 'assigned' | 'seek' | 'reset';
  /** Where a seek went; null for a view that began otherwise. */
  readonly from: number | null;
  readonly at: Moment;
}

/** A view ended: the partition was revoked, lost, or the consumer closed. */
export interface ViewEnded {
  readonly kind: 'view-ended';
  readonly view: number;
  readonly why: 'revoked' | 'lost' | 'closed';
  readonly at: Moment;
}

/** A record that a poll returned. `value` is its name, null when the bytes are nobody's (see record/value.ts). */
export interface Fetched {
  readonly kind: 'fetched';
  readonly client: string;
  readonly view: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: string | null;
  /** The partition that the value itself names; -1 where the key decided or the bytes are nobody's. */
  readonly valueTopic: string;
  readonly valuePartition: number;
  readonly at: Moment;
}

/** The application of a group finished with a record. */
export interface Processed {
  readonly kind: 'processed';
  readonly session: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: string | null;
  readonly at: Moment;
}

/** A consumer met a batch that fails its checksum, and said so. */
export interface CorruptionReported {
  readonly kind: 'corruption-reported';
  readonly client: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly at: Moment;
}

export interface ScannedRecord {
  readonly offset: number;
  readonly value: string | null;
  readonly valueTopic: string;
  readonly valuePartition: number;
}

/**
 * A final reading of one partition from its log start, after heal and quiescence. The first of a partition is through
 * whoever leads it; in a cluster others follow, through each further replica when it was made leader.
 */
export interface Scan {
  readonly kind: 'scan';
  readonly topic: string;
  readonly partition: number;
  /** The id of the broker that was made leader to be read from; not said of the first. */
  readonly through?: number;
  /** False when the end was not reached: nothing then counts as lost above the last offset seen. */
  readonly complete: boolean;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly records: readonly ScannedRecord[];
  /** Offsets at which the broker's bytes failed the checksum and the scan went on behind the damage. */
  readonly corruptAt: readonly number[];
  readonly at: Moment;
}

export type HistoryEntry =
  | SendOperation
  | CommitOperation
  | OffsetFetchOperation
  | WatermarkOperation
  | GroupDeclared
  | ViewBegan
  | ViewEnded
  | Fetched
  | Processed
  | CorruptionReported
  | Scan;

/** Entries a run may record: above this it is a runaway workload, not a test. */
export const historyEntriesMax = 2_000_000;

/** What a workload knows of an operation when it begins. */
export type Begin<T extends Operation> = Omit<
  T,
  'id' | 'kind' | 'completed' | 'outcome' | 'error' | 'invoked'
>;

/** Records one run. `now` tells the moment; entries stay in the order in which they began. */
export class History {
  readonly #now: () => Moment;
  readonly #entries: HistoryEntry[] = [];
  #operations = 0;
  #views = 0;
  readonly #counts = { sent: 0, acked: 0, fetched: 0, processed: 0, committed: 0, completed: 0 };

  constructor(now: () => Moment) {
    this.#now = now;
  }

  get entries(): readonly HistoryEntry[] {
    return this.#entries;
  }

  /** Running totals, for phases that end by operations, for progress and for floors. */
  get counts(): Readonly<
    Record<'sent' | 'acked' | 'fetched' | 'processed' | 'committed' | 'completed', number>
  > {
    return this.#counts;
  }

  now(): Moment {
    return this.#now();
  }

  send(
    begin: Omit<Begin<SendOperation>, 'ackedPartition' | 'offset' | 'attempts' | 'sentAgain'>,
  ): SendOperation {
    this.#counts.sent++;
    return this.#add({
      ...this.#begin(),
      kind: 'send',
      ...begin,
      ackedPartition: -1,
      offset: -1,
      attempts: 0,
      sentAgain: 0,
    });
  }

  commit(begin: Begin<CommitOperation>): CommitOperation {
    return this.#add({ ...this.#begin(), kind: 'commit', ...begin });
  }

  offsetFetch(begin: Omit<Begin<OffsetFetchOperation>, 'offsets'>): OffsetFetchOperation {
    return this.#add({ ...this.#begin(), kind: 'offset-fetch', ...begin, offsets: [] });
  }

  watermark(begin: Omit<Begin<WatermarkOperation>, 'highWatermark'>): WatermarkOperation {
    return this.#add({ ...this.#begin(), kind: 'watermark', ...begin, highWatermark: -1 });
  }

  /** Ends an operation, once. */
  end(
    operation: Operation & { kind: string },
    outcome: 'ok' | 'failed' | 'unknown',
    error: string | null,
  ): void {
    assert(operation.outcome === 'pending', `operation ${operation.id} ends only once`);
    operation.completed = this.#now();
    operation.outcome = outcome;
    operation.error = error;
    this.#counts.completed++;
    if (outcome === 'ok' && operation.kind === 'send') this.#counts.acked++;
    if (outcome === 'ok' && operation.kind === 'commit') this.#counts.committed++;
  }

  group(group: string, style: DeliveryStyle): void {
    this.#add({ kind: 'group', group, style });
  }

  beginView(begin: Omit<ViewBegan, 'kind' | 'view' | 'at'>): number {
    const view = ++this.#views;
    this.#add({ kind: 'view', ...begin, view, at: this.#now() });
    return view;
  }

  endView(view: number, why: ViewEnded['why']): void {
    this.#add({ kind: 'view-ended', view, why, at: this.#now() });
  }

  fetched(what: Omit<Fetched, 'kind' | 'at'>): void {
    this.#counts.fetched++;
    this.#add({ kind: 'fetched', ...what, at: this.#now() });
  }

  processed(what: Omit<Processed, 'kind' | 'at'>): void {
    this.#counts.processed++;
    this.#add({ kind: 'processed', ...what, at: this.#now() });
  }

  corruptionReported(what: Omit<CorruptionReported, 'kind' | 'at'>): void {
    this.#add({ kind: 'corruption-reported', ...what, at: this.#now() });
  }

  scan(what: Omit<Scan, 'kind' | 'at'>): void {
    this.#add({ kind: 'scan', ...what, at: this.#now() });
  }

  #begin(): { id: number; invoked: Moment; completed: null; outcome: 'pending'; error: null } {
    return { id: ++this.#operations, invoked: this.#now(), completed: null, outcome: 'pending', error: null };
  }

  #add<T extends HistoryEntry>(entry: T): T {
    assert(this.#entries.length < historyEntriesMax, `a history has at most ${historyEntriesMax} entries`);
    this.#entries.push(entry);
    return entry;
  }
}

/** One JSON document per entry. */
export function historyLines(entries: readonly HistoryEntry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

/** Reads what `historyLines` wrote. */
export function readHistoryLines(text: string): HistoryEntry[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as HistoryEntry);
}
