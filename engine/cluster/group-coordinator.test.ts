// The group coordinator told in stories (`stories/*.story`): each is one world, played from top to bottom. The commands
// are those of `perform` below; what is heard are answers, in the order in which they come, and changes of state.

import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { errorName } from '../errors.ts';
import { fromUtf8, utf8, Writer } from '../protocol/bytes.ts';
import { writeStruct } from '../protocol/codec.ts';
import { consumerProtocolSubscription } from '../protocol/messages/consumer-protocol.ts';
import { GroupWorld } from '../testing/group-world.ts';
import { checkStory, parseCommand } from '../testing/stories.ts';
import type { CommittingPartition } from './group-coordinator.ts';
import { partitionOfGroup } from './group-coordinator.ts';

const folder = new URL('./stories/', import.meta.url);

describe('stories of the group coordinator', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.story'))) {
    test(file, () => {
      const player = new Player();
      checkStory(new URL(file, folder), (command) => player.play(command));
      expect(player.world.bugs).toEqual([]);
    });
  }
});

test('the partition of a group follows the hash of Java strings', () => {
  // Values of Java's String.hashCode: "" 0, "a" 97, "group" 98629247, "polygenelubricants" -2147483648.
  expect(partitionOfGroup('', 50)).toBe(0);
  expect(partitionOfGroup('a', 50)).toBe(97 % 50);
  expect(partitionOfGroup('group', 50)).toBe(98629247 % 50);
  expect(partitionOfGroup('polygenelubricants', 50)).toBe(0);
});

/** A subscription of the consumer protocol to topics joined by `+`; `!text` is metadata that nobody can read. */
function metadataOf(text: string): Uint8Array {
  if (text.startsWith('!')) return utf8(text);
  const writer = new Writer();
  writer.int16(1);
  const topics = text === '' ? [] : text.split('+');
  writeStruct(consumerProtocolSubscription.body, 1, false, { topics, ownedPartitions: [] }, writer);
  return writer.toBytes();
}

class Player {
  world = new GroupWorld();
  #heard: string[] = [];
  #seen = 0;
  /** The last known member id and generation of each name of the story. */
  readonly #ids = new Map<string, string>();
  readonly #generations = new Map<string, number>();

  play(command: string): string[] {
    this.#heard = [];
    const { words, options } = parseCommand(command);
    this.#perform(words, options);
    this.world.time.advance(0);
    this.#listen();
    return this.#heard;
  }

  #say(text: string): void {
    this.#listen();
    this.#heard.push(text);
  }

  #listen(): void {
    for (const event of this.world.events.slice(this.#seen)) {
      if (event.kind === 'group-state') {
        this.#heard.push(
          `* ${event.group} ${event.state}, generation ${event.generation}, members ${event.members}`,
        );
      } else if (event.kind === 'coordinator-loaded') this.#heard.push(`* loaded ${event.groups} groups`);
      else if (event.kind === 'coordinator-unloaded')
        this.#heard.push(`* unloaded, epoch ${event.coordinatorEpoch}`);
      else if (event.kind === 'note') this.#heard.push(`* ${event.text}`);
    }
    this.#seen = this.world.events.length;
  }

  #perform(words: string[], options: Map<string, string>): void {
    const [verb = '', name = ''] = words;
    const { world } = this;
    switch (verb) {
      case 'world':
        this.world = new GroupWorld(
          Object.fromEntries([...options].map(([key, value]) => [key, Number(value)])),
        );
        this.#seen = 0;
        this.#ids.clear();
        this.#generations.clear();
        return this.world.startAndLoad();
      case 'advance':
        return world.time.advance(Number(name));
      case 'hold':
        world.partition.holding = true;
        return;
      case 'release':
        return world.partition.release();
      case 'refuse':
        world.partition.refuseNext = Number(name);
        return;
      case 'doubt':
        world.partition.doubtNext = Number(name);
        return;
      case 'corrupt':
        // A record value of a version that nobody knows.
        world.partition.batches[0]?.bytes.fill(0x7f, 70);
        return;
      case 'compact':
        world.partition.batches.splice(Number(name), Number(words[2] ?? 1));
        return;
      case 'unload':
        return world.resign();
      case 'reload':
        return world.reload();
      case 'lead':
        world.leader = name === 'nobody' ? undefined : Number(name);
        return;
      case 'elect':
        world.partition.leaderEpoch = Math.max(world.partition.leaderEpoch, Number(name));
        return world.runtime.tasks.enter(() => world.coordinator.elected(0, Number(name)));
      case 'resign': {
        const leaderEpoch = name === 'deleted' ? undefined : Number(name);
        return world.runtime.tasks.enter(() => world.coordinator.resigned(0, leaderEpoch));
      }
      case 'recreate':
        world.recreate();
        return;
      case 'truncate':
        return world.partition.truncate();
      default:
        return this.#ask(verb, name, words.slice(2), options);
    }
  }

  #ask(verb: string, name: string, rest: string[], options: Map<string, string>): void {
    switch (verb) {
      case 'join':
        return this.#join(name, options);
      case 'sync':
        return this.#sync(name, rest, options);
      case 'heartbeat': {
        const task = this.world.coordinator.heartbeat(this.#identity(name, options));
        return this.world.run(task, (code) => this.#say(`${name} heartbeat ${errorName(code)}`));
      }
      case 'leave':
        return this.#leave(name, options);
      case 'commit':
        return this.#commit(name, rest, options);
      case 'offsets':
        return this.#offsets(name, options);
      case 'describe':
        return this.#describe(name);
      case 'list':
        return this.world.run(this.world.coordinator.list(), (listed) => {
          if (!listed.ok) this.#say(`list ${errorName(listed.error)}`);
          else
            this.#say(
              `list ${listed.value.map((one) => `${one.groupId}:${one.state}`).join(' ') || 'nothing'}`,
            );
        });
      case 'delete':
        return this.world.run(this.world.coordinator.delete(name), (code) =>
          this.#say(`delete ${name} ${errorName(code)}`),
        );
      case 'find':
        return this.world.run(this.world.coordinator.findCoordinator(name), ({ errorCode, nodeId, host }) =>
          this.#say(`find ${errorCode === 0 ? `${nodeId} at ${host}` : errorName(errorCode)}`),
        );
      case 'delete-offsets':
        return this.#deleteOffsets(name, rest);
      default:
        throw new Error(`no command ${verb}`);
    }
  }

  #identity(name: string, options: Map<string, string>) {
    return {
      groupId: options.get('group') ?? 'g',
      memberId: options.get('member') ?? this.#ids.get(name) ?? '',
      groupInstanceId: options.get('instance') ?? null,
      generationId: Number(options.get('generation') ?? this.#generations.get(name) ?? -1),
    };
  }

  #join(name: string, options: Map<string, string>): void {
    const version = Number(options.get('version') ?? 9);
    const protocols = (options.get('protocols') ?? 'range:orders').split(',').map((one) => {
      const [protocol = '', topics = ''] = one.split(':');
      return { name: protocol, metadata: metadataOf(topics) };
    });
    const { groupId, memberId, groupInstanceId } = this.#identity(name, options);
    const task = this.world.coordinator.join({
      groupId,
      memberId,
      groupInstanceId,
      sessionTimeoutMs: Number(options.get('session') ?? 10_000),
      rebalanceTimeoutMs: Number(options.get('rebalance') ?? 60_000),
      protocolType: options.get('type') ?? 'consumer',
      protocols: options.get('protocols') === '' ? [] : protocols,
      clientId: name,
      clientHost: '/here',
      requiresKnownMemberId: version >= 4,
      supportsSkippingAssignment: version >= 9,
    });
    this.world.run(task, (answer) => {
      if (answer.memberId !== '') this.#ids.set(name, answer.memberId);
      const { errorCode, generationId, leader, members } = answer;
      if (errorCode !== 0)
        return this.#say(`${name} join ${errorName(errorCode)} ${answer.memberId}`.trimEnd());
      this.#generations.set(name, generationId);
      const role = leader === answer.memberId ? 'leads' : `follows ${leader}`;
      const whom = members.length > 0 ? ` [${members.map(({ memberId: id }) => id).join(' ')}]` : '';
      const skip = answer.skipAssignment ? ' skips assignment' : '';
      this.#say(
        `${name} joined ${generationId} as ${answer.memberId} ${answer.protocolName} ${role}${whom}${skip}`,
      );
    });
  }

  #sync(name: string, assignments: string[], options: Map<string, string>): void {
    const task = this.world.coordinator.sync({
      ...this.#identity(name, options),
      protocolType: options.get('type') ?? null,
      protocolName: options.get('protocol') ?? null,
      assignments: assignments.map((one) => {
        const [to = '', what = ''] = one.split(':');
        return { memberId: this.#ids.get(to) ?? to, assignment: utf8(what) };
      }),
    });
    this.world.run(task, ({ errorCode, assignment }) =>
      this.#say(`${name} sync ${errorCode === 0 ? `"${fromUtf8(assignment)}"` : errorName(errorCode)}`),
    );
  }

  #leave(name: string, options: Map<string, string>): void {
    const { groupId, memberId, groupInstanceId } = this.#identity(name, options);
    const task = this.world.coordinator.leave(groupId, [{ memberId, groupInstanceId }]);
    this.world.run(task, ({ errorCode, members }) => {
      const codes = members.map((one) => errorName(one.errorCode)).join(' ');
      this.#say(`${name} leave ${errorCode === 0 ? codes : errorName(errorCode)}`);
    });
  }

  #commit(name: string, offsets: string[], options: Map<string, string>): void {
    const committing: CommittingPartition[] = offsets.map((one) => {
      const [topic = '', partition = '0', offset = '0'] = one.split('/');
      const metadata = 'm'.repeat(Number(options.get('metadata') ?? 0));
      const topicId = options.get('id') ?? 'AAAAAAAAAAAAAAAAAAAAAA';
      return {
        topic,
        topicId,
        partition: Number(partition),
        offset: Number(offset),
        leaderEpoch: 3,
        metadata,
      };
    });
    const retentionMs = Number(options.get('retention') ?? -1);
    const task = this.world.coordinator.commitOffsets(this.#identity(name, options), committing, retentionMs);
    this.world.run(task, (codes) => this.#say(`${name} commit ${codes.map(errorName).join(' ')}`));
  }

  #offsets(groupId: string, options: Map<string, string>): void {
    const stable = options.get('stable') === 'yes';
    this.world.run(this.world.coordinator.fetchOffsets(groupId, stable), (fetched) => {
      if (!fetched.ok) return this.#say(`offsets ${errorName(fetched.error)}`);
      const all = fetched.value.map(({ topic, partition, value }) => `${topic}/${partition}=${value.offset}`);
      this.#say(`offsets ${all.join(' ') || 'none'}`);
    });
  }

  #describe(groupId: string): void {
    this.world.run(this.world.coordinator.describe(groupId), ({ errorCode, state, protocol, members }) => {
      const who = members.map((one) => ` ${one.memberId}="${fromUtf8(one.assignment)}"`).join('');
      this.#say(`describe ${errorName(errorCode)} ${state}${protocol === '' ? '' : ` ${protocol}`}${who}`);
    });
  }

  #deleteOffsets(groupId: string, partitions: string[]): void {
    const named = partitions.map((one) => {
      const [topic = '', partition = '0'] = one.split('/');
      return { topic, partition: Number(partition) };
    });
    this.world.run(this.world.coordinator.deleteOffsets(groupId, named), (deleted) => {
      const heard = deleted.ok ? deleted.value.map(errorName).join(' ') : errorName(deleted.error);
      this.#say(`delete-offsets ${heard}`);
    });
  }
}
