// The feature levels that this broker supports, and those with which a fresh cluster begins. A feature that
// is not listed (`transaction.version`, `group.version`, `share.version`, `streams.version`,
// `eligible.leader.replicas.version`) is at level 0: clients then use what works without it.

export interface Feature {
  readonly name: string;
  readonly minimumLevel: number;
  readonly maximumLevel: number;
  /** Written when the cluster is formatted; 0 writes nothing. */
  readonly initialLevel: number;
}

/** 4.3-IV0: the level of Kafka 4.3. */
export const metadataVersion = 30;

export const features: readonly Feature[] = [
  { name: 'kraft.version', minimumLevel: 0, maximumLevel: 0, initialLevel: 0 },
  { name: 'metadata.version', minimumLevel: 7, maximumLevel: metadataVersion, initialLevel: metadataVersion },
];
