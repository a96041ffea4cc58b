// What an anomaly claims, held against what the simulator recorded: told anew, from its own history and
// without the ledger, so that a mistake of the converter or of a pass of the judge shows. An anomaly whose
// claim is not true of the run is an anomaly of the checker.

import { listOf } from '../lists.ts';
import type { Material } from '../material.ts';
import type { SendOperation } from '../record/history.ts';
import { valueName } from '../record/value.ts';
import type { AnomalyType } from './anomalies.ts';
import { clientKey, readName } from './from-simulator.ts';

/** An anomaly in the names of the history. */
export interface Claim {
  readonly type: AnomalyType;
  readonly key: string;
  readonly values: readonly string[];
  readonly offsets: readonly number[];
}

export class Claims {
  /** By key and value: the offsets at which readers or acknowledgements placed it. */
  readonly #offsets = new Map<string, number[]>();
  /** By key and offset: the values. */
  readonly #values = new Map<string, string[]>();
  readonly #read = new Set<string>();
  /** By key and two values, one read right after the other by one reader: how far apart their offsets are. */
  readonly #steps = new Map<string, number[]>();
  readonly #sends = new Map<string, SendOperation>();

  constructor(material: Material) {
    for (const send of material.sends) {
      this.#sends.set(valueName(send), send);
      if (send.outcome !== 'ok' || send.offset < 0) continue;
      this.#place(clientKey(send.topic, send.ackedPartition), valueName(send), send.offset);
    }
    for (const fetched of material.fetchedByView.values()) this.#readInOrder(fetched);
    for (const entry of material.parts.entries) {
      if (entry.kind !== 'scan') continue;
      const { topic, partition } = entry;
      this.#readInOrder(entry.records.map((record) => ({ ...record, topic, partition })));
    }
  }

  #place(key: string, value: string, offset: number): void {
    listOf(this.#offsets, `${key} ${value}`).push(offset);
    listOf(this.#values, `${key} ${offset}`).push(value);
  }

  #readInOrder(
    records: readonly { topic: string; partition: number; offset: number; value: string | null }[],
  ): void {
    let before: { offset: number; name: string } | undefined;
    for (const record of records) {
      const { topic, partition, offset } = record;
      const key = clientKey(topic, partition);
      const name = record.value ?? readName(key, { offset, value: null, valueTopic: '', valuePartition: -1 });
      this.#place(key, name, offset);
      this.#read.add(`${key} ${name}`);
      if (before !== undefined) {
        listOf(this.#steps, `${key} ${before.name} ${name}`).push(offset - before.offset);
      }
      before = { offset, name };
    }
  }

  /** Why the claim is not true of the run; undefined when it is. */
  denial({ type, key, values, offsets }: Claim): string | undefined {
    const value = values[0] ?? '';
    if (type === 'duplicate' || type === 'duplicate-nonzero') {
      const known = this.#offsets.get(`${key} ${value}`) ?? [];
      const wrong = offsets.find((offset) => !known.includes(offset));
      return wrong === undefined ? undefined : `nobody saw ${value} at offset ${wrong}`;
    }
    if (type === 'inconsistent-offsets') {
      const known = this.#values.get(`${key} ${offsets[0]}`) ?? [];
      const wrong = values.find((one) => !known.includes(one));
      return wrong === undefined ? undefined : `nobody saw ${wrong} at offset ${offsets[0]}`;
    }
    if (type === 'G1a') return this.#denialOfAbortedRead(key, value);
    if (type === 'lost-write') return this.#denialOfLoss(key, [value]);
    if (type === 'unseen') return this.#denialOfLoss(key, values);
    if (type === 'no-writer') return this.#denialOfNobody(key, value);
    if (type === 'nonmonotonic-send') return this.#denialOfSends(key, value, values[1] ?? '');
    if (type === 'poll-skip' || type === 'int-poll-skip') {
      return this.#denialOfStep(key, value, values[1] ?? '', (step) => step > 1);
    }
    if (type === 'nonmonotonic-poll' || type === 'int-nonmonotonic-poll') {
      return this.#denialOfStep(key, value, values[1] ?? '', (step) => step < 1);
    }
    return 'no operation of the simulator sends twice, or sends and reads';
  }

  #denialOfAbortedRead(key: string, value: string): string | undefined {
    if (this.#sends.get(value)?.outcome !== 'failed') return `the send of ${value} did not fail`;
    return this.#read.has(`${key} ${value}`) ? undefined : `nobody read ${value}`;
  }

  #denialOfLoss(key: string, values: readonly string[]): string | undefined {
    for (const value of values) {
      if (this.#sends.get(value)?.outcome !== 'ok') return `${value} was never acknowledged`;
      if (this.#read.has(`${key} ${value}`)) return `${value} was read`;
    }
    return undefined;
  }

  #denialOfNobody(key: string, value: string): string | undefined {
    const send = this.#sends.get(value);
    if (send === undefined) return undefined;
    const partition = send.ackedPartition >= 0 ? send.ackedPartition : send.partition;
    return clientKey(send.topic, partition) === key ? `${value} was sent there` : undefined;
  }

  #denialOfSends(key: string, first: string, second: string): string | undefined {
    const [before, after] = [this.#sends.get(first), this.#sends.get(second)];
    if (before === undefined || after === undefined) return 'one of the two was never sent';
    if (before.session !== after.session) return `${first} and ${second} are of two sessions`;
    const ended = before.completed?.step ?? Number.MAX_SAFE_INTEGER;
    if (ended >= after.invoked.step) return `${second} was sent before ${first} had ended`;
    const lowest = Math.min(...(this.#offsets.get(`${key} ${second}`) ?? []));
    const highest = Math.max(...(this.#offsets.get(`${key} ${first}`) ?? []));
    return lowest <= highest ? undefined : `${second} stands behind ${first}`;
  }

  #denialOfStep(
    key: string,
    first: string,
    second: string,
    isSo: (step: number) => boolean,
  ): string | undefined {
    const steps = this.#steps.get(`${key} ${first} ${second}`) ?? [];
    if (steps.length === 0) return `no reader read ${second} right after ${first}`;
    return steps.some(isSo) ? undefined : `every reader who read ${second} right after ${first} was in order`;
  }
}
