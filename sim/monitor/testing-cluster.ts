// Clusters told by hand, for the tests of the rules: three brokers, one partition, events in the order in which a
// correct engine tells them. Each call is one step later.

import type { AnyEvent } from '../record/events.ts';
import { ClusterMonitor } from './cluster-monitor.ts';
import { stateRules } from './rules/index.ts';

const topic = 'orders';
const place = { topic, partition: 0 };

interface Change {
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: string;
  /** Default: 1,2,3. */
  readonly replicas?: string;
  readonly eligible?: string;
  readonly minimum?: number;
  readonly unclean?: boolean;
  readonly partitionEpoch?: number;
}

export class ClusterStory {
  readonly monitor: ClusterMonitor = new ClusterMonitor(stateRules);
  step = 0;
  #partitionEpoch = -1;
  #brokerEpoch = 100;
  readonly #incarnations = new Map<string, number>();
  /** Where the logs of brokers start, as far as they told. */
  readonly #starts = new Map<number, number>();
  #waitedUs = 0;

  event(node: string, event: AnyEvent): void {
    const step = ++this.step;
    const incarnation = this.#incarnations.get(node) ?? 1;
    this.monitor.take({
      step,
      cause: step - 1,
      timeUs: step * 1_000 + this.#waitedUs,
      node,
      incarnation,
      event,
    });
  }

  /** Nothing happens for so long. */
  wait(seconds: number): void {
    this.#waitedUs += seconds * 1e6;
  }

  /** Three registered brokers, broker 1 leading in epoch 0, all in sync. */
  begun(minimum = 2): this {
    for (const broker of [1, 2, 3]) this.boot(broker);
    this.commit({ leader: 1, leaderEpoch: 0, isr: '1,2,3', minimum });
    this.lead(1, 0, '1,2,3', 0);
    this.follow(2, 1, 0);
    this.follow(3, 1, 0);
    return this;
  }

  boot(broker: number, register = true): void {
    const node = `broker-${broker}`;
    this.#incarnations.set(node, (this.#incarnations.get(node) ?? 0) + 1);
    this.event(node, { kind: 'node-booted', role: 'broker' });
    if (register) this.register(broker);
  }

  register(broker: number, cleanShutdown = true): number {
    const brokerEpoch = ++this.#brokerEpoch;
    const incarnationId = `life-${brokerEpoch}`;
    this.event('controller', {
      kind: 'broker-registered',
      brokerId: broker,
      brokerEpoch,
      incarnationId,
      cleanShutdown,
    });
    return brokerEpoch;
  }

  commit(change: Change): void {
    const { leader, leaderEpoch, isr, eligible = '', minimum = 2, unclean = false } = change;
    this.#partitionEpoch = change.partitionEpoch ?? this.#partitionEpoch + 1;
    this.event('controller', {
      kind: 'partition-committed',
      ...place,
      topicId: 'id',
      leader,
      leaderEpoch,
      partitionEpoch: this.#partitionEpoch,
      isr,
      replicas: change.replicas ?? '1,2,3',
      eligibleLeaderReplicas: eligible,
      minInsyncReplicas: minimum,
      unclean,
    });
  }

  lead(broker: number, leaderEpoch: number, isr: string, highWatermark: number, logEndOffset = 0): void {
    const partitionEpoch = this.#partitionEpoch;
    const logStartOffset = this.#starts.get(broker) ?? 0;
    const facts = { topicId: 'id', leaderEpoch, partitionEpoch, isr, replicas: '1,2,3', logStartOffset };
    this.event(`broker-${broker}`, { kind: 'leader-began', ...place, ...facts, logEndOffset, highWatermark });
  }

  follow(broker: number, leader: number, leaderEpoch: number, highWatermark = 0): void {
    const partitionEpoch = this.#partitionEpoch;
    const logStartOffset = this.#starts.get(broker) ?? 0;
    const facts = { topicId: 'id', leader, leaderEpoch, partitionEpoch, logStartOffset, logEndOffset: 0 };
    this.event(`broker-${broker}`, { kind: 'follower-began', ...place, ...facts, highWatermark });
  }

  /** One batch of one record, written. */
  append(
    broker: number,
    offset: number,
    leaderEpoch = 0,
    crc: number = 1_000 * leaderEpoch + offset,
    numbers: { producerId?: number; producerEpoch?: number; baseSequence?: number } = {},
  ): void {
    const node = `broker-${broker}`;
    const producer = { producerId: 1, producerEpoch: 0, baseSequence: offset, ...numbers };
    const offsets = { baseOffset: offset, lastOffset: offset };
    this.event(node, { kind: 'append-planned', ...place, ...offsets, ...producer, leaderEpoch, crc });
    this.event(node, { kind: 'log-appended', ...place, logEndOffset: offset + 1, bytes: 100, batches: 1 });
  }

  /** One batch of one record that a broker says it could not append. */
  fail(brokers: readonly number[], offset: number): void {
    const offsets = { baseOffset: offset, lastOffset: offset };
    const producer = { producerId: 1, producerEpoch: 0, baseSequence: offset, leaderEpoch: 0, crc: offset };
    for (const broker of brokers) {
      this.event(`broker-${broker}`, { kind: 'append-planned', ...place, ...offsets, ...producer });
      this.event(`broker-${broker}`, { kind: 'append-failed', ...place, baseOffset: offset, reason: 'io' });
    }
  }

  /** Appends on all these brokers, offsets `from` up to, not including, `to`. */
  appendAll(brokers: readonly number[], from: number, to: number, leaderEpoch = 0): void {
    for (let offset = from; offset < to; offset++) {
      for (const broker of brokers) this.append(broker, offset, leaderEpoch);
    }
  }

  highWatermark(broker: number, highWatermark: number, leads = true, leaderEpoch = 0): void {
    const kind = 'high-watermark-moved';
    const facts = { highWatermark, logEndOffset: highWatermark, leaderEpoch, leads };
    this.event(`broker-${broker}`, { kind, ...place, ...facts });
  }

  truncate(broker: number, logEndOffset: number): void {
    this.event(`broker-${broker}`, { kind: 'log-truncated', ...place, logEndOffset });
  }

  deleteLog(broker: number): void {
    this.event(`broker-${broker}`, { kind: 'log-deleted', ...place });
  }

  flush(broker: number, recoveryPoint: number): void {
    this.event(`broker-${broker}`, { kind: 'log-flushed', ...place, recoveryPoint });
  }

  crash(broker: number): void {
    this.event(`broker-${broker}`, { kind: 'node-crashed', reason: 'crash' });
  }

  losePower(broker: number): void {
    const losses = { writes: 1, lostWrites: 1, tornWrites: 0, lostNames: 0 };
    this.event(`broker-${broker}`, { kind: 'power-lost', ...losses });
  }

  wipe(broker: number): void {
    this.crash(broker);
    this.event(`broker-${broker}`, { kind: 'disk-wiped', files: 3 });
  }

  recover(broker: number, logEndOffset: number, logStartOffset = 0): void {
    this.#starts.set(broker, logStartOffset);
    const facts = { logStartOffset, logEndOffset, recoveryPoint: 0, truncatedBytes: 0 };
    this.event(`broker-${broker}`, { kind: 'log-recovered', ...place, ...facts });
  }

  /** The logs of these brokers start there from now on. */
  startAt(
    brokers: readonly number[],
    logStartOffset: number,
    reason: 'delete-records' | 'leader' | 'truncation' = 'delete-records',
  ): void {
    for (const broker of brokers) {
      this.#starts.set(broker, logStartOffset);
      this.event(`broker-${broker}`, { kind: 'log-start-moved', ...place, logStartOffset, reason });
    }
  }

  /** The leader answers a DeleteRecords. */
  deleted(broker: number, offset: number, error = 0): void {
    const facts = { error, offset, lowWatermark: error === 0 ? offset : -1 };
    this.event(`broker-${broker}`, { kind: 'delete-records-answered', ...place, ...facts });
  }

  deleteSegment(broker: number, baseOffset: number): void {
    const facts = { baseOffset, reason: 'log-start' } as const;
    this.event(`broker-${broker}`, { kind: 'segment-deleted', ...place, ...facts });
  }

  serve(broker: number): void {
    this.event(`broker-${broker}`, { kind: 'broker-started', brokerId: broker, cleanShutdown: false });
  }

  /** Stops as it was asked to, with everything written down. */
  stop(broker: number): void {
    this.event(`broker-${broker}`, { kind: 'broker-stopped', brokerId: broker });
    this.event(`broker-${broker}`, { kind: 'node-stopped', reason: 'asked' });
  }

  /** A fetch reaches a broker. */
  ask(broker: number, correlationId: number, peer = 'reader:1'): void {
    const facts = { api: 'Fetch', version: 17, correlationId, peer };
    this.event(`broker-${broker}`, { kind: 'request-received', ...facts });
  }

  /** It is answered, with records if there is an offset. */
  give(broker: number, correlationId: number, fetchOffset: number | null, peer = 'reader:1'): void {
    if (fetchOffset !== null) {
      this.event(`broker-${broker}`, { kind: 'records-fetched', ...place, fetchOffset, bytes: 100 });
    }
    this.event(`broker-${broker}`, { kind: 'response-sent', api: 'Fetch', correlationId, peer });
  }

  propose(broker: number, isr: string, leaderEpoch = 0, partitionEpoch = this.#partitionEpoch): void {
    this.event(`broker-${broker}`, { kind: 'isr-proposed', ...place, leaderEpoch, partitionEpoch, isr });
  }

  fetched(leader: number, follower: number, brokerEpoch: number, fetchOffset: number, leaderEpoch = 0): void {
    const facts = { follower, brokerEpoch, fetchOffset, leaderEpoch };
    this.event(`broker-${leader}`, { kind: 'follower-fetched', ...place, ...facts });
  }

  answer(broker: number, baseOffset: number, acks = -1, error = 0): void {
    this.event(`broker-${broker}`, { kind: 'produce-answered', ...place, error, baseOffset, acks });
  }

  get partition() {
    return this.monitor.cluster.partition(topic, 0);
  }

  /** What all rules found, by name, each once, in the order of the rules. */
  get found(): { violations: string[]; witnesses: string[] } {
    const violations: string[] = [];
    const witnesses: string[] = [];
    for (const { invariant } of stateRules) {
      const told = this.monitor.findingsOf(invariant);
      if (told?.broken !== undefined) throw new Error(told.broken);
      if (told?.found.some(({ lawful }) => !lawful)) violations.push(invariant);
      if (told?.found.some(({ lawful }) => lawful)) witnesses.push(invariant);
    }
    return { violations, witnesses };
  }

  /** The step of the first finding of an invariant. */
  stepOf(invariant: string): number | undefined {
    return this.monitor.findingsOf(invariant)?.found[0]?.finding.step;
  }
}

export const clean: { violations: string[]; witnesses: string[] } = { violations: [], witnesses: [] };

/** Ten committed records on all three. */
export function replicated(minimum = 2): ClusterStory {
  const story = new ClusterStory().begun(minimum);
  story.appendAll([1, 2, 3], 0, 10);
  story.highWatermark(1, 10);
  story.highWatermark(2, 10, false);
  story.highWatermark(3, 10, false);
  return story;
}
