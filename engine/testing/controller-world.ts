// A cluster as its controller sees it: an image, sessions, a clock, and nothing else. Commands are planned and their
// records replayed at once, so that a test sees what each one decides from what the ones before it left.

import { BrokerSessions } from '../core/broker-sessions.ts';
import type { CommandContext, Plan } from '../core/controller.ts';
import { planCreateTopics } from '../core/create-topics.ts';
import { type BrokerHeartbeat, planBrokerHeartbeat, planFencing } from '../core/heartbeat.ts';
import { MetadataImage, type PartitionImage } from '../core/metadata-image.ts';
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from '../core/metadata-record.ts';
import {
  type BrokerRegistration,
  initialRecords,
  planBrokerRegistration,
  supportedFeatures,
} from '../core/registration.ts';
import { errorName } from '../errors.ts';
import { uuidToText } from '../protocol/uuid.ts';
import { parsedConfig } from './controller-fixture.ts';

const clusterId = 'cluster-of-the-test';
const sessionMs = 9000;

export class ControllerWorld {
  readonly image = new MetadataImage();
  readonly sessions = new BrokerSessions(sessionMs);
  readonly context: CommandContext;
  /** Of the last command. */
  records: readonly MetadataRecord[] = [];
  nowMs = 0;
  #uuids = 0;

  constructor(properties: Readonly<Record<string, string>> = {}) {
    const config = parsedConfig(properties);
    const world = this;
    this.context = {
      image: this.image,
      config,
      clusterId,
      sessions: this.sessions,
      get nextOffset() {
        return world.image.highestOffset + 1;
      },
      get nowMs() {
        return world.nowMs;
      },
      uuid: () => this.uuid(),
      below: () => 0,
    };
    this.replay(initialRecords(this.image, config));
    this.sessions.begin(this.nowMs);
  }

  uuid(): string {
    const bytes = new Uint8Array(16).fill(1);
    new DataView(bytes.buffer).setUint32(0, ++this.#uuids * 16);
    return uuidToText(bytes);
  }

  /** Plans a command and takes in what it decided; through the codec, as a log would. */
  run<R>(plan: (context: CommandContext) => Plan<R>): R {
    const { records, response } = plan(this.context);
    this.replay(records);
    return response;
  }

  replay(records: readonly MetadataRecord[]): void {
    this.records = records;
    if (records.length === 0) return;
    const decoded = records.map((record) => {
      const read = decodeMetadataRecord(encodeMetadataRecord(record));
      if (!read.ok) throw new Error(read.error);
      return read.value;
    });
    this.image.replay(decoded, this.image.highestOffset + records.length);
  }

  partition(topic: string, index = 0): PartitionImage {
    const partition = this.image.partition(topic, index);
    if (partition === undefined) throw new Error(`there is no ${topic}-${index}`);
    return partition;
  }

  epochOf(brokerId: number): number {
    return this.image.brokers.get(brokerId)?.epoch ?? -1;
  }

  /** A new life of a broker: registered, and fenced as yet. The answer is the name of an error. */
  register(brokerId: number, registration: Partial<BrokerRegistration> = {}): string {
    const { errorCode } = this.run((context) =>
      planBrokerRegistration(context, registrationOf(brokerId, this.uuid(), registration)),
    );
    return errorName(errorCode);
  }

  /** As the controller does with a request that comes in. */
  heartbeat(brokerId: number, wanted: Partial<BrokerHeartbeat> = {}) {
    const heartbeat = {
      brokerId,
      brokerEpoch: this.epochOf(brokerId),
      currentMetadataOffset: this.image.highestOffset,
      wantFence: false,
      wantShutDown: false,
      ...wanted,
    };
    const { brokerEpoch, currentMetadataOffset } = heartbeat;
    if (brokerEpoch === this.epochOf(brokerId)) {
      this.sessions.touch(brokerId, brokerEpoch, this.nowMs);
      this.sessions.reached(brokerId, brokerEpoch, currentMetadataOffset);
    }
    const granted = this.run((context) => planBrokerHeartbeat(context, heartbeat));
    if (granted.inControlledShutdown) this.sessions.leaves(brokerId, brokerEpoch, this.image.highestOffset);
    if (granted.shouldShutDown) this.sessions.end(brokerId, brokerEpoch);
    return granted;
  }

  /** Registers brokers and has them unfenced. */
  join(...brokerIds: number[]): void {
    for (const brokerId of brokerIds) {
      this.register(brokerId);
      this.heartbeat(brokerId);
    }
  }

  fence(brokerId: number): void {
    this.run((context) => planFencing(context, brokerId, this.epochOf(brokerId)));
  }

  /** One partition for each list of replicas; the answer is the name of an error. */
  createTopic(
    name: string,
    assignments: readonly number[][],
    configs: Readonly<Record<string, string>> = {},
  ) {
    const topic = {
      name,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: assignments.map((brokerIds, partitionIndex) => ({
        partitionIndex,
        brokerIds: [...brokerIds],
      })),
      configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
    };
    const [created] = this.run((context) =>
      planCreateTopics(context, { topics: [topic], validateOnly: false }),
    );
    return errorName(created?.errorCode ?? -1);
  }
}

function registrationOf(
  brokerId: number,
  incarnationId: string,
  registration: Partial<BrokerRegistration>,
): BrokerRegistration {
  return {
    brokerId,
    clusterId,
    incarnationId,
    listeners: [{ name: 'PLAINTEXT', host: `broker-${brokerId}`, port: 9092, securityProtocol: 0 }],
    features: supportedFeatures(),
    rack: null,
    isMigratingZkBroker: false,
    logDirs: [directoryOf(brokerId)],
    previousBrokerEpoch: -1,
    ...registration,
  };
}

/** The one log directory of a broker. */
export function directoryOf(brokerId: number): string {
  return uuidToText(new Uint8Array(16).fill(100 + brokerId));
}

/** `leader 1 epoch 0/0 isr 1,2`: leader epoch and partition epoch; what is empty is not told. */
export function toldPartition(partition: PartitionImage): string {
  const list = (name: string, ids: readonly number[]) =>
    ids.length === 0 ? '' : ` ${name} ${ids.join(',')}`;
  const { leader, leaderEpoch, partitionEpoch, replicas, isr } = partition;
  return [
    `leader ${leader < 0 ? 'none' : leader} epoch ${leaderEpoch}/${partitionEpoch}`,
    ` of ${replicas.join(',')} isr ${isr.length === 0 ? 'none' : isr.join(',')}`,
    list('elr', partition.eligibleLeaderReplicas),
    list('last', partition.lastKnownElr),
    list('adding', partition.addingReplicas),
    list('removing', partition.removingReplicas),
    partition.leaderRecoveryState === 0 ? '' : ' recovering',
  ].join('');
}
