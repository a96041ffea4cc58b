// The admin client: what a cluster's operator asks for, with a typed result per thing asked about. Every
// result has `error`: Kafka's name of the error, or null. Requests that change something are sent again only
// when the first attempt certainly did nothing, or the broker says that trying again is right; otherwise the
// error is what happened to the connection, and the change may have been made.
//
// Left out: ACLs, quotas, reassignment, elections, transactions, delegation tokens, and groups of the newer
// protocols.

import { assert } from '../base/assert.ts';
import { type TopicPartition, zeroUuid } from '../base/ids.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { ErrorCode, errorName, isRetriable } from '../errors.ts';
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
import type { Api, DecodedResponseOf } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';
import { backoffMs } from './backoff.ts';
import { type AdminConfig, type AdminOptions, adminConfig } from './client-config.ts';
import { type Broker, ClusterMetadata, type TopicMetadata } from './cluster-metadata.ts';
import { type CommittedOffset, CommittedOffsets } from './committed-offsets.ts';
import type { BrokerConnection, ConnectionError, Draft } from './connection.ts';
import { decodeAssignment } from './consumer-wire.ts';
import { GroupCoordinator } from './group-coordinator.ts';
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
  readonly #coordinators = new Map<string, GroupCoordinator>();

  /** Options must be valid: `adminConfig` tells whether they are. */
  constructor(runtime: Runtime, options: AdminOptions) {
    const config = adminConfig(options);
    assert(config.ok, `admin options are valid: ${config.ok ? '' : config.error}`);
    this.config = config.value;
    this.#runtime = runtime;
    this.metadata = new ClusterMetadata(runtime, this.config, false);
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
    const answer = yield* this.#anywhere(createTopics, draft, ({ topics: told }) => told.map(codeOf));
    if (!answer.ok) return topics.map(({ name }) => ({ name, error: answer.error, message: null }));
    return answer.value.topics.map(asTopicResult);
  }

  *deleteTopics(names: readonly string[]): Task<TopicResult[]> {
    const { requestTimeoutMs: timeoutMs } = this.config;
    const answer = yield* this.#anywhere(
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
    const answer = yield* this.#anywhere(createPartitions, draft, ({ results }) => results.map(codeOf));
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
    yield* this.#knowLeaders(questions);
    const lookup = new OffsetLookup(this.#runtime, this.metadata, isolationLevel === 'read_committed');
    const answers = yield* lookup.offsets(questions);
    return answers.map((answer) => ({ ...answer, error: nameOrNull(answer.errorCode) }));
  }

  /** Deletes all records before `offset` (-1: before the high watermark); tells where each log starts now. */
  *deleteRecords(
    partitions: readonly (TopicPartition & { readonly offset: number })[],
  ): Task<(TopicPartition & { readonly lowWatermark: number; readonly error: string | null })[]> {
    yield* this.#knowLeaders(partitions);
    const results: (TopicPartition & { lowWatermark: number; error: string | null })[] = [];
    for (const { topic, partition, offset } of partitions) {
      const leaderId = this.metadata.partition(topic, partition)?.leaderId ?? -1;
      const connection = yield* this.metadata.connectionTo(leaderId);
      const answer = connection.ok
        ? yield* connection.value.request(deleteRecords, {
            topics: [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }],
            timeoutMs: this.config.requestTimeoutMs,
          })
        : connection;
      const told = answer.ok ? answer.value.topics[0]?.partitions[0] : undefined;
      const error = answer.ok ? nameOrNull(told?.errorCode ?? -1) : localErrorName(answer.error);
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
      const answer = yield* this.#at(this.#ownerOf(resource), describeConfigs, draft, codes);
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
    const answer = yield* this.#at(this.#ownerOf(resource), incrementalAlterConfigs, draft, codes);
    if (!answer.ok) return { error: answer.error, message: null };
    const told = answer.value.responses[0];
    return { error: nameOrNull(told?.errorCode ?? -1), message: told?.errorMessage ?? null };
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
      const answer = yield* this.#at(id, listGroups, draft, (told) => [told.errorCode]);
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
      const answer = yield* this.#atCoordinator(
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
      const answer = yield* this.#atCoordinator(groupId, deleteGroups, draft, (told) =>
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
    const committed = new CommittedOffsets(this.#runtime, this.config, this.#coordinator(groupId));
    return yield* committed.fetch(partitions, this.config.defaultApiTimeoutMs);
  }

  // ---- the cluster

  *describeCluster(): Task<
    Outcome<{ clusterId: string; controllerId: number; brokers: readonly Broker[] }, string>
  > {
    const draft = { includeClusterAuthorizedOperations: false, includeFencedBrokers: false };
    const answer = yield* this.#anywhere(describeCluster, draft, ({ errorCode }) => [errorCode]);
    if (!answer.ok) return answer;
    const { errorCode, clusterId, controllerId, brokers } = answer.value;
    if (errorCode !== ErrorCode.NONE) return failure(errorName(errorCode));
    const known = brokers.map(({ brokerId, host, port, rack }) => ({ id: brokerId, host, port, rack }));
    return success({ clusterId, controllerId, brokers: known.sort((a, b) => a.id - b.id) });
  }

  // ---- asking

  /**
   * Topic configuration may be asked of any broker, a broker's own only of itself ('' is the cluster-wide
   * default).
   */
  #ownerOf(resource: ConfigResource): number | undefined {
    return resource.type === 'broker' && resource.name !== '' ? Number(resource.name) : undefined;
  }

  #anywhere<A extends Api>(
    api: A,
    draft: Draft<A>,
    codesOf: (response: DecodedResponseOf<A>) => readonly number[],
  ): Task<Outcome<DecodedResponseOf<A>, string>> {
    return this.#at(undefined, api, draft, codesOf);
  }

  *#at<A extends Api>(
    brokerId: number | undefined,
    api: A,
    draft: Draft<A>,
    codesOf: (response: DecodedResponseOf<A>) => readonly number[],
  ): Task<Outcome<DecodedResponseOf<A>, string>> {
    const ask = (): Task<Outcome<DecodedResponseOf<A>, ConnectionError>> => this.#ask(brokerId, api, draft);
    return yield* this.#retry(api, ask, codesOf, () => {});
  }

  *#ask<A extends Api>(
    brokerId: number | undefined,
    api: A,
    draft: Draft<A>,
  ): Task<Outcome<DecodedResponseOf<A>, ConnectionError>> {
    if (brokerId !== undefined && this.metadata.version === 0) {
      yield* this.metadata.nextUpdate(this.config.requestTimeoutMs);
    }
    const opened: Outcome<BrokerConnection, ConnectionError> =
      brokerId === undefined
        ? yield* this.metadata.anyConnection()
        : yield* this.metadata.connectionTo(brokerId);
    if (!opened.ok) return opened;
    return yield* opened.value.request(api, draft);
  }

  *#atCoordinator<A extends Api>(
    groupId: string,
    api: A,
    draft: Draft<A>,
    codesOf: (response: DecodedResponseOf<A>) => readonly number[],
  ): Task<Outcome<DecodedResponseOf<A>, string>> {
    const coordinator = this.#coordinator(groupId);
    const ask = (): Task<Outcome<DecodedResponseOf<A>, ConnectionError>> => coordinator.request(api, draft);
    return yield* this.#retry(api, ask, codesOf, (code) => coordinator.learn(code));
  }

  /** Asks until there is an answer that trying again would not better, or the time is over. */
  *#retry<A extends Api>(
    api: A,
    ask: () => Task<Outcome<DecodedResponseOf<A>, ConnectionError>>,
    codesOf: (response: DecodedResponseOf<A>) => readonly number[],
    learn: (code: number) => void,
  ): Task<Outcome<DecodedResponseOf<A>, string>> {
    const deadlineUs = this.#runtime.clock.monotonicUs() + this.config.defaultApiTimeoutMs * 1000;
    for (let failures = 1; ; failures++) {
      const answer = yield* ask();
      let again: boolean;
      if (answer.ok) {
        const codes = codesOf(answer.value);
        for (const code of codes) learn(code);
        again = codes.length > 0 && codes.every((code) => mayAskAgain(code));
      } else again = !answer.error.sent && answer.error.kind !== 'unsupported';
      const { retryBackoffMs, retryBackoffMaxMs } = this.config;
      const waitMs = backoffMs(this.#runtime.random, failures, retryBackoffMs, retryBackoffMaxMs);
      if (!again || this.#runtime.clock.monotonicUs() + waitMs * 1000 >= deadlineUs) {
        return answer.ok ? answer : failure(localErrorName(answer.error));
      }
      yield* this.#runtime.sleep(waitMs, `wait before ${api.name} is sent again`);
    }
  }

  *#knowLeaders(partitions: readonly TopicPartition[]): Task<void> {
    for (const { topic } of partitions) this.metadata.want(topic);
    const isUnknown = ({ topic, partition }: TopicPartition) =>
      (this.metadata.partition(topic, partition)?.leaderId ?? -1) < 0;
    const shareMs = this.config.defaultApiTimeoutMs / 5;
    for (let tries = 0; tries < 5 && partitions.some(isUnknown); tries++) {
      yield* this.metadata.nextUpdate(shareMs);
    }
  }

  #coordinator(groupId: string): GroupCoordinator {
    let coordinator = this.#coordinators.get(groupId);
    if (coordinator === undefined) {
      coordinator = new GroupCoordinator(this.metadata, groupId);
      this.#coordinators.set(groupId, coordinator);
    }
    return coordinator;
  }
}

/** Errors after which nothing was done and somebody else, or the same one later, may do it. */
function mayAskAgain(code: number): boolean {
  if (code === ErrorCode.REQUEST_TIMED_OUT || code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) return false;
  return isRetriable(code);
}

function codeOf(told: { readonly errorCode: number }): number {
  return told.errorCode;
}

function nameOrNull(code: number): string | null {
  return code === ErrorCode.NONE ? null : errorName(code);
}

function asTopicResult(told: { name: string; errorCode: number; errorMessage: string | null }): TopicResult {
  return { name: told.name, error: nameOrNull(told.errorCode), message: told.errorMessage };
}
