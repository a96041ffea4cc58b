// The brokers of the cluster, as far as the metadata log knows them. Part of the metadata image.

import { present } from '../base/assert.ts';
import { uuidToBytes } from '../protocol/uuid.ts';
import type { MetadataRecord } from './metadata-record.ts';

export interface EndPoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly securityProtocol: number;
}

export interface SupportedFeature {
  readonly name: string;
  readonly minSupportedVersion: number;
  readonly maxSupportedVersion: number;
}

export interface BrokerImage {
  readonly id: number;
  /** Offset of the record that registered it. */
  readonly epoch: number;
  readonly incarnationId: string;
  readonly endPoints: readonly EndPoint[];
  readonly rack: string | null;
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
  readonly logDirs: readonly string[];
  readonly features: readonly SupportedFeature[];
}

/** In a partition's list of directories: the controller does not know which one the replica is in. */
export const unassignedDirectory = 'AAAAAAAAAAAAAAAAAAAAAA';

/** Kafka keeps the lowest hundred ids for marks like "not assigned" and "lost". */
export function isReservedDirectory(directory: string): boolean {
  const bytes = uuidToBytes(directory);
  return bytes.subarray(0, 15).every((byte) => byte === 0) && (bytes[15] as number) < 100;
}

type BrokerRecord = Extract<
  MetadataRecord,
  {
    kind:
      | 'register-broker'
      | 'unregister-broker'
      | 'broker-registration-change'
      | 'fence-broker'
      | 'unfence-broker';
  }
>;

export class BrokersImage {
  readonly #byId = new Map<number, BrokerImage>();

  get(id: number): BrokerImage | undefined {
    return this.#byId.get(id);
  }

  /** Every registered broker, by ascending id. */
  all(): BrokerImage[] {
    return [...this.#byId.values()].sort((a, b) => a.id - b.id);
  }

  /** Those that may lead and follow: neither fenced nor leaving. */
  active(): BrokerImage[] {
    return this.all().filter((broker) => !broker.fenced && !broker.inControlledShutdown);
  }

  isActive(id: number): boolean {
    const broker = this.#byId.get(id);
    return broker !== undefined && !broker.fenced && !broker.inControlledShutdown;
  }

  /** Whether a replica in `directory` can be served; a broker that lists no directories is believed. */
  hasOnline(id: number, directory: string): boolean {
    const broker = this.#byId.get(id);
    if (broker === undefined) return false;
    return (
      directory === unassignedDirectory || broker.logDirs.length === 0 || broker.logDirs.includes(directory)
    );
  }

  apply(record: BrokerRecord): void {
    switch (record.kind) {
      case 'register-broker':
        return this.#register(record.body);
      case 'unregister-broker':
        this.#byId.delete(record.body.brokerId);
        return;
      case 'fence-broker':
        return this.#change(record.body.id, { fenced: true });
      case 'unfence-broker':
        return this.#change(record.body.id, { fenced: false });
      case 'broker-registration-change': {
        // Fenced: 1 fences, -1 unfences. Controlled shutdown: 1 begins it, it only ends with a new
        // registration.
        const { fenced, inControlledShutdown, logDirs } = record.body;
        return this.#change(record.body.brokerId, {
          ...(fenced === 0 ? {} : { fenced: fenced > 0 }),
          ...(inControlledShutdown === 0 ? {} : { inControlledShutdown: inControlledShutdown > 0 }),
          ...(logDirs.length === 0 ? {} : { logDirs }),
        });
      }
    }
  }

  #register(body: Extract<BrokerRecord, { kind: 'register-broker' }>['body']): void {
    this.#byId.set(body.brokerId, {
      id: body.brokerId,
      epoch: body.brokerEpoch,
      incarnationId: body.incarnationId,
      endPoints: body.endPoints,
      rack: body.rack,
      fenced: body.fenced,
      inControlledShutdown: body.inControlledShutdown,
      logDirs: body.logDirs,
      features: body.features,
    });
  }

  #change(id: number, change: Partial<BrokerImage>): void {
    this.#byId.set(id, { ...present(this.#byId.get(id), 'the broker that a record changes'), ...change });
  }
}
