// Histories written by hand, for the tests of the checkers: a producer, a consumer, a broker that never lies unless
// told.

import { type Effect, Material, type MaterialParts, type TracedEvent } from '../material.ts';
import { History, type SendOperation } from '../record/history.ts';
import { valueName } from '../record/value.ts';
import { type Checker, type Finding, judge } from '../verdict.ts';

const topic = 'orders';

/** Tells a story step by step; each call is one step later. */
export class Story {
  #step = 0;
  readonly history: History = new History(() => ({ step: ++this.#step, timeUs: this.#step * 1000 }));
  readonly events: TracedEvent[] = [];
  readonly effects: Effect[] = [];
  readonly log: SendOperation[] = [];

  send(
    n: number,
    settings: Partial<Pick<SendOperation, 'acks' | 'idempotent' | 'maxInFlight' | 'retries'>> = {},
  ): SendOperation {
    const defaults = { acks: -1, idempotent: true, maxInFlight: 5 } as const;
    const place = { client: 'producer', session: 'producer#1', topic, partition: 0, n, key: null };
    return this.history.send({ ...place, ...defaults, ...settings });
  }

  ok(send: SendOperation, offset: number, attempts = 1): SendOperation {
    send.ackedPartition = 0;
    send.offset = offset;
    send.attempts = attempts;
    this.history.end(send, 'ok', null);
    return send;
  }

  /** Sends and acknowledges the records 0..count-1 at their own offsets. */
  acked(count: number, settings: Parameters<Story['send']>[1] = {}): SendOperation[] {
    return Array.from({ length: count }, (_, n) => this.ok(this.send(n, settings), n));
  }

  view(group: string | null = null, session = 'consumer#1', from: number | null = null): number {
    return this.history.beginView({
      client: 'consumer',
      session,
      group,
      topic,
      partition: 0,
      why: from === null ? 'assigned' : 'seek',
      from,
    });
  }

  fetch(view: number, offset: number, value: string | null = `producer#1/${offset}`): void {
    const place = { topic, partition: 0, valueTopic: topic, valuePartition: 0 };
    this.history.fetched({ client: 'consumer', view, offset, value, ...place });
  }

  process(group: string, offset: number, session = 'consumer#1'): void {
    this.history.processed({ session, group, topic, partition: 0, offset, value: `producer#1/${offset}` });
  }

  commit(group: string, offset: number, outcome: 'ok' | 'failed' | 'unknown' = 'ok'): void {
    const offsets = [{ topic, partition: 0, offset }];
    const operation = this.history.commit({ client: 'consumer', session: 'consumer#1', group, offsets });
    this.history.end(operation, outcome, outcome === 'ok' ? null : 'lost');
  }

  observe(group: string, offset: number): void {
    const operation = this.history.offsetFetch({ client: 'observer', session: 'observer#1', group });
    operation.offsets = [{ topic, partition: 0, offset }];
    this.history.end(operation, 'ok', null);
  }

  /** The final scan: by offset, the names of the values (by default the sends given). */
  scan(values: readonly (SendOperation | string | null)[], through?: number): void {
    const records = values.map((value, offset) => ({
      offset,
      value: value === null || typeof value === 'string' ? value : valueName(value),
      valueTopic: topic,
      valuePartition: 0,
    }));
    const ends = { complete: true, logStartOffset: 0, logEndOffset: values.length, corruptAt: [] };
    this.history.scan({
      topic,
      partition: 0,
      ...ends,
      records,
      ...(through === undefined ? {} : { through }),
    });
  }

  event(kind: string, fields: Record<string, unknown> = {}, node = 'broker-1'): void {
    const { step, timeUs } = this.history.now();
    this.events.push({ step, timeUs, node, incarnation: 1, event: { kind, topic, partition: 0, ...fields } });
  }

  effect(fault: string, damage: Effect['damage'], more: Partial<Effect> = {}): void {
    const began = this.history.now();
    const flags = { excusesHalt: false, partition: null, tookEffect: true, detail: '' };
    this.effects.push({
      fault,
      target: 'broker-1',
      damage,
      began,
      ended: this.history.now(),
      ...flags,
      ...more,
    });
  }

  material(more: Partial<MaterialParts> = {}): Material {
    return new Material({
      entries: this.history.entries,
      events: this.events,
      effects: this.effects,
      logFiles: [],
      pendingWaits: [],
      converged: true,
      floor: {},
      requiredFaults: [],
      end: this.history.now(),
      ...more,
    });
  }

  judge(checker: Checker, more: Partial<MaterialParts> = {}): { violations: string[]; witnesses: string[] } {
    const judgement = judge(checker, this.material(more));
    if (judgement.reason !== null) throw new Error(judgement.reason);
    const name = (finding: Finding) => finding.invariant;
    return { violations: judgement.violations.map(name), witnesses: judgement.witnesses.map(name) };
  }
}

export const clean: { violations: string[]; witnesses: string[] } = { violations: [], witnesses: [] };
