// The feature levels that this broker supports, and those with which a fresh cluster begins. A feature that
// is not listed (`transaction.version`, `group.version`, `share.version`, `streams.version`) is at level 0:
// clients then use what works without it.

export interface Feature {
  readonly name: string;
  readonly minimumLevel: number;
  readonly maximumLevel: number;
}

/** 4.3-IV0: the level of Kafka 4.3. */
export const metadataVersion = 30;

export const metadataVersionFeature = 'metadata.version';

/** Eligible leader replicas (KIP-966); on at level 1. */
export const eligibleLeaderReplicasVersion = 'eligible.leader.replicas.version';

export const features: readonly Feature[] = [
  { name: 'kraft.version', minimumLevel: 0, maximumLevel: 0 },
  { name: metadataVersionFeature, minimumLevel: 7, maximumLevel: metadataVersion },
  { name: eligibleLeaderReplicasVersion, minimumLevel: 0, maximumLevel: 1 },
];
