// Plain lines to brokers for those who set up and those who judge: no client in between, no retries beyond connecting
// again, nothing between them and what a broker says. With one broker everything is there; with several the lines to a
// leader or a coordinator ask for it first, each time anew.

import {
  type Address,
  BrokerConnection,
  findCoordinatorApi,
  metadataApi,
  present,
  type Task,
  zeroUuid,
} from '../../engine/index.ts';
import type { Session } from '../workload.ts';

const settings = {
  requestTimeoutMs: 10_000,
  socketConnectionSetupTimeoutMs: 10_000,
  receiveMessageMaxBytes: 100_000_000,
};

/** The last version that asks for one coordinator in fields of its own. */
const oneCoordinatorVersion = 3;

/** Where a partition is, as one broker tells it. Ids of brokers. */
export interface PlaceTold {
  readonly topic: string;
  readonly partition: number;
  /** -1 where there is none. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

/** What one broker tells of the cluster. */
export interface ClusterTold {
  readonly brokers: ReadonlyMap<number, Address>;
  readonly places: readonly PlaceTold[];
  /** Of the topics asked about, those that it does not know or cannot tell of. */
  readonly unknown: readonly string[];
}

/** Connects to any broker, as often as it takes: the director bounds the time. */
export function* connected(session: Session): Task<BrokerConnection> {
  const { bootstrap } = session;
  for (let attempt = 0; ; attempt++) {
    const address = present(bootstrap[attempt % bootstrap.length], 'there is a broker');
    const opened = yield* tryOpen(session, address);
    if (opened !== undefined) return opened;
    yield* session.runtime.sleep(200, 'the broker does not answer yet');
  }
}

/** Connects to one broker, as often as it takes. Brokers count from 1, in the order of the bootstrap servers. */
export function* connectedTo(session: Session, brokerId: number): Task<BrokerConnection> {
  const address = present(session.bootstrap[brokerId - 1], `broker ${brokerId} is there`);
  for (;;) {
    const opened = yield* tryOpen(session, address);
    if (opened !== undefined) return opened;
    yield* session.runtime.sleep(200, `broker ${brokerId} does not answer yet`);
  }
}

/** Connects to whoever leads a partition. */
export function* connectedToLeader(
  session: Session,
  topic: string,
  partition: number,
): Task<BrokerConnection> {
  if (session.bootstrap.length === 1) return yield* connected(session);
  for (;;) {
    const line = yield* connected(session);
    const told = yield* clusterTold(line, [topic]);
    line.close();
    const place = told?.places.find((one) => one.partition === partition);
    const address = told?.brokers.get(place?.leader ?? -1);
    const opened = address === undefined ? undefined : yield* tryOpen(session, address);
    if (opened !== undefined) return opened;
    yield* session.runtime.sleep(200, `${topic}-${partition} has no leader that answers`);
  }
}

/** Connects to the coordinator of a group. */
export function* connectedToCoordinator(session: Session, group: string): Task<BrokerConnection> {
  if (session.bootstrap.length === 1) return yield* connected(session);
  for (;;) {
    const line = yield* connected(session);
    const options = { maxVersion: oneCoordinatorVersion };
    const answer = yield* line.request(findCoordinatorApi, { key: group, coordinatorKeys: [] }, options);
    line.close();
    if (answer.ok && answer.value.errorCode === 0) {
      const { host, port } = answer.value;
      const opened = yield* tryOpen(session, { host, port });
      if (opened !== undefined) return opened;
    }
    yield* session.runtime.sleep(200, `the group ${group} has no coordinator that answers`);
  }
}

/** What the broker at the other end tells of these topics; undefined when it does not answer. */
export function* clusterTold(
  line: BrokerConnection,
  topics: readonly string[],
): Task<ClusterTold | undefined> {
  const answer = yield* line.request(metadataApi, {
    topics: topics.map((name) => ({ topicId: zeroUuid, name })),
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  });
  if (!answer.ok || answer.value.errorCode !== 0) return undefined;
  const good = answer.value.topics.filter((topic) => topic.errorCode === 0);
  const places = good.flatMap(({ name, partitions }) =>
    partitions.map((told) => ({
      topic: name ?? '',
      partition: told.partitionIndex,
      leader: told.leaderId,
      replicas: told.replicaNodes,
      isr: told.isrNodes,
    })),
  );
  const { brokers } = answer.value;
  return {
    brokers: new Map(brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }])),
    places,
    unknown: topics.filter((topic) => !good.some(({ name }) => name === topic)),
  };
}

function* tryOpen(session: Session, address: Address): Task<BrokerConnection | undefined> {
  const { runtime, client } = session;
  const opened = yield* BrokerConnection.open(runtime, address, { clientId: client, ...settings });
  return opened.ok ? opened.value : undefined;
}
