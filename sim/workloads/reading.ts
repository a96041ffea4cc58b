// What all readers share: views of partitions, and writing down what a poll returned.

import { partitionKey } from '../../engine/index.ts';
import type { ViewBegan, ViewEnded } from '../record/history.ts';
import { readValue, valueName } from '../record/value.ts';
import type { Session } from '../workload.ts';

/** A record as a poll returns it. */
export interface PolledRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: Uint8Array | null;
}

/** What a record says of itself. */
export function described(record: PolledRecord): {
  value: string | null;
  valueTopic: string;
  valuePartition: number;
} {
  const parts = readValue(record.value);
  if (parts === undefined) return { value: null, valueTopic: '', valuePartition: -1 };
  return { value: valueName(parts), valueTopic: parts.topic, valuePartition: parts.partition };
}

/** The partitions that one session reads, each with its view. */
export class Views {
  readonly #session: Session;
  readonly #group: string | null;
  readonly #views = new Map<string, number>();

  constructor(session: Session, group: string | null) {
    this.#session = session;
    this.#group = group;
  }

  /** `from`: where a seek went. */
  begin(
    topic: string,
    partition: number,
    why: ViewBegan['why'] = 'assigned',
    from: number | null = null,
  ): void {
    const { client, name, history } = this.#session;
    const place = { client, session: name, group: this.#group, topic, partition };
    this.#views.set(partitionKey(topic, partition), history.beginView({ ...place, why, from }));
  }

  end(topic: string, partition: number, why: ViewEnded['why']): void {
    const key = partitionKey(topic, partition);
    const view = this.#views.get(key);
    if (view === undefined) return;
    this.#views.delete(key);
    this.#session.history.endView(view, why);
  }

  endAll(): void {
    for (const view of this.#views.values()) this.#session.history.endView(view, 'closed');
    this.#views.clear();
  }

  /** Writes down a polled record; its name. */
  fetched(record: PolledRecord): string | null {
    const { topic, partition, offset } = record;
    if (!this.#views.has(partitionKey(topic, partition))) this.begin(topic, partition);
    const view = this.#views.get(partitionKey(topic, partition)) as number;
    const what = described(record);
    this.#session.history.fetched({ client: this.#session.client, view, topic, partition, offset, ...what });
    return what.value;
  }
}

/**
 * How long polls bring nothing before a reader believes that it has read everything. A member of a group waits
 * longer: the partitions of members that died come back only when their sessions, one after the other, are over.
 */
export const quietMs = 10_000;
export const quietInGroupMs = 45_000;
