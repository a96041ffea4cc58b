// Every error that crosses the wire: one row each, with the code that Kafka 4.3 gives it (`Errors.java`), whether a
// client may try again, and whether it should look at fresh metadata first. Errors travel as these numbers, never as
// exceptions.

interface ErrorRow {
  readonly code: number;
  /** For people: in error messages of responses and in reports. */
  readonly text: string;
  readonly retriable: boolean;
  readonly refreshesMetadata: boolean;
}

type Trait = 'retriable' | 'refreshesMetadata';
const retriable: Trait = 'retriable';
const refreshesMetadata: Trait = 'refreshesMetadata';

function row(code: number, text: string, ...traits: Trait[]): ErrorRow {
  return {
    code,
    text,
    retriable: traits.includes(retriable),
    refreshesMetadata: traits.includes(refreshesMetadata),
  };
}

const table = {
  UNKNOWN_SERVER_ERROR: row(-1, 'the broker met something it did not expect'),
  NONE: row(0, 'no error'),
  OFFSET_OUT_OF_RANGE: row(1, 'the offset is below the log start or above the log end'),
  CORRUPT_MESSAGE: row(2, 'the record batch does not match its checksum or is malformed', retriable),
  UNKNOWN_TOPIC_OR_PARTITION: row(
    3,
    'this broker knows no such topic or partition',
    retriable,
    refreshesMetadata,
  ),
  INVALID_FETCH_SIZE: row(4, 'the fetch size is invalid'),
  LEADER_NOT_AVAILABLE: row(5, 'the partition has no leader at the moment', retriable, refreshesMetadata),
  NOT_LEADER_OR_FOLLOWER: row(
    6,
    'this broker is not the leader, or not a replica, of the partition',
    retriable,
    refreshesMetadata,
  ),
  REQUEST_TIMED_OUT: row(7, 'the request was not completed in its time', retriable),
  BROKER_NOT_AVAILABLE: row(8, 'the broker is not available'),
  REPLICA_NOT_AVAILABLE: row(9, 'the replica is not available', retriable, refreshesMetadata),
  MESSAGE_TOO_LARGE: row(10, 'the record batch is larger than max.message.bytes'),
  STALE_CONTROLLER_EPOCH: row(11, 'the controller has moved on'),
  OFFSET_METADATA_TOO_LARGE: row(12, 'the metadata of the committed offset is too large'),
  NETWORK_EXCEPTION: row(13, 'the connection ended before the response came', retriable, refreshesMetadata),
  COORDINATOR_LOAD_IN_PROGRESS: row(14, 'the coordinator is still loading its partition', retriable),
  COORDINATOR_NOT_AVAILABLE: row(15, 'the coordinator is not available', retriable),
  NOT_COORDINATOR: row(16, 'this broker is not the coordinator', retriable),
  INVALID_TOPIC_EXCEPTION: row(17, 'the topic name is invalid or the topic is internal'),
  RECORD_LIST_TOO_LARGE: row(18, 'the batch is larger than segment.bytes'),
  NOT_ENOUGH_REPLICAS: row(
    19,
    'fewer in-sync replicas than min.insync.replicas; nothing was written',
    retriable,
  ),
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: row(
    20,
    'written, but fewer in-sync replicas than min.insync.replicas',
    retriable,
  ),
  INVALID_REQUIRED_ACKS: row(21, 'acks must be -1, 0 or 1'),
  ILLEGAL_GENERATION: row(22, "the generation is not the group's current one"),
  INCONSISTENT_GROUP_PROTOCOL: row(23, "the member's protocols do not fit those of the group"),
  INVALID_GROUP_ID: row(24, 'the group id is invalid'),
  UNKNOWN_MEMBER_ID: row(25, 'the group has no such member'),
  INVALID_SESSION_TIMEOUT: row(26, "the session timeout is outside the broker's bounds"),
  REBALANCE_IN_PROGRESS: row(27, 'the group is rebalancing: join again'),
  INVALID_COMMIT_OFFSET_SIZE: row(28, 'the offset commit is too large'),
  TOPIC_AUTHORIZATION_FAILED: row(29, 'not authorized for the topic'),
  GROUP_AUTHORIZATION_FAILED: row(30, 'not authorized for the group'),
  CLUSTER_AUTHORIZATION_FAILED: row(31, 'not authorized for the cluster'),
  INVALID_TIMESTAMP: row(32, 'the timestamp is outside the bounds that the topic accepts'),
  UNSUPPORTED_SASL_MECHANISM: row(33, 'the SASL mechanism is not enabled'),
  ILLEGAL_SASL_STATE: row(34, 'the request does not fit the state of authentication'),
  UNSUPPORTED_VERSION: row(35, 'the version of the API is not supported'),
  TOPIC_ALREADY_EXISTS: row(36, 'a topic of this name exists'),
  INVALID_PARTITIONS: row(37, 'the number of partitions is invalid'),
  INVALID_REPLICATION_FACTOR: row(38, 'the replication factor is below 1 or above the number of brokers'),
  INVALID_REPLICA_ASSIGNMENT: row(39, 'the replica assignment is invalid'),
  INVALID_CONFIG: row(40, 'the configuration is invalid'),
  NOT_CONTROLLER: row(41, 'this node is not the active controller', retriable),
  INVALID_REQUEST: row(42, 'the request contradicts itself or lacks something'),
  UNSUPPORTED_FOR_MESSAGE_FORMAT: row(43, 'the message format on the broker does not support the request'),
  POLICY_VIOLATION: row(44, 'the request violates a policy'),
  OUT_OF_ORDER_SEQUENCE_NUMBER: row(45, 'a sequence number is missing before this one'),
  DUPLICATE_SEQUENCE_NUMBER: row(46, 'the sequence number was seen before'),
  INVALID_PRODUCER_EPOCH: row(47, 'the producer epoch is older than the newest one seen'),
  INVALID_TXN_STATE: row(48, 'the transaction is in a state that does not allow this'),
  INVALID_PRODUCER_ID_MAPPING: row(49, 'the producer id does not belong to the transactional id'),
  INVALID_TRANSACTION_TIMEOUT: row(
    50,
    'the transaction timeout is above transaction.max.timeout.ms or not positive',
  ),
  CONCURRENT_TRANSACTIONS: row(51, 'another operation of the same transaction is in progress', retriable),
  TRANSACTION_COORDINATOR_FENCED: row(52, 'the transaction coordinator is an outdated one'),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: row(53, 'not authorized for the transactional id'),
  SECURITY_DISABLED: row(54, 'security features are disabled'),
  OPERATION_NOT_ATTEMPTED: row(55, 'not attempted because another part of the request failed'),
  KAFKA_STORAGE_ERROR: row(56, 'the disk below the log failed', retriable, refreshesMetadata),
  LOG_DIR_NOT_FOUND: row(57, "the log directory is not one of the broker's"),
  SASL_AUTHENTICATION_FAILED: row(58, 'authentication failed'),
  UNKNOWN_PRODUCER_ID: row(59, 'the broker knows nothing of the producer id'),
  REASSIGNMENT_IN_PROGRESS: row(60, 'a reassignment of the partition is in progress'),
  DELEGATION_TOKEN_AUTH_DISABLED: row(61, 'delegation tokens are not enabled'),
  DELEGATION_TOKEN_NOT_FOUND: row(62, 'no such delegation token'),
  DELEGATION_TOKEN_OWNER_MISMATCH: row(63, 'the principal is neither owner nor renewer of the token'),
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: row(
    64,
    'delegation token requests are not allowed on this connection',
  ),
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: row(65, 'not authorized for the delegation token'),
  DELEGATION_TOKEN_EXPIRED: row(66, 'the delegation token has expired'),
  INVALID_PRINCIPAL_TYPE: row(67, 'the principal type is not supported'),
  NON_EMPTY_GROUP: row(68, 'the group has members'),
  GROUP_ID_NOT_FOUND: row(69, 'no such group'),
  FETCH_SESSION_ID_NOT_FOUND: row(70, 'no such fetch session', retriable),
  INVALID_FETCH_SESSION_EPOCH: row(71, 'the fetch session epoch is not the expected one', retriable),
  LISTENER_NOT_FOUND: row(
    72,
    'the leader has no listener of the kind that the request came in on',
    retriable,
    refreshesMetadata,
  ),
  TOPIC_DELETION_DISABLED: row(73, 'topic deletion is disabled'),
  FENCED_LEADER_EPOCH: row(
    74,
    "the leader epoch in the request is older than the broker's",
    retriable,
    refreshesMetadata,
  ),
  UNKNOWN_LEADER_EPOCH: row(75, "the leader epoch in the request is newer than the broker's", retriable),
  UNSUPPORTED_COMPRESSION_TYPE: row(76, 'the client does not support the compression type'),
  STALE_BROKER_EPOCH: row(77, 'the broker epoch has changed'),
  OFFSET_NOT_AVAILABLE: row(78, "the new leader's high watermark has not caught up yet", retriable),
  MEMBER_ID_REQUIRED: row(79, 'the member must join again with the member id it was given'),
  PREFERRED_LEADER_NOT_AVAILABLE: row(
    80,
    'the preferred leader is not available',
    retriable,
    refreshesMetadata,
  ),
  GROUP_MAX_SIZE_REACHED: row(81, 'the group has as many members as it may have'),
  FENCED_INSTANCE_ID: row(82, 'another member has taken this group.instance.id'),
  ELIGIBLE_LEADERS_NOT_AVAILABLE: row(83, 'no eligible leader is available', retriable, refreshesMetadata),
  ELECTION_NOT_NEEDED: row(84, 'the partition needs no election', retriable, refreshesMetadata),
  NO_REASSIGNMENT_IN_PROGRESS: row(85, 'no reassignment is in progress'),
  GROUP_SUBSCRIBED_TO_TOPIC: row(86, 'the group is subscribed to the topic'),
  INVALID_RECORD: row(87, 'the broker refused a record of the batch'),
  UNSTABLE_OFFSET_COMMIT: row(88, 'offsets of an open transaction are pending', retriable),
  THROTTLING_QUOTA_EXCEEDED: row(89, 'the throttling quota is exceeded', retriable),
  PRODUCER_FENCED: row(90, 'a newer producer with the same transactional id has taken over'),
  RESOURCE_NOT_FOUND: row(91, 'no such resource'),
  DUPLICATE_RESOURCE: row(92, 'the resource is named twice'),
  UNACCEPTABLE_CREDENTIAL: row(93, 'the credential does not meet the criteria'),
  INCONSISTENT_VOTER_SET: row(94, 'sender and recipient disagree about the voters'),
  INVALID_UPDATE_VERSION: row(95, 'the update is based on an outdated version'),
  FEATURE_UPDATE_FAILED: row(96, 'the feature could not be updated'),
  PRINCIPAL_DESERIALIZATION_FAILURE: row(97, 'the principal in an envelope cannot be read'),
  SNAPSHOT_NOT_FOUND: row(98, 'no such snapshot'),
  POSITION_OUT_OF_RANGE: row(99, 'the position is not within the snapshot'),
  UNKNOWN_TOPIC_ID: row(100, 'this broker knows no topic of this id', retriable, refreshesMetadata),
  DUPLICATE_BROKER_REGISTRATION: row(101, 'another broker with this id is registered'),
  BROKER_ID_NOT_REGISTERED: row(102, 'no broker with this id is registered'),
  INCONSISTENT_TOPIC_ID: row(103, 'the topic id is not that of the log', retriable, refreshesMetadata),
  INCONSISTENT_CLUSTER_ID: row(104, 'the cluster id is another one'),
  TRANSACTIONAL_ID_NOT_FOUND: row(105, 'no such transactional id'),
  FETCH_SESSION_TOPIC_ID_ERROR: row(106, 'the fetch session changed its use of topic ids', retriable),
  INELIGIBLE_REPLICA: row(107, 'the new ISR has a replica that is not eligible'),
  NEW_LEADER_ELECTED: row(108, 'the change of the partition elected another leader'),
  OFFSET_MOVED_TO_TIERED_STORAGE: row(109, 'the offset is in tiered storage'),
  FENCED_MEMBER_EPOCH: row(110, 'the member epoch was fenced by the coordinator'),
  UNRELEASED_INSTANCE_ID: row(111, 'the instance id is in use by another member'),
  UNSUPPORTED_ASSIGNOR: row(112, 'the assignor is not supported'),
  STALE_MEMBER_EPOCH: row(113, 'the member epoch is stale'),
  MISMATCHED_ENDPOINT_TYPE: row(114, 'the request went to an endpoint of the wrong type'),
  UNSUPPORTED_ENDPOINT_TYPE: row(115, 'the endpoint type is not supported'),
  UNKNOWN_CONTROLLER_ID: row(116, 'no such controller'),
  UNKNOWN_SUBSCRIPTION_ID: row(117, 'the telemetry subscription id is outdated'),
  TELEMETRY_TOO_LARGE: row(118, 'the telemetry push is too large'),
  INVALID_REGISTRATION: row(119, 'the registration is invalid'),
  TRANSACTION_ABORTABLE: row(120, 'the transaction must be aborted, after which the producer may go on'),
  INVALID_RECORD_STATE: row(121, 'the record is not in a state that allows the acknowledgement'),
  SHARE_SESSION_NOT_FOUND: row(122, 'no such share session', retriable),
  INVALID_SHARE_SESSION_EPOCH: row(123, 'the share session epoch is not the expected one', retriable),
  FENCED_STATE_EPOCH: row(124, 'the share state epoch is outdated'),
  INVALID_VOTER_KEY: row(125, "the voter key is not the receiver's"),
  DUPLICATE_VOTER: row(126, 'the voter is in the set already'),
  VOTER_NOT_FOUND: row(127, 'the voter is not in the set'),
  INVALID_REGULAR_EXPRESSION: row(128, 'the regular expression is invalid'),
  REBOOTSTRAP_REQUIRED: row(129, "the client's metadata is outdated: bootstrap again"),
  STREAMS_INVALID_TOPOLOGY: row(130, 'the topology is invalid'),
  STREAMS_INVALID_TOPOLOGY_EPOCH: row(131, 'the topology epoch is invalid'),
  STREAMS_TOPOLOGY_FENCED: row(132, 'the topology epoch is outdated'),
  SHARE_SESSION_LIMIT_REACHED: row(133, 'as many share sessions are open as may be', retriable),
} satisfies Record<string, ErrorRow>;

export type ErrorName = keyof typeof table;

/** The code of each error by its Kafka name: `ErrorCode.NOT_LEADER_OR_FOLLOWER`. */
export const ErrorCode = Object.fromEntries(
  Object.entries(table).map(([name, { code }]) => [name, code]),
) as Readonly<Record<ErrorName, number>>;

const byCode = new Map<number, ErrorRow & { name: ErrorName }>(
  Object.entries(table).map(([name, of]) => [of.code, { ...of, name: name as ErrorName }]),
);

/** Kafka's name of a code; a code we do not know is named by its number. */
export function errorName(code: number): string {
  return byCode.get(code)?.name ?? `ERROR_${code}`;
}

export function errorText(code: number): string {
  return byCode.get(code)?.text ?? `error ${code}`;
}

/** Whether a client may send the same request again and hope. */
export function isRetriable(code: number): boolean {
  return byCode.get(code)?.retriable ?? false;
}

/** Whether a client should fetch metadata before it tries again. */
export function needsFreshMetadata(code: number): boolean {
  return byCode.get(code)?.refreshesMetadata ?? false;
}
