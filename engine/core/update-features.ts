// The command behind UpdateFeatures: the level of features of the whole cluster. All updates of a request hold or none;
// the first that cannot be is the answer, and of several for one feature the last counts. A level must be known to this
// controller and to every registered broker, and goes down only when the request says that it may.
//
// Left out: other levels of metadata.version than the one that this controller writes records for, kraft.version (the
// quorum's own), and the difference between a safe and an unsafe downgrade, as no feature here loses anything by one.

import { ErrorCode } from '../errors.ts';
import { type CommandContext, noRefusal, type Plan, type Refusal, refusal } from './controller.ts';
import {
  eligibleLeaderReplicasVersion,
  features,
  metadataVersion,
  metadataVersionFeature,
} from './features.ts';
import { resourceType } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';

/** By Kafka's numbers. */
export const upgradeType = { upgrade: 1, safeDowngrade: 2, unsafeDowngrade: 3 } as const;

export interface FeatureUpdate {
  readonly feature: string;
  /** 0 switches the feature off. */
  readonly maxVersionLevel: number;
  readonly upgradeType: number;
}

export interface UpdateFeaturesCommand {
  readonly updates: readonly FeatureUpdate[];
  readonly validateOnly: boolean;
}

export function planUpdateFeatures(context: CommandContext, command: UpdateFeaturesCommand): Plan<Refusal> {
  const records: MetadataRecord[] = [];
  const last = new Map(command.updates.map((update) => [update.feature, update]));
  for (const update of last.values()) {
    const problem = updateProblem(context, update);
    if (problem !== undefined) {
      return { records: [], response: refusal(ErrorCode.INVALID_UPDATE_VERSION, problem) };
    }
    const { feature: name, maxVersionLevel: featureLevel } = update;
    const current = levelOf(context, name);
    if (featureLevel === current) continue;
    if (name === eligibleLeaderReplicasVersion && current === 0) records.push(...oneMinimumForAll(context));
    records.push({ kind: 'feature-level', body: { name, featureLevel } });
  }
  return { records: command.validateOnly ? [] : records, response: noRefusal };
}

function levelOf({ image }: CommandContext, name: string): number {
  return image.features.get(name) ?? 0;
}

function updateProblem(context: CommandContext, update: FeatureUpdate): string | undefined {
  const { feature: name, maxVersionLevel: level, upgradeType: type } = update;
  const known = features.find((feature) => feature.name === name);
  const current = levelOf(context, name);
  if (!Object.values<number>(upgradeType).includes(type)) return `the kind of change ${type} is not known`;
  if (known === undefined) return `${name} is not known to this controller`;
  const { minimumLevel, maximumLevel } = known;
  if (level < minimumLevel || level > maximumLevel) {
    return `level ${level} of ${name} is not known to this controller: it knows ${minimumLevel} to ${maximumLevel}`;
  }
  if (name === metadataVersionFeature && level !== metadataVersion) {
    return `this controller writes ${name} ${metadataVersion} only`;
  }
  for (const broker of context.image.brokers.all()) {
    const supported = broker.features.find((feature) => feature.name === name);
    const highest = supported?.maxSupportedVersion ?? 0;
    const lowest = supported?.minSupportedVersion ?? 0;
    if (level < lowest || level > highest)
      return `broker ${broker.id} knows ${lowest} to ${highest} of ${name}`;
  }
  if (level < current && type === upgradeType.upgrade)
    return `${name} is at ${current}: ${level} is a downgrade`;
  if (level > current && type !== upgradeType.upgrade)
    return `${name} is at ${current}: ${level} is an upgrade`;
  return undefined;
}

/** Eligible leader replicas need one minimum: the cluster gets one, and brokers lose their own. */
function oneMinimumForAll({ image, config }: CommandContext): MetadataRecord[] {
  const name = 'min.insync.replicas';
  const setting = (resourceName: string, value: string | null): MetadataRecord => ({
    kind: 'config',
    body: { resourceType: resourceType.broker, resourceName, name, value },
  });
  const records: MetadataRecord[] = [];
  if (!image.configs(resourceType.broker, '').has(name)) records.push(setting('', String(config.get(name))));
  for (const { id } of image.brokers.all()) {
    if (image.configs(resourceType.broker, String(id)).has(name)) records.push(setting(String(id), null));
  }
  return records;
}
