// Replication told in stories (`replica-stories/*.story`): each is one small cluster, played from top to bottom. What
// is heard are answers and what the brokers decided; `show` tells how the logs stand.

import { readdirSync } from 'node:fs';
import { describe, test } from 'vitest';
import { present } from '../base/assert.ts';
import { errorName } from '../errors.ts';
import { deleteRecords } from '../protocol/apis/delete-records.ts';
import { fetch } from '../protocol/apis/fetch.ts';
import { listOffsets } from '../protocol/apis/list-offsets.ts';
import { produce } from '../protocol/apis/produce.ts';
import { utf8 } from '../protocol/bytes.ts';
import { wholeBatchesOf } from '../protocol/record-batch.ts';
import { buildBatch } from '../protocol/record-batch-builder.ts';
import { ReplicaFixture } from '../testing/replica-fixture.ts';
import { checkStory, parseCommand } from '../testing/stories.ts';
import type { TraceEvent } from '../trace-events.ts';

const folder = new URL('./replica-stories/', import.meta.url);

describe('stories of replication', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.story'))) {
    test(file, () => {
      const player = new Player();
      checkStory(new URL(file, folder), (command) => player.play(command));
    });
  }
});

class Player {
  #world = new ReplicaFixture([1, 2, 3]);
  readonly #seen = new Map<number, TraceEvent[]>();

  play(command: string): string[] {
    const { words, options } = parseCommand(command);
    const [verb = '', ...rest] = words;
    this.#perform(verb, rest, options);
    const moving = !['hold', 'show'].includes(verb);
    if (moving) this.#world.settle();
    return [...this.#world.heard.splice(0), ...this.#news()];
  }

  #perform(verb: string, [first = '', second = '']: string[], options: Map<string, string>): void {
    const world = this.#world;
    const number = (name: string, usual: number) => Number(options.get(name) ?? usual);
    const ids = (name: string) => options.get(name)?.split(',').map(Number);
    switch (verb) {
      case 'brokers':
        this.#world = new ReplicaFixture(first.split(',').map(Number), Object.fromEntries(options));
        return;
      case 'topic':
        return world.createTopic('t', first.split(',').map(Number), {
          'min.insync.replicas': options.get('min') ?? '1',
        });
      case 'delete-topic':
        return world.deleteTopic('t');
      case 'elect':
        return world.change('t', { leader: Number(first), ...some('isr', ids('isr')) });
      case 'change':
        return world.change('t', { ...some('isr', ids('isr')), ...some('replicas', ids('replicas')) });
      case 'produce':
        return this.#produce(Number(first), second, number('acks', -1), number('timeout', 1000));
      case 'consume':
        return this.#consume(Number(first), number('from', 0), options.get('rack') ?? '');
      case 'latest':
        return this.#latest(Number(first));
      case 'delete-records':
        return this.#deleteRecords(Number(first), number('to', -1));
      case 'advance':
        return world.advance(Number(first));
      case 'cut':
        return world.cut(Number(first), Number(second), true);
      case 'join':
        return world.cut(Number(first), Number(second), false);
      case 'lag':
        return world.lag(Number(first), true);
      case 'catch-up':
        return world.lag(Number(first), false);
      case 'silence':
        return world.silenceController(true);
      case 'speak':
        return world.silenceController(false);
      case 'crash':
        return this.#end(Number(first), () => world.node(Number(first)).die('crash'));
      case 'power-loss':
        return this.#end(Number(first), () => world.node(Number(first)).die('power-loss'));
      case 'stop':
        return this.#end(Number(first), () => world.node(Number(first)).stop());
      case 'flush':
        return this.#flush(Number(first));
      case 'fence':
        return world.fence(Number(first));
      case 'start':
        return world.start(Number(first));
      case 'show':
        return this.#show();
      default:
        throw new Error(`no such command: ${verb}`);
    }
  }

  #produce(id: number, value: string, acks: number, timeoutMs: number): void {
    const records = buildBatch({ records: [{ timestamp: 1, key: null, value: utf8(value) }] });
    const topicId = this.#topicId();
    const topicData = [{ name: '', topicId, partitionData: [{ index: 0, records }] }];
    const request = { transactionalId: null, acks, timeoutMs, topicData };
    this.#world.node(id).answer(produce, 13, request, ({ responses }) => {
      const answered = present(responses[0]?.partitionResponses[0], 'the answer of the one partition');
      const { errorCode, baseOffset, currentLeader } = answered;
      const moved = currentLeader.leaderId >= 0 ? ` leader=${currentLeader.leaderId}` : '';
      this.#world.heard.push(`produce ${value}: ${errorName(errorCode)} at ${baseOffset}${moved}`);
    });
  }

  #consume(id: number, fetchOffset: number, rackId: string): void {
    const partition = { partition: 0, fetchOffset, partitionMaxBytes: 1000 };
    const topics = [{ topic: '', topicId: this.#topicId(), partitions: [partition] }];
    const request = { maxWaitMs: 500, minBytes: 1, topics, forgottenTopicsData: [], rackId };
    this.#world.node(id).answer(fetch, 17, request, ({ responses, nodeEndpoints }) => {
      const [one] = responses[0]?.partitions ?? [];
      if (one === undefined) return;
      const { batches } = wholeBatchesOf(one.records ?? new Uint8Array(0));
      const offsets = batches.map(({ baseOffset }) => baseOffset).join();
      const said = [`hw=${one.highWatermark}`, `offsets=${offsets}`];
      if (one.preferredReadReplica >= 0) said.push(`rather-from=${one.preferredReadReplica}`);
      if (one.currentLeader.leaderId >= 0) said.push(`leader=${one.currentLeader.leaderId}`);
      if (nodeEndpoints.length > 0) said.push(`at=${nodeEndpoints.map(({ host }) => host).join()}`);
      this.#world.heard.push(`consume from ${id}: ${errorName(one.errorCode)} ${said.join(' ')}`);
    });
  }

  #latest(id: number): void {
    const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1 }];
    const request = {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: 't', partitions }],
      timeoutMs: 1000,
    };
    this.#world.node(id).answer(listOffsets, 10, request, ({ topics }) => {
      const [one] = topics[0]?.partitions ?? [];
      this.#world.heard.push(`latest of ${id}: ${errorName(one?.errorCode ?? 0)} ${one?.offset}`);
    });
  }

  #deleteRecords(id: number, offset: number): void {
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, offset }] }];
    this.#world.node(id).answer(deleteRecords, 2, { topics, timeoutMs: 1000 }, (answer) => {
      const [one] = answer.topics[0]?.partitions ?? [];
      this.#world.heard.push(`delete-records: ${errorName(one?.errorCode ?? 0)} low=${one?.lowWatermark}`);
    });
  }

  #end(id: number, how: () => void): void {
    how();
    this.#seen.delete(id);
  }

  #flush(id: number): void {
    const { memory, replicas } = this.#world.node(id);
    const partition = replicas.partition('t', 0);
    if (partition !== undefined) memory.run(partition.log.flush());
  }

  #show(): void {
    const { heard, nodes, image } = this.#world;
    const committed = image.partition('t', 0);
    if (committed !== undefined) {
      const { leader, leaderEpoch, partitionEpoch, isr } = committed;
      heard.push(`committed: leader=${leader} epoch=${leaderEpoch}.${partitionEpoch} isr=${isr.join()}`);
    }
    for (const node of nodes.values()) {
      if (!node.alive) {
        heard.push(`${node.id}: dead`);
        continue;
      }
      const partition = node.replicas.partition('t', 0);
      if (partition === undefined) {
        heard.push(`${node.id}: no replica`);
        continue;
      }
      const { state, logStartOffset, logEndOffset, highWatermark, leaderEpoch, log } = partition;
      const role = state.isLeader ? 'leads' : `follows ${state.role.leader}`;
      const epochs = log.epochs.entries.map(({ epoch, startOffset }) => `${epoch}@${startOffset}`).join(' ');
      heard.push(
        `${node.id}: ${role} e${leaderEpoch} [${logStartOffset},${logEndOffset}) hw=${highWatermark}` +
          ` epochs ${epochs}: ${node.content('t', 0).join(' ')}`,
      );
    }
  }

  /** What the brokers decided since the last time. */
  #news(): string[] {
    const told: string[] = [];
    for (const { id, memory } of this.#world.nodes.values()) {
      const seen = this.#seen.get(id);
      const from = seen === memory.events ? (this.#counts.get(id) ?? 0) : 0;
      for (const event of memory.events.slice(from)) {
        if (event.kind === 'log-truncated') told.push(`${id}: truncated to ${event.logEndOffset}`);
        if (event.kind === 'isr-proposed') told.push(`${id}: proposes isr=${event.isr}`);
      }
      this.#seen.set(id, memory.events);
      this.#counts.set(id, memory.events.length);
    }
    return told;
  }

  readonly #counts = new Map<number, number>();

  #topicId(): string {
    return this.#world.image.topic('t')?.topicId ?? '';
  }
}

function some<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
