// What the engine tells about itself: one row per event, used by the recorder, the triggers of scenarios
// (`on: { event: "log-appended", where: {...}, nth: 3 }`), the checkers and the pictures. Events carry facts, never
// live objects, and only flat fields, so that a recorded run can be stored and judged again.

import type { EngineMark } from './marks.ts';

interface PartitionFields {
  readonly topic: string;
  readonly partition: number;
}

/** Which coordinator speaks: its partition of `__consumer_offsets`, and the leader epoch it was elected in. */
interface CoordinatorFields {
  readonly coordinatorPartition: number;
  readonly coordinatorEpoch: number;
}

/** Every event with its fields. `kind` is the key; times, node and step are added by whoever records. */
export interface TraceEventFields {
  /** The broker finished recovery and listens. */
  'broker-started': { brokerId: number; cleanShutdown: boolean };
  /** The broker stopped on request, with a clean-shutdown file. */
  'broker-stopped': { brokerId: number };
  /** The broker gave up: a failed disk under its only log directory, as Kafka does. */
  'broker-halted': { brokerId: number; reason: string };
  'connection-opened': { peer: string };
  'connection-closed': { peer: string; reason: string };
  /** A request was decoded and goes to its handler. */
  'request-received': { api: string; version: number; correlationId: number; peer: string };
  /**
   * A client, or a broker as the client of another node, wrote a request. `local` is what the other side calls `peer`:
   * with the correlation id it names the request on both sides.
   */
  'request-sent': { api: string; version: number; correlationId: number; peer: string; local: string };
  /** The response to an earlier `request-sent` arrived and was decoded. */
  'response-received': { api: string; correlationId: number; peer: string; local: string };
  /** The response bytes were handed to the connection. */
  'response-sent': { api: string; correlationId: number; peer: string };
  /** Offsets were given to a batch; nothing is written yet. */
  'append-planned': PartitionFields & {
    baseOffset: number;
    lastOffset: number;
    producerId: number;
    producerEpoch: number;
    baseSequence: number;
    /** The epoch of the leader that gave the offsets, on whichever replica. */
    leaderEpoch: number;
    /** Of the batch as it is stored: equal on every replica, or the logs have parted. */
    crc: number;
  };
  /** A group of batches is in the file; log end and high watermark moved to `logEndOffset`. */
  'log-appended': PartitionFields & { logEndOffset: number; bytes: number; batches: number };
  /** An append failed; its offsets will be given again after recovery. */
  'append-failed': PartitionFields & { baseOffset: number; reason: string };
  /** fsync of the log completed: all below `recoveryPoint` is durable. */
  'log-flushed': PartitionFields & { recoveryPoint: number };
  'segment-rolled': PartitionFields & { baseOffset: number };
  'segment-deleted': PartitionFields & {
    baseOffset: number;
    reason: 'retention-time' | 'retention-size' | 'log-start';
  };
  /** Up, but by a truncation: a log that is cut below where it started ends and starts there. */
  'log-start-moved': PartitionFields & {
    logStartOffset: number;
    reason: 'retention' | 'delete-records' | 'recovery' | 'leader' | 'truncation';
  };
  /** Recovery of one log ended. `truncatedBytes` were a torn or corrupt tail. */
  'log-recovered': PartitionFields & {
    logStartOffset: number;
    logEndOffset: number;
    recoveryPoint: number;
    truncatedBytes: number;
  };
  'log-truncated': PartitionFields & { logEndOffset: number };
  /** The log is none of this broker's any more (moved away, or its topic was deleted): its files go from here on. */
  'log-deleted': PartitionFields;
  /** A produce was answered from an earlier append of the same sequence. */
  'duplicate-answered': PartitionFields & { producerId: number; baseSequence: number; baseOffset: number };
  'produce-answered': PartitionFields & { error: number; baseOffset: number; acks: number };
  /** One partition of a DeleteRecords has its answer: without error, no live replica has records below `offset`. */
  'delete-records-answered': PartitionFields & { error: number; offset: number; lowWatermark: number };
  'records-fetched': PartitionFields & { fetchOffset: number; bytes: number };
  'topic-created': { topic: string; topicId: string; partitions: number };
  'topic-deleted': { topic: string; topicId: string };
  'config-changed': { resource: string; key: string; value: string };
  /** A classic group moved from state to state. */
  'group-state': CoordinatorFields & { group: string; state: string; generation: number; members: number };
  /**
   * The coordinator admitted a commit and is about to append its record: what comes of it may never be told, by a
   * coordinator that dies or is deposed meanwhile, and the next one may find the record all the same.
   */
  'offset-commit-began': PartitionFields & CoordinatorFields & { group: string; offset: number };
  'offset-committed': PartitionFields &
    CoordinatorFields & {
      group: string;
      offset: number;
      /** Where the record of it stands in the partition of `__consumer_offsets`. */
      recordOffset?: number;
    };
  /** The groups of this partition are served here from now on, in the leader epoch `coordinatorEpoch`. */
  'coordinator-loaded': PartitionFields & { groups: number; coordinatorEpoch: number };
  /** No longer: somebody else leads, or the log cannot be read. It may not have been loaded to the end before. */
  'coordinator-unloaded': PartitionFields & { coordinatorEpoch: number };

  // ---- replication: what one replica decides. Lists of brokers are written `1,2,3`, ascending.

  /** This replica leads from here on, in a new epoch or, with the same one, with other followers. */
  'leader-began': PartitionFields & {
    topicId: string;
    leaderEpoch: number;
    partitionEpoch: number;
    isr: string;
    replicas: string;
    logStartOffset: number;
    logEndOffset: number;
    highWatermark: number;
  };
  /** This replica follows from here on; leader -1: nobody leads. */
  'follower-began': PartitionFields & {
    topicId: string;
    leader: number;
    leaderEpoch: number;
    partitionEpoch: number;
    logStartOffset: number;
    logEndOffset: number;
    highWatermark: number;
  };
  /** The high watermark of this replica moved, either way. */
  'high-watermark-moved': PartitionFields & {
    highWatermark: number;
    logEndOffset: number;
    leaderEpoch: number;
    leads: boolean;
  };
  /** The leader noted how far a follower is: a fetch from `fetchOffset` acknowledges all below. */
  'follower-fetched': PartitionFields & {
    follower: number;
    brokerEpoch: number;
    fetchOffset: number;
    leaderEpoch: number;
  };
  /** The leader asked the controller for another ISR; until the answer both count. */
  'isr-proposed': PartitionFields & { leaderEpoch: number; partitionEpoch: number; isr: string };
  /** The controller refused what the leader had asked for, and only the committed ISR counts again. */
  'isr-refused': PartitionFields & { leaderEpoch: number; partitionEpoch: number; error: number };

  // ---- the controller and its quorum

  /** The active controller committed a partition's state; the first for a partition creates it. */
  'partition-committed': PartitionFields & {
    topicId: string;
    leader: number;
    leaderEpoch: number;
    partitionEpoch: number;
    isr: string;
    replicas: string;
    eligibleLeaderReplicas: string;
    /** The effective minimum of in-sync replicas at that time. */
    minInsyncReplicas: number;
    /** A leader was elected that may lack committed records. */
    unclean: boolean;
  };
  'broker-registered': {
    brokerId: number;
    brokerEpoch: number;
    incarnationId: string;
    cleanShutdown: boolean;
  };
  'broker-fenced': { brokerId: number; brokerEpoch: number };
  'broker-unfenced': { brokerId: number; brokerEpoch: number };
  /** A node of the quorum moved from state to state. */
  'raft-state': { state: string; epoch: number; leader: number };
  'raft-vote-granted': { epoch: number; candidate: number };
  /** The quorum's leader, or whoever learned it from the leader: all below `offset` is committed. */
  'metadata-committed': { offset: number; epoch: number };
  /** The image of this node has taken in everything up to `offset`; the digest is of the batch's bytes. */
  'metadata-applied': { offset: number; digest: number };
  /** This node is the active controller from here on. */
  'controller-activated': { epoch: number };
  'controller-resigned': { epoch: number };
  /** A rare turn was taken: `marks.ts` says which there are. */
  reached: { mark: EngineMark };
  /** Free text for people: never triggered on, never judged. */
  note: { text: string };
}

export type TraceEventKind = keyof TraceEventFields;
export type TraceEvent = {
  [K in TraceEventKind]: { readonly kind: K } & Readonly<TraceEventFields[K]>;
}[TraceEventKind];

/** One line on each kind, for help texts and the scenario schema; the type makes it complete. */
export const traceEventDocs: Readonly<Record<TraceEventKind, string>> = {
  'broker-started': 'the broker finished recovery and listens',
  'broker-stopped': 'the broker stopped on request and left a clean-shutdown file',
  'broker-halted': 'the broker gave up because its log directory failed',
  'connection-opened': 'a client connected',
  'connection-closed': 'a connection ended, by whom the reason says',
  'request-received': 'a request was decoded',
  'request-sent': 'a client, or a broker as a client, sent a request',
  'response-received': 'the response to a request arrived',
  'response-sent': 'a response was handed to the connection',
  'append-planned': 'offsets were given to a batch, nothing is written yet',
  'log-appended': 'a group of batches is in the file and readable',
  'append-failed': 'an append failed',
  'log-flushed': 'fsync completed: everything below the recovery point is durable',
  'segment-rolled': 'a new active segment was started',
  'segment-deleted': 'a segment was removed',
  'log-start-moved': 'the log start offset moved up, or down with the end in a truncation',
  'log-recovered': 'a log was opened and its tail checked',
  'log-truncated': 'a log was cut',
  'log-deleted': 'a log that is none of this broker any more is thrown away',
  'duplicate-answered': 'a repeated sequence was answered with its first offset',
  'produce-answered': 'one partition of a Produce has its answer',
  'delete-records-answered': 'one partition of a DeleteRecords has its answer',
  'records-fetched': 'records left for a consumer',
  'topic-created': 'a topic was created',
  'topic-deleted': 'a topic was deleted',
  'config-changed': 'a dynamic configuration changed',
  'group-state': 'a consumer group changed its state',
  'offset-commit-began': 'a commit of an offset is about to be appended',
  'offset-committed': 'a group committed an offset',
  'coordinator-loaded': 'a partition of __consumer_offsets was replayed',
  'coordinator-unloaded': 'a partition of __consumer_offsets is led elsewhere',
  'leader-began': 'a replica leads from here on',
  'follower-began': 'a replica follows from here on',
  'high-watermark-moved': 'the high watermark of a replica moved',
  'follower-fetched': 'a leader noted how far a follower is',
  'isr-proposed': 'a leader asked the controller for another ISR',
  'isr-refused': 'the controller refused another ISR',
  'partition-committed': 'the controller committed leader and ISR of a partition',
  'broker-registered': 'a broker registered with the controller',
  'broker-fenced': 'the controller fenced a broker',
  'broker-unfenced': 'the controller unfenced a broker',
  'raft-state': 'a node of the metadata quorum changed its state',
  'raft-vote-granted': 'a voter granted its vote',
  'metadata-committed': 'the high watermark of the metadata log moved',
  'metadata-applied': 'a node took committed metadata into its image',
  'controller-activated': 'a controller became the active one',
  'controller-resigned': 'a controller stopped being the active one',
  reached: 'a rare turn was taken that tests want to see now and then',
  note: 'free text for people',
};
