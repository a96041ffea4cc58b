// How a broker enters the cluster, and how it is struck off. Every life of a broker registers itself anew, is fenced at
// first, and gets a new broker epoch: the offset of its own registration. Whatever a former life still sends is known
// by its old epoch.
//
// A new life leaves every ISR before it is in again: what it comes back with may be shorter than what it acknowledged.
// If it says that it ended cleanly (it still knows its last epoch, from the file that only a clean shutdown leaves) or
// if the cluster has no eligible leader replicas, it may lead again where nobody else can; else it is struck from
// those too.
//
// A fresh metadata log begins with the feature levels; `initialRecords`.
//
// Left out: directories that are cordoned, and registrations of brokers in migration (which 4.x refuses too).

import type { BrokerConfig } from '../config/config.ts';
import { ErrorCode } from '../errors.ts';
import {
  type BrokerImage,
  type EndPoint,
  isReservedDirectory,
  type SupportedFeature,
} from './brokers-image.ts';
import type { CommandContext, Plan, Refusal } from './controller.ts';
import { duplicatesIn, maximumRecordsPerRequest, noRefusal, refusal } from './controller.ts';
import {
  eligibleLeaderReplicasVersion,
  features,
  metadataVersion,
  metadataVersionFeature,
} from './features.ts';
import { leadershipChanges } from './leadership.ts';
import { type MetadataImage, resourceType } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';

export interface BrokerRegistration {
  readonly brokerId: number;
  readonly clusterId: string;
  /** A new one for each life. */
  readonly incarnationId: string;
  readonly listeners: readonly EndPoint[];
  readonly features: readonly SupportedFeature[];
  readonly rack: string | null;
  readonly isMigratingZkBroker: boolean;
  readonly logDirs: readonly string[];
  /** The epoch of the life before, if it ended cleanly; else -1. */
  readonly previousBrokerEpoch: number;
}

export interface RegisteredBroker {
  readonly errorCode: number;
  /** -1 when it is refused. */
  readonly brokerEpoch: number;
  readonly cleanShutdown: boolean;
}

/** What this broker says of itself when it registers. */
export function supportedFeatures(): SupportedFeature[] {
  return features.map(({ name, minimumLevel, maximumLevel }) => ({
    name,
    minSupportedVersion: minimumLevel,
    maxSupportedVersion: maximumLevel,
  }));
}

/** What the first active controller writes into an empty log. */
export function initialRecords(image: MetadataImage, config: BrokerConfig): MetadataRecord[] {
  if (image.features.size > 0) return [];
  const elrLevel = config.get('odradek.format.eligible.leader.replicas.version');
  const records = [featureLevel(metadataVersionFeature, metadataVersion)];
  if (elrLevel === 0) return records;
  // All brokers must count the same replicas as enough, so the minimum is the cluster's from the beginning.
  const name = 'min.insync.replicas';
  const minimum = {
    resourceType: resourceType.broker,
    resourceName: '',
    name,
    value: String(config.get(name)),
  };
  return [
    ...records,
    featureLevel(eligibleLeaderReplicasVersion, elrLevel),
    { kind: 'config', body: minimum },
  ];
}

function featureLevel(name: string, level: number): MetadataRecord {
  return { kind: 'feature-level', body: { name, featureLevel: level } };
}

export function planBrokerRegistration(
  context: CommandContext,
  registration: BrokerRegistration,
): Plan<RegisteredBroker> {
  const existing = context.image.brokers.get(registration.brokerId);
  const errorCode = registrationProblem(context, registration, existing);
  if (errorCode !== ErrorCode.NONE) {
    return { records: [], response: { errorCode, brokerEpoch: -1, cleanShutdown: false } };
  }
  if (existing?.incarnationId === registration.incarnationId) {
    return amend(existing, registration);
  }
  const cleanShutdown = existing === undefined || existing.epoch === registration.previousBrokerEpoch;
  const leaving = existing === undefined ? [] : formerLifeEnds(context, existing.id, cleanShutdown);
  const brokerEpoch = context.nextOffset + leaving.length;
  const record = registrationRecord(registration, { brokerEpoch, fenced: true, inControlledShutdown: false });
  return {
    records: [...leaving, record],
    response: { errorCode: ErrorCode.NONE, brokerEpoch, cleanShutdown },
  };
}

/** In Kafka's order; NONE when there is none. */
function registrationProblem(
  context: CommandContext,
  registration: BrokerRegistration,
  existing: BrokerImage | undefined,
): number {
  const { sessions, nowMs, image } = context;
  if (registration.clusterId !== context.clusterId) return ErrorCode.INCONSISTENT_CLUSTER_ID;
  if (existing !== undefined && existing.incarnationId !== registration.incarnationId) {
    if (sessions.isValid(existing.id, existing.epoch, nowMs)) return ErrorCode.DUPLICATE_BROKER_REGISTRATION;
  }
  if (registration.isMigratingZkBroker) return ErrorCode.BROKER_ID_NOT_REGISTERED;
  if (!directoriesFit(image, registration)) return ErrorCode.INVALID_REGISTRATION;
  if (!registration.features.some(({ name }) => name === metadataVersionFeature)) {
    return ErrorCode.INVALID_REGISTRATION;
  }
  for (const [name, level] of image.features) {
    const supported = registration.features.find((feature) => feature.name === name);
    if (supported === undefined) return ErrorCode.UNSUPPORTED_VERSION;
    if (level < supported.minSupportedVersion || level > supported.maxSupportedVersion) {
      return ErrorCode.UNSUPPORTED_VERSION;
    }
  }
  return ErrorCode.NONE;
}

function directoriesFit(image: MetadataImage, { brokerId, logDirs }: BrokerRegistration): boolean {
  if (logDirs.length === 0 || logDirs.some(isReservedDirectory)) return false;
  if (duplicatesIn(logDirs).size > 0) return false;
  const others = image.brokers.all().filter((broker) => broker.id !== brokerId);
  return !others.some((broker) => broker.logDirs.some((directory) => logDirs.includes(directory)));
}

/** The same life once more: what it says of itself is renewed, its epoch and its standing stay. */
function amend(existing: BrokerImage, registration: BrokerRegistration): Plan<RegisteredBroker> {
  const { epoch: brokerEpoch, fenced, inControlledShutdown } = existing;
  const record = registrationRecord(registration, { brokerEpoch, fenced, inControlledShutdown });
  return { records: [record], response: { errorCode: ErrorCode.NONE, brokerEpoch, cleanShutdown: true } };
}

function formerLifeEnds(context: CommandContext, brokerId: number, cleanShutdown: boolean): MetadataRecord[] {
  if (cleanShutdown) {
    return leadershipChanges(context, { removed: brokerId }, ({ isr }) => isr.includes(brokerId));
  }
  return leadershipChanges(
    context,
    { uncleanlyStopped: brokerId },
    ({ isr, eligibleLeaderReplicas }) => isr.includes(brokerId) || eligibleLeaderReplicas.includes(brokerId),
  );
}

function registrationRecord(
  registration: BrokerRegistration,
  standing: { brokerEpoch: number; fenced: boolean; inControlledShutdown: boolean },
): MetadataRecord {
  const { brokerId, incarnationId, listeners, features, rack, logDirs } = registration;
  return {
    kind: 'register-broker',
    body: {
      brokerId,
      isMigratingZkBroker: false,
      incarnationId,
      endPoints: listeners.map((endPoint) => ({ ...endPoint })),
      features: features.map((feature) => ({ ...feature })),
      rack,
      logDirs: [...logDirs],
      cordonedLogDirs: null,
      ...standing,
    },
  };
}

/** An operator says that the broker will not come back. */
export function planUnregisterBroker(context: CommandContext, brokerId: number): Plan<Refusal> {
  const broker = context.image.brokers.get(brokerId);
  if (broker === undefined) {
    const message = `Broker ID ${brokerId} is not currently registered`;
    return { records: [], response: refusal(ErrorCode.BROKER_ID_NOT_REGISTERED, message) };
  }
  const changes = leadershipChanges(
    context,
    { removed: brokerId },
    ({ isr, eligibleLeaderReplicas }) => isr.includes(brokerId) || eligibleLeaderReplicas.includes(brokerId),
  );
  if (changes.length >= maximumRecordsPerRequest) {
    const message = `more than ${maximumRecordsPerRequest} records in one request`;
    return { records: [], response: refusal(ErrorCode.POLICY_VIOLATION, message) };
  }
  const unregistered = { brokerId, brokerEpoch: broker.epoch };
  return {
    records: [...changes, { kind: 'unregister-broker', body: unregistered }],
    response: noRefusal,
  };
}
