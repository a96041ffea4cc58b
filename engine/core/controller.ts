// What the commands of the controller have in common. A command is a function of the image, the configuration
// and the request: it gives records and the response that may be sent once these are durable, and changes
// nothing. Only the replay of the records changes the image (`metadata-image.ts`).

import type { BrokerConfig } from '../config/config.ts';
import { ErrorCode, errorText } from '../errors.ts';
import type { MetadataImage } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';

/** Records that one request may come to, and so partitions that it may create; Kafka's number. */
export const maximumRecordsPerRequest = 10_000;

/** Messages repeat what the client said; a string of the older protocol versions has 32767 bytes. */
const messageCharactersMax = 2000;

/** All that a command may look at. */
export interface CommandContext {
  readonly image: MetadataImage;
  readonly config: BrokerConfig;
  /** The broker that the command came to, for per-broker configuration. */
  readonly nodeId: number;
  /** A new random uuid at each call. */
  uuid(): string;
}

export interface Plan<R> {
  /** One atomic batch; empty when there is nothing to change. */
  readonly records: readonly MetadataRecord[];
  readonly response: R;
}

/** An error of one item of a request. */
export interface Refusal {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

export const noRefusal: Refusal = { errorCode: ErrorCode.NONE, errorMessage: null };

export function refusal(errorCode: number, errorMessage?: string): Refusal {
  return { errorCode, errorMessage: (errorMessage ?? errorText(errorCode)).slice(0, messageCharactersMax) };
}

/** Names that occur more than once. */
export function duplicatesIn(names: Iterable<string>): ReadonlySet<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) twice.add(name);
    seen.add(name);
  }
  return twice;
}

/** Producer ids are handed out in blocks, so that a broker asks the controller once for a thousand. */
export const producerIdBlockSize = 1000;

/** A block of producer ids, never given before: the answer is its first id. */
export function planProducerIds(image: MetadataImage, brokerId: number): Plan<number> {
  const firstId = image.nextProducerId;
  const brokerEpoch = image.brokers.get(brokerId)?.epoch ?? -1;
  const nextProducerId = firstId + producerIdBlockSize;
  return {
    records: [{ kind: 'producer-ids', body: { brokerId, brokerEpoch, nextProducerId } }],
    response: firstId,
  };
}
