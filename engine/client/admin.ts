// The admin client: what a cluster's operator asks for, with a typed result per thing asked about. Every
// result has `error`: Kafka's name of the error, or null; what was asked twice, and when, is in `admin-requests.ts`.
//
// Left out: ACLs, quotas, transactions, delegation tokens, and groups of the newer protocols.

import { assert } from '../base/assert.ts';
import { type TopicPartition, zeroUuid } from '../base/ids.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { ErrorCode, errorName } from '../errors.ts';
import { createPartitions } from '../protocol/apis/create-partitions.ts';
import { createTopics } from '../protocol/apis/create-topics.ts';
import { deleteGroups } from '../protocol/apis/delete-groups.ts';
import { deleteRecords } from '../protocol/apis/delete-records.ts';
import { deleteTopics } from '../protocol/apis/delete-topics.ts';
import { describeCluster } from '../protocol/apis/describe-cluster.ts';
import { describeConfigs } from '../protocol/apis/describe-configs.ts';
import { describeGroups } from '../protocol/apis/describe-groups.ts';
import { incrementalAlterConfigs } from '../protocol/apis/incremental-alter-configs.ts';
import { listGroups } from '../protocol/apis/list-groups.ts';
import type { DecodedResponseOf } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';
import { describeQuorumOf, type QuorumDescription } from './admin-quorum.ts';
import {
  AdminReplicas,
  type OngoingReassignment,
  type PartitionResult,
  type Reassignment,
} from './admin-replicas.ts';
import { AdminRequests, mayAskAgain, nameOrNull } from './admin-requests.ts';
import { type AdminConfig, type AdminOptions, adminConfig } from './client-config.ts';
import { type Broker, ClusterMetadata, type TopicMetadata } from './cluster-metadata.ts';
import { type CommittedOffset, CommittedOffsets } from './committed-offsets.ts';
import { decodeAssignment } from './consumer-wire.ts';
import { type OffsetAnswer, OffsetLookup, type OffsetQuestion } from './offset-lookup.ts';
import { localErrorName } from './send-outcome.ts';

export interface NewTopic {
  readonly name: string;
  /** Left out: the broker's `num.partitions`. */
  readonly partitionsCount?: number;
  /** Left out: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

export interface TopicResult {
  readonly name: string;
  readonly error: string | null;
  readonly message: string | null;
}

export interface ConfigEntry {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly isSensitive: boolean;
  /** Kafka's number of the source: 1 topic, 2 dynamic broker, 4 static broker, 5 default ... */
  readonly source: number;
}

export interface ConfigResource {
  readonly type: 'topic' | 'broker';
  readonly name: string;
}

export interface ConfigChange {
  readonly name: string;
  readonly operation: 'set' | 'delete' | 'append' | 'subtract';
  readonly value: string | null;
}

export interface GroupDescription {
  readonly groupId: string;
  readonly error: string | null;
  readonly state: string;
  readonly protocol: string;
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly clientId: string;
    readonly clientHost: string;
    /** Empty where the assignment is not one of the consumer protocol. */
    readonly assignment: readonly TopicPartition[];
  }[];
}

const resourceTypes = { topic: 2, broker: 4 } as const;
const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

export class Admin {
  readonly config: AdminConfig;
  readonly metadata: ClusterMetadata;
  readonly #runtime: Runtime;
  readonly #requests: AdminRequests;
  readonly #replicas: AdminReplicas;

  /** Options must be valid: `adminConfig` tells whether they are. */
  constructor(runtime: Runtime, options: AdminOptions) {
    const config = adminConfig(options);
    assert(config.ok, `admin options are valid: ${config.ok ? '' : config.error}`);
    this.config = config.value;
    this.#runtime = runtime;
    this.metadata = new ClusterMetadata(runtime, this.config, false);
    this.#requests = new AdminRequests(runtime, this.config, this.metadata);
    this.#replicas = new AdminReplicas(this.#requests);
  }

  close(): void {
    this.metadata.close();
  }

  // ---- topics

  *createTopics(topics: readonly NewTopic[], validateOnly = false): Task<TopicResult[]> {
    const draft = {
      topics: topics.map(({ name, partitionsCount, replicationFactor, configs }) => ({
        name,
        numPartitions: partitionsCount ?? -1,
        replicationFactor: replicationFactor ?? -1,
        assignments: [],
        configs: Object.entries(configs ?? {}).map(([key, value]) => ({ name: key, value })),
      })),
      timeoutMs: this.config.requestTimeoutMs,
      validateOnly,
    };
    const answer = yield* this.#requests.anywhere(createTopics, draft, ({ topics: told }) =>
      told.map(codeOf),
    );
    if (!answer.ok) return topics.map(({ name }) => ({ name, error: answer.error, message: null }));
    return answer.value.topics.map(asTopicResult);
  }

  *deleteTopics(names: readonly string[]): Task<TopicResult[]> {
    const { requestTimeoutMs: timeoutMs } = this.config;
    const answer = yield* this.#requests.anywhere(
      deleteTopics,
      (version) =>
        version >= 6
          ? { topics: names.map((name) => ({ name, topicId: zeroUuid })), topicNames: [], timeoutMs }
          : { topics: [], topicNames: names, timeoutMs },
      ({ responses }) => responses.map(codeOf),
    );
    if (!answer.ok) return names.map((name) => ({ name, error: answer.error, message: null }));
    return answer.value.responses.map((told) => asTopicResult({ ...told, name: told.name ?? '' }));
  }

  /** `partitionsCount` is the new total. */
  *createPartitions(
    topics: readonly { readonly name: string; readonly partitionsCount: number }[],
    validateOnly = false,
  ): Task<TopicResult[]> {
    const draft = {
      topics: topics.map(({ name, partitionsCount }) => ({
        name,
        count: partitionsCount,
        assignments: null,
      })),
      timeoutMs: this.config.requestTimeoutMs,
      validateOnly,
    };
    const answer = yield* this.#requests.anywhere(createPartitions, draft, ({ results }) =>
      results.map(codeOf),
    );
    if (!answer.ok) return topics.map(({ name }) => ({ name, error: answer.error, message: null }));
    return answer.value.results.map(asTopicResult);
  }

  /** Names of all topics, sorted. */
  *listTopics(): Task<Outcome<string[], string>> {
    const told = yield* this.metadata.allTopics();
    if (!told.ok) return failure(localErrorName(told.error));
    return success(told.value.topics.flatMap(({ name }) => (name === null ? [] : [name])).sort());
  }

  /** As they are now: asks the cluster even when the topics are known. */
  *describeTopics(names: readonly string[]): Task<(TopicMetadata & { readonly error: string | null })[]> {
    for (const name of names) this.metadata.want(name);
    const isNew = yield* this.metadata.nextUpdate(this.config.defaultApiTimeoutMs);
    // The answer just under way may have been to a question without the new names.
    if (isNew && names.some((name) => this.metadata.topic(name) === undefined)) {
      yield* this.metadata.nextUpdate(this.config.defaultApiTimeoutMs);
    }
    return names.map((name) => {
      const known = isNew ? this.metadata.topic(name) : undefined;
      if (known === undefined) {
        return {
          name,
          id: zeroUuid,
          errorCode: ErrorCode.NETWORK_EXCEPTION,
          partitions: [],
          error: 'NETWORK_EXCEPTION',
        };
      }
      return { ...known, error: nameOrNull(known.errorCode) };
    });
  }

  // ---- records

  /** By special timestamp (-1 latest, -2 earliest, -3 of the largest timestamp) or by time. */
  *listOffsets(
    questions: readonly OffsetQuestion[],
    isolationLevel: 'read_uncommitted' | 'read_committed' = 'read_uncommitted',
  ): Task<(OffsetAnswer & { readonly error: string | null })[]> {
    yield* this.#requests.knowLeaders(questions);
    const lookup = new OffsetLookup(this.#runtime, this.metadata, isolationLevel === 'read_committed');
    const { defaultApiTimeoutMs } = this.config;
    // Leaders move; a topic that nobody knows does not come by waiting for it.
    const isFinal = ({ topic, errorCode }: OffsetAnswer) => !mayAskAgain(errorCode) || this.#isMissing(topic);
    const answers = yield* lookup.offsetsWithin(questions, this.config, defaultApiTimeoutMs, isFinal);
    return answers.map((answer) => ({ ...answer, error: nameOrNull(answer.errorCode) }));
  }

  /** Deletes all records before `offset` (-1: before the high watermark); tells where each log starts now. */
  *deleteRecords(
    partitions: readonly (TopicPartition & { readonly offset: number })[],
  ): Task<(TopicPartition & { readonly lowWatermark: number; readonly error: string | null })[]> {
    yield* this.#requests.knowLeaders(partitions);
    const results: (TopicPartition & { lowWatermark: number; error: string | null })[] = [];
    for (const { topic, partition, offset } of partitions) {
      if (this.#isMissing(topic)) {
        results.push({ topic, partition, lowWatermark: -1, error: 'UNKNOWN_TOPIC_OR_PARTITION' });
        continue;
      }
      const draft = {
        topics: [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }],
        timeoutMs: this.config.requestTimeoutMs,
      };
      const codes = (told: DecodedResponseOf<typeof deleteRecords>) =>
        told.topics.flatMap(({ partitions: list }) => list.map(codeOf));
      const answer = yield* this.#requests.atLeader({ topic, partition }, deleteRecords, draft, codes);
      const told = answer.ok ? answer.value.topics[0]?.partitions[0] : undefined;
      const error = answer.ok ? nameOrNull(told?.errorCode ?? -1) : answer.error;
      results.push({ topic, partition, lowWatermark: told?.lowWatermark ?? -1, error });
    }
    return results;
  }

  // ---- configuration

  *describeConfigs(
    resources: readonly ConfigResource[],
    keys: readonly string[] | null = null,
  ): Task<{ resource: ConfigResource; error: string | null; entries: ConfigEntry[] }[]> {
    const results: { resource: ConfigResource; error: string | null; entries: ConfigEntry[] }[] = [];
    for (const resource of resources) {
      const wanted = {
        resourceType: resourceTypes[resource.type],
        resourceName: resource.name,
        configurationKeys: keys,
      };
      const draft = { resources: [wanted], includeSynonyms: false, includeDocumentation: false };
      const codes = (told: DecodedResponseOf<typeof describeConfigs>) => told.results.map(codeOf);
      const answer = yield* this.#requests.at(this.#ownerOf(resource), describeConfigs, draft, codes);
      const told = answer.ok ? answer.value.results[0] : undefined;
      const error = answer.ok ? nameOrNull(told?.errorCode ?? -1) : answer.error;
      const entries = (told?.configs ?? []).map(({ name, value, readOnly, isSensitive, configSource }) => ({
        name,
        value,
        readOnly,
        isSensitive,
        source: configSource,
      }));
      results.push({ resource, error, entries });
    }
    return results;
  }

  *incrementalAlterConfigs(
    resource: ConfigResource,
    changes: readonly ConfigChange[],
    validateOnly = false,
  ): Task<{ error: string | null; message: string | null }> {
    const configs = changes.map(({ name, operation, value }) => ({
      name,
      configOperation: operations[operation],
      value,
    }));
    const wanted = { resourceType: resourceTypes[resource.type], resourceName: resource.name, configs };
    const draft = { resources: [wanted], validateOnly };
    const codes = (told: DecodedResponseOf<typeof incrementalAlterConfigs>) => told.responses.map(codeOf);
    const answer = yield* this.#requests.at(this.#ownerOf(resource), incrementalAlterConfigs, draft, codes);
    if (!answer.ok) return { error: answer.error, message: null };
    const told = answer.value.responses[0];
    return { error: nameOrNull(told?.errorCode ?? -1), message: told?.errorMessage ?? null };
  }

  // ---- replicas

  /** `preferred`: the first replica leads again. `unclean`: whoever is there, where nobody leads. */
  electLeaders(
    type: 'preferred' | 'unclean',
    partitions: readonly TopicPartition[],
  ): Task<PartitionResult[]> {
    return this.#replicas.electLeaders(type, partitions);
  }

  /** What these partitions shall have for replicas; done when `listPartitionReassignments` tells of it no more. */
  alterPartitionReassignments(wishes: readonly Reassignment[]): Task<PartitionResult[]> {
    return this.#replicas.alterPartitionReassignments(wishes);
  }

  /** The reassignments under way, of all partitions or of these. */
  listPartitionReassignments(
    partitions: readonly TopicPartition[] | null = null,
  ): Task<Outcome<OngoingReassignment[], string>> {
    return this.#replicas.listPartitionReassignments(partitions);
  }

  // ---- groups

  /**
   * The classic and consumer groups of every broker that answers, by id; the error is that of the first that
   * did not.
   */
  *listGroups(): Task<{
    error: string | null;
    groups: { groupId: string; state: string; protocolType: string }[];
  }> {
    if (this.metadata.version === 0) yield* this.metadata.nextUpdate(this.config.defaultApiTimeoutMs);
    let error: string | null = this.metadata.brokers().length === 0 ? 'NETWORK_EXCEPTION' : null;
    const groups: { groupId: string; state: string; protocolType: string }[] = [];
    for (const { id } of this.metadata.brokers()) {
      const draft = { statesFilter: [], typesFilter: [] };
      const answer = yield* this.#requests.at(id, listGroups, draft, (told) => [told.errorCode]);
      if (!answer.ok) error ??= answer.error;
      else {
        error ??= nameOrNull(answer.value.errorCode);
        for (const { groupId, groupState, protocolType } of answer.value.groups) {
          groups.push({ groupId, state: groupState, protocolType });
        }
      }
    }
    groups.sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
    return { error, groups };
  }

  *describeGroups(groupIds: readonly string[]): Task<GroupDescription[]> {
    const results: GroupDescription[] = [];
    for (const groupId of groupIds) {
      const answer = yield* this.#requests.atCoordinator(
        groupId,
        describeGroups,
        { groups: [groupId], includeAuthorizedOperations: false },
        ({ groups }) => groups.map(codeOf),
      );
      const told = answer.ok ? answer.value.groups[0] : undefined;
      const error = answer.ok ? nameOrNull(told?.errorCode ?? -1) : answer.error;
      const isConsumer = told?.protocolType === 'consumer';
      results.push({
        groupId,
        error,
        state: told?.groupState ?? '',
        protocol: told?.protocolData ?? '',
        members: (told?.members ?? []).map(
          ({ memberId, groupInstanceId, clientId, clientHost, memberAssignment }) => {
            const decoded = isConsumer ? decodeAssignment(memberAssignment) : success([]);
            return {
              memberId,
              groupInstanceId,
              clientId,
              clientHost,
              assignment: decoded.ok ? decoded.value : [],
            };
          },
        ),
      });
    }
    return results;
  }

  *deleteGroups(groupIds: readonly string[]): Task<{ groupId: string; error: string | null }[]> {
    const results: { groupId: string; error: string | null }[] = [];
    for (const groupId of groupIds) {
      const draft = { groupsNames: [groupId] };
      const answer = yield* this.#requests.atCoordinator(groupId, deleteGroups, draft, (told) =>
        told.results.map(codeOf),
      );
      const error = answer.ok ? nameOrNull(answer.value.results[0]?.errorCode ?? -1) : answer.error;
      results.push({ groupId, error });
    }
    return results;
  }

  /** The committed offsets of these partitions; those without one are left out. */
  *listGroupOffsets(
    groupId: string,
    partitions: readonly TopicPartition[],
  ): Task<Outcome<CommittedOffset[], string>> {
    const committed = new CommittedOffsets(this.#runtime, this.config, this.#requests.coordinator(groupId));
    return yield* committed.fetch(partitions, this.config.defaultApiTimeoutMs);
  }

  // ---- the cluster

  *describeCluster(): Task<
    Outcome<{ clusterId: string; controllerId: number; brokers: readonly Broker[] }, string>
  > {
    const draft = { includeClusterAuthorizedOperations: false, includeFencedBrokers: false };
    const answer = yield* this.#requests.anywhere(describeCluster, draft, ({ errorCode }) => [errorCode]);
    if (!answer.ok) return answer;
    const { errorCode, clusterId, controllerId, brokers } = answer.value;
    if (errorCode !== ErrorCode.NONE) return failure(errorName(errorCode));
    const known = brokers.map(({ brokerId, host, port, rack }) => ({ id: brokerId, host, port, rack }));
    return success({ clusterId, controllerId, brokers: known.sort((a, b) => a.id - b.id) });
  }

  /** The metadata quorum as its leader sees it; the error is a name. */
  describeQuorum(): Task<Outcome<QuorumDescription, string>> {
    return describeQuorumOf(this.#requests);
  }

  #isMissing(topic: string): boolean {
    return this.metadata.topic(topic)?.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  }

  /**
   * Topic configuration may be asked of any broker, a broker's own only of itself ('' is the cluster-wide
   * default).
   */
  #ownerOf(resource: ConfigResource): number | undefined {
    return resource.type === 'broker' && resource.name !== '' ? Number(resource.name) : undefined;
  }
}

function codeOf(told: { readonly errorCode: number }): number {
  return told.errorCode;
}

function asTopicResult(told: { name: string; errorCode: number; errorMessage: string | null }): TopicResult {
  return { name: told.name, error: nameOrNull(told.errorCode), message: told.errorMessage };
}
