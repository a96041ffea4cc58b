// For the tests of this room: consumers beside a small broker with one topic, and what they read and were told.

import type { TopicPartition } from '../base/ids.ts';
import { utf8 } from '../protocol/bytes.ts';
import { batchAt } from '../protocol/record-batch.ts';
import { buildBatch } from '../protocol/record-batch-builder.ts';
import type { Runtime } from '../runtime.ts';
import type { AssignorName } from './assignors.ts';
import type { ConsumerOptions } from './client-config.ts';
import { Consumer, type ConsumerHooks } from './consumer.ts';
import type { ConsumedRecord } from './consumer-state.ts';
import type { RebalanceListener } from './rebalancing.ts';
import { TestingCluster } from './testing-broker.ts';
import { TestingWorld } from './testing-world.ts';

export type ConsumerOverrides = Partial<Omit<ConsumerOptions, 'bootstrapServers'>>;

export class Setting {
  readonly world = new TestingWorld();
  readonly cluster: TestingCluster;

  constructor(nodeIds: readonly number[] = [1]) {
    this.cluster = new TestingCluster(this.world, nodeIds);
    this.cluster.addTopic('orders', 4);
  }

  consumer(options: ConsumerOverrides = {}, hooks: ConsumerHooks = {}): Reader {
    const runtime = this.world.runtime();
    const { bootstrapServers } = this.cluster;
    return new Reader(
      this,
      runtime,
      new Consumer(runtime, { bootstrapServers, autoOffsetReset: 'earliest', ...options }, hooks),
    );
  }

  /** Appends one batch. */
  append(partition: number, values: readonly string[], traits: object = {}): Uint8Array {
    const records = values.map((value, index) => ({
      timestamp: 1000 + index,
      key: null,
      value: utf8(value),
    }));
    return this.appendBatch(partition, buildBatch({ records, ...traits }));
  }

  appendBatch(partition: number, bytes: Uint8Array): Uint8Array {
    const { batches, leaderEpoch } = this.cluster.partition('orders', partition);
    batchAt(bytes).assignOffsets(this.cluster.endOffset('orders', partition), leaderEpoch);
    batches.push(bytes);
    return bytes;
  }
}

export class Reader {
  readonly read: ConsumedRecord[] = [];
  readonly events: string[] = [];
  readonly setting: Setting;
  readonly runtime: Runtime;
  readonly consumer: Consumer;

  constructor(setting: Setting, runtime: Runtime, consumer: Consumer) {
    this.setting = setting;
    this.runtime = runtime;
    this.consumer = consumer;
  }

  get values(): string[] {
    return this.read.map(({ value }) => new TextDecoder().decode(value ?? undefined));
  }

  poll(timeoutMs = 100): ConsumedRecord[] {
    const records = this.setting.world.finish(this.runtime, this.consumer.poll(timeoutMs));
    this.read.push(...records);
    return records;
  }

  pollFor(durationMs: number): void {
    const untilMs = this.setting.world.nowMs + durationMs;
    while (this.setting.world.nowMs < untilMs) {
      this.poll(50);
      this.setting.world.advance(1);
    }
  }

  /** Polls on in a task, so that several can do it side by side. */
  keepPolling(): void {
    const { consumer, read } = this;
    const stopped = () => this.stopped;
    function* loop() {
      while (!stopped()) read.push(...(yield* consumer.poll(50)));
    }
    this.runtime.tasks.spawn('reader', loop());
  }

  stopped = false;

  subscribe(assignors: readonly AssignorName[] = ['range']): void {
    const { events } = this;
    const tell = (what: string) =>
      function* (partitions: readonly TopicPartition[]) {
        events.push(`${what} ${partitions.map(({ partition }) => partition).join()}`);
      };
    const listener: RebalanceListener = {
      onAssigned: tell('assigned'),
      onRevoked: tell('revoked'),
      onLost: tell('lost'),
    };
    this.consumer.subscribe(['orders'], { listener, assignors });
  }

  get partitions(): number[] {
    return this.consumer
      .assignment()
      .map(({ partition }) => partition)
      .sort();
  }
}
