import { readdirSync } from 'node:fs';
import { describe, test } from 'vitest';
import { errorName } from '../errors.ts';
import { ControllerWorld, toldPartition } from '../testing/controller-world.ts';
import { checkStory, parseCommand } from '../testing/stories.ts';
import { planIncrementalAlterConfigs } from './alter-configs.ts';
import { planAlterPartition } from './alter-partition.ts';
import {
  electionType,
  planElectLeaders,
  planPreferredElections,
  planUncleanElections,
} from './elect-leaders.ts';
import { planFencing } from './heartbeat.ts';
import type { MetadataRecord } from './metadata-record.ts';
import { isUncleanElection } from './partition-change.ts';
import { ongoingReassignments, planAlterPartitionReassignments } from './reassignments.ts';
import { planUnregisterBroker } from './registration.ts';

const folder = new URL('./stories/', import.meta.url);

describe('stories of the controller', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.story'))) {
    test(file, () => {
      const player = new Player();
      checkStory(new URL(file, folder), (command) => player.play(command));
    });
  }
});

type Options = ReadonlyMap<string, string>;

/** Plays commands against one world; what is heard are answers, and the state of what changed. */
class Player {
  #world = new ControllerWorld();
  #before = new Map<string, Parameters<typeof isUncleanElection>[0]>();

  play(command: string): string[] {
    const { words, options } = parseCommand(command);
    const [verb = '', ...args] = words;
    this.#before = new Map();
    for (const topic of this.#world.image.topics()) {
      for (const one of topic.partitions) this.#before.set(`${topic.topicId}-${one.index}`, one);
    }
    this.#world.records = [];
    return [...this.#answers(verb, args, options), ...this.#changes(this.#world.records)];
  }

  #answers(verb: string, args: readonly string[], options: Options): string[] {
    const world = this.#world;
    const [first = ''] = args;
    const id = Number(first);
    switch (verb) {
      case 'cluster': {
        this.#world = new ControllerWorld(
          Object.fromEntries([...options].filter(([name]) => name !== 'brokers')),
        );
        this.#world.join(...numbers(options.get('brokers')));
        this.#world.records = [];
        return [];
      }
      case 'topic': {
        const { replicas = '', ...configs } = Object.fromEntries(options);
        const error = world.createTopic(first, replicas.split(';').map(numbers), configs);
        return error === 'NONE' ? [] : [error];
      }
      case 'advance':
        world.nowMs += id;
        return [];
      case 'failover':
        world.sessions.begin(world.nowMs);
        return [];
      case 'register':
        return [`${first} ${world.register(id, this.#registration(id, options))}`];
      case 'heartbeat':
        return [`${first} ${this.#heartbeat(id, args, options)}`];
      case 'expire':
        return this.#expire();
      case 'fence':
        world.fence(id);
        return [];
      case 'unregister':
        return [errorName(world.run((context) => planUnregisterBroker(context, id)).errorCode)];
      case 'isr':
        return this.#alterIsr(first, options);
      case 'elect':
        return this.#elect(first, args.slice(1));
      case 'balance':
        world.run(planPreferredElections);
        return [];
      case 'unclean-round':
        world.run(planUncleanElections);
        return [];
      case 'reassign':
        return this.#reassign(first, options);
      case 'reassignments':
        return ongoingReassignments(world.image, null).flatMap(({ name, partitions }) =>
          partitions.map((one) => `${name}-${one.partitionIndex} is reassigned`),
        );
      case 'config':
        return this.#configure(first, options);
      case 'show':
        return [`${first} ${toldPartition(world.partition(...named(first)))}`];
      default:
        throw new Error(`no such command: ${verb}`);
    }
  }

  #registration(id: number, options: Options) {
    const world = this.#world;
    const former = world.image.brokers.get(id);
    return {
      ...(options.get('after') === 'clean' ? { previousBrokerEpoch: world.epochOf(id) } : {}),
      ...(options.get('life') === 'same' ? { incarnationId: former?.incarnationId ?? '' } : {}),
      ...(options.has('cluster') ? { clusterId: options.get('cluster') ?? '' } : {}),
      ...(options.has('directories')
        ? { logDirs: (options.get('directories') ?? '').split(',').filter(Boolean) }
        : {}),
    };
  }

  #heartbeat(id: number, args: readonly string[], options: Options): string {
    const behind = Number(options.get('behind') ?? 0);
    const granted = this.#world.heartbeat(id, {
      wantFence: args.includes('fence'),
      wantShutDown: args.includes('shutdown'),
      currentMetadataOffset: this.#world.image.highestOffset - behind,
      ...(options.has('epoch') ? { brokerEpoch: Number(options.get('epoch')) } : {}),
    });
    if (granted.errorCode !== 0) return errorName(granted.errorCode);
    const { isCaughtUp, isFenced, shouldShutDown, inControlledShutdown } = granted;
    const state = shouldShutDown
      ? 'may go'
      : inControlledShutdown
        ? 'waits'
        : isFenced
          ? 'fenced'
          : 'unfenced';
    return isCaughtUp ? state : `${state}, behind`;
  }

  #expire(): string[] {
    const world = this.#world;
    const unfenced = world.image.brokers.all().filter((broker) => !broker.fenced);
    const expired = world.sessions.expired(unfenced, world.nowMs);
    if (expired === undefined) return ['nobody'];
    world.run((context) => planFencing(context, expired, world.epochOf(expired)));
    return [`${expired} is silent`];
  }

  /** `isr a-0 to=1,2`, by default from the leader, with what it would know. */
  #alterIsr(name: string, options: Options): string[] {
    const world = this.#world;
    const [topic, index] = named(name);
    const partition = world.image.partition(topic, index);
    const brokerId = Number(options.get('by') ?? partition?.leader);
    const newIsr = (options.get('to') ?? '').split(',').map((member) => {
      const [id = '', epoch] = member.split('@');
      return {
        brokerId: Number(id),
        brokerEpoch: epoch === undefined ? world.epochOf(Number(id)) : Number(epoch),
      };
    });
    const wanted = {
      partitionIndex: index,
      leaderEpoch: (partition?.leaderEpoch ?? 0) + Number(options.get('leader-epoch') ?? 0),
      partitionEpoch: (partition?.partitionEpoch ?? 0) + Number(options.get('partition-epoch') ?? 0),
      leaderRecoveryState: Number(options.get('recovering') ?? 0),
      newIsr,
    };
    const brokerEpoch = Number(options.get('epoch') ?? world.epochOf(brokerId));
    const topicId = world.image.topic(topic)?.topicId ?? 'AAAAAAAAAAAAAAAAAAAAAA';
    const answered = world.run((context) =>
      planAlterPartition(context, { brokerId, brokerEpoch, topics: [{ topicId, partitions: [wanted] }] }),
    );
    if (answered.errorCode !== 0) return [errorName(answered.errorCode)];
    return answered.topics.flatMap(({ partitions }) =>
      partitions.map((one) =>
        one.errorCode === 0
          ? `answer leader ${one.leaderId} epoch ${one.leaderEpoch}/${one.partitionEpoch} isr ${one.isr.join(',')}`
          : errorName(one.errorCode),
      ),
    );
  }

  #elect(type: string, names: readonly string[]): string[] {
    const asked = names.map((name) => {
      const [topic, index] = named(name);
      return { topic, partitions: [index] };
    });
    const topicPartitions = names[0] === 'all' ? null : asked;
    const wanted = { preferred: electionType.preferred, unclean: electionType.unclean }[type] ?? 7;
    const elected = this.#world.run((context) =>
      planElectLeaders(context, { electionType: wanted, topicPartitions }),
    );
    if (elected.errorCode !== 0) return [errorName(elected.errorCode)];
    return elected.topics.flatMap(({ topic, partitions }) =>
      partitions.map((one) => `${topic}-${one.partitionId} ${errorName(one.errorCode)}`),
    );
  }

  #reassign(name: string, options: Options): string[] {
    const [topic, index] = named(name);
    const to = options.get('to');
    const replicas = to === undefined ? null : numbers(to);
    const allowReplicationFactorChange = options.get('factor') !== 'same';
    const topics = [{ name: topic, partitions: [{ partitionIndex: index, replicas }] }];
    return this.#world
      .run((context) => planAlterPartitionReassignments(context, { allowReplicationFactorChange, topics }))
      .flatMap(({ partitions }) => partitions.map((one) => errorName(one.errorCode)));
  }

  /** `config topic:a name=value`, `config cluster`, `config broker:1`; an empty value deletes. */
  #configure(resource: string, options: Options): string[] {
    const [kind, name = ''] = resource.split(':');
    const configs = [...options].map(([key, value]) => ({
      name: key,
      configOperation: value === '' ? 1 : 0,
      value: value === '' ? null : value,
    }));
    const resources = [{ resourceType: kind === 'topic' ? 2 : 4, resourceName: name, configs }];
    return this.#world
      .run((context) => planIncrementalAlterConfigs(context, { resources, validateOnly: false }))
      .map((one) => errorName(one.errorCode));
  }

  #changes(records: readonly MetadataRecord[]): string[] {
    return records.flatMap((record) => {
      switch (record.kind) {
        case 'partition':
        case 'partition-change': {
          const { topicId, partitionId } = record.body;
          const topic = this.#world.image.topicById(topicId);
          const partition = topic?.partitions[partitionId];
          if (topic === undefined || partition === undefined) return [];
          const before = this.#before.get(`${topicId}-${partitionId}`);
          const isUnclean = before !== undefined && isUncleanElection(before, record.body);
          return [`* ${topic.name}-${partitionId} ${toldPartition(partition)}${isUnclean ? ' UNCLEAN' : ''}`];
        }
        case 'broker-registration-change': {
          const { brokerId, fenced, inControlledShutdown } = record.body;
          return [
            ...(fenced === 0 ? [] : [`* broker ${brokerId} ${fenced > 0 ? 'fenced' : 'unfenced'}`]),
            ...(inControlledShutdown === 0 ? [] : [`* broker ${brokerId} on its way out`]),
          ];
        }
        case 'register-broker': {
          const { brokerId, brokerEpoch, fenced } = record.body;
          const isAtItsOffset = brokerEpoch === this.#world.image.highestOffset;
          const epoch = isAtItsOffset ? 'its offset' : 'as before';
          return [`* broker ${brokerId} registered ${fenced ? 'fenced' : 'unfenced'}, epoch ${epoch}`];
        }
        case 'unregister-broker':
          return [`* broker ${record.body.brokerId} struck off`];
        case 'clear-elr':
          return [`* elr cleared of ${record.body.topicName === '' ? 'all' : record.body.topicName}`];
        case 'config':
          return [`* ${record.body.name} = ${record.body.value}`];
        default:
          return [];
      }
    });
  }
}

function numbers(text = ''): number[] {
  return text === '' ? [] : text.split(',').map(Number);
}

/** `a-0` */
function named(name: string): [topic: string, index: number] {
  const dash = name.lastIndexOf('-');
  return [name.slice(0, dash), Number(name.slice(dash + 1))];
}
