// The records of the metadata log as values, and their framing: uvarint 1 (the frame's version), uvarint
// record type, uvarint record version, body. Each kind is written in the version that `metadata.version` 4.3
// asks for; any version that is declared can be read.
//
// A record of a kind that this broker does not know (ACLs, quotas, SCRAM credentials, delegation tokens) is
// an error and not skipped: going on without it would quietly drop what somebody configured. Metadata
// transactions are refused too: every command here is one batch, which is atomic by itself.

import { failure, type Outcome, success } from '../base/outcome.ts';
import { concat, Reader, Writer } from '../protocol/bytes.ts';
import { decodeMessage, encodeMessage } from '../protocol/codec.ts';
import {
  brokerRegistrationChangeRecord,
  clearElrRecord,
  configRecord,
  featureLevelRecord,
  fenceBrokerRecord,
  noOpRecord,
  partitionChangeRecord,
  partitionRecord,
  producerIdsRecord,
  registerBrokerRecord,
  registerControllerRecord,
  removeTopicRecord,
  topicRecord,
  unfenceBrokerRecord,
  unregisterBrokerRecord,
} from '../protocol/messages/metadata-records.ts';
import type { BodyOf, EncodableBodyOf, Message } from '../protocol/schema.ts';

const frameVersion = 1;

const kinds = {
  'register-broker': { message: registerBrokerRecord, version: 3 },
  'unregister-broker': { message: unregisterBrokerRecord, version: 0 },
  'broker-registration-change': { message: brokerRegistrationChangeRecord, version: 2 },
  'fence-broker': { message: fenceBrokerRecord, version: 0 },
  'unfence-broker': { message: unfenceBrokerRecord, version: 0 },
  'register-controller': { message: registerControllerRecord, version: 0 },
  'feature-level': { message: featureLevelRecord, version: 0 },
  topic: { message: topicRecord, version: 0 },
  'remove-topic': { message: removeTopicRecord, version: 0 },
  partition: { message: partitionRecord, version: 2 },
  'partition-change': { message: partitionChangeRecord, version: 2 },
  'clear-elr': { message: clearElrRecord, version: 0 },
  config: { message: configRecord, version: 0 },
  'producer-ids': { message: producerIdsRecord, version: 0 },
  'no-op': { message: noOpRecord, version: 0 },
} as const;

export type MetadataRecordKind = keyof typeof kinds;

export type MetadataRecord = {
  [K in MetadataRecordKind]: { readonly kind: K; readonly body: BodyOf<(typeof kinds)[K]['message']> };
}[MetadataRecordKind];

const byKey = new Map<number, MetadataRecordKind>(
  (Object.keys(kinds) as MetadataRecordKind[]).map((kind) => [kinds[kind].message.apiKey as number, kind]),
);

export function encodeMetadataRecord(record: MetadataRecord): Uint8Array {
  const { message, version } = kinds[record.kind];
  const header = new Writer(8);
  header.uvarint(frameVersion);
  header.uvarint(message.apiKey as number);
  header.uvarint(version);
  const body = encodeMessage(message as Message, version, record.body as EncodableBodyOf<Message>);
  return concat([header.toBytes(), body]);
}

/** The error is a sentence for people; whoever reads it must not go on. */
export function decodeMetadataRecord(bytes: Uint8Array): Outcome<MetadataRecord, string> {
  const reader = new Reader(bytes);
  const frame = reader.uvarint();
  const key = reader.uvarint();
  const version = reader.uvarint();
  if (reader.failure !== undefined) return failure(`metadata record: ${reader.failure}`);
  if (frame !== frameVersion)
    return failure(`metadata record in frame version ${frame}, not ${frameVersion}`);
  const kind = byKey.get(key);
  if (kind === undefined)
    return failure(`metadata record of type ${key}, which this broker does not support`);
  const { message } = kinds[kind];
  if (version < message.versions.first || version > message.versions.last) {
    return failure(`${message.name} in version ${version}, which this broker does not support`);
  }
  const body = decodeMessage(message as Message, version, bytes.subarray(reader.position));
  return body.ok ? success({ kind, body: body.value } as unknown as MetadataRecord) : body;
}
