// What the members of a `consumer` group subscribe to, read from the metadata that they hand to each other. The
// coordinator needs it for two things only: not to expire, and not to let anyone delete, the offsets of a topic that
// is being consumed.

import { failure, type Outcome, success } from '../../base/outcome.ts';
import { Reader } from '../../protocol/bytes.ts';
import { readStruct } from '../../protocol/codec.ts';
import { consumerProtocolSubscription } from '../../protocol/messages/consumer-protocol.ts';

export const consumerProtocolType = 'consumer';

/** The topics of one subscription. Versions to come are read as the newest known, with whatever follows left alone. */
export function subscribedTopicsOf(metadata: Uint8Array): Outcome<readonly string[], string> {
  const reader = new Reader(metadata);
  const version = reader.int16();
  if (reader.failure !== undefined) return failure(reader.failure);
  if (version < 0) return failure(`subscription version ${version}`);
  const known = consumerProtocolSubscription.versions.last;
  const body = readStruct(consumerProtocolSubscription.body, Math.min(version, known), false, reader);
  return reader.failure === undefined ? success(body.topics) : failure(reader.failure);
}
