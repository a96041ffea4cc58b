// What the commands of the controller have in common. A command is a function of the image, the configuration
// and the request: it gives records and the response that may be sent once these are durable, and changes
// nothing. Only the replay of the records changes the image (`metadata-image.ts`).

import { failure, type Outcome, success } from '../base/outcome.ts';
import type { BrokerConfig } from '../config/config.ts';
import { ErrorCode, errorText } from '../errors.ts';
import type { KnownSessions } from './broker-sessions.ts';
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
  readonly clusterId: string;
  /** The offset that the first record of the plan will get. */
  readonly nextOffset: number;
  /** What is known of the brokers that is not in the metadata log. */
  readonly sessions: KnownSessions;
  /** Monotonic. */
  readonly nowMs: number;
  /** A new random uuid at each call. */
  uuid(): string;
  /** A random number from 0 to n - 1. */
  below(n: number): number;
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

/** A block of producer ids, never given before: the answer is its first id, or an error code for a former life. */
export function planProducerIds(
  { image }: Pick<CommandContext, 'image'>,
  brokerId: number,
  brokerEpoch: number,
): Plan<Outcome<number, number>> {
  const problem = brokerEpochProblem(image, brokerId, brokerEpoch);
  if (problem !== ErrorCode.NONE) return { records: [], response: failure(problem) };
  const firstId = image.nextProducerId;
  const nextProducerId = firstId + producerIdBlockSize;
  return {
    records: [{ kind: 'producer-ids', body: { brokerId, brokerEpoch, nextProducerId } }],
    response: success(firstId),
  };
}

/** Whether a request speaks for the life of the broker that is registered: an error code. */
export function brokerEpochProblem(image: MetadataImage, brokerId: number, brokerEpoch: number): number {
  const isCurrent = image.brokers.get(brokerId)?.epoch === brokerEpoch;
  return isCurrent ? ErrorCode.NONE : ErrorCode.STALE_BROKER_EPOCH;
}
