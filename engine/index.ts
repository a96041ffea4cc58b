// The engine's only door: what `sim`, `bench` and the tools may use of it.

export { assert, present, unreachable } from './base/assert.ts';
export { BufferPool } from './base/buffer-pool.ts';
export { Heap } from './base/heap.ts';
export { partitionKey, type TopicPartition, zeroUuid } from './base/ids.ts';
export { done, type Failure, failure, type Outcome, type Success, success } from './base/outcome.ts';
export { Completion, type Running, type Task, Tasks } from './base/task.ts';
export { Broker, type BrokerOptions } from './broker.ts';
export { Admin } from './client/admin.ts';
export type { QuorumDescription } from './client/admin-quorum.ts';
export { assignorNames } from './client/assignors.ts';
export {
  type ConsumerConfig,
  type ConsumerOptions,
  consumerConfig,
  type ProducerConfig,
  type ProducerOptions,
  producerConfig,
} from './client/client-config.ts';
export { BrokerConnection } from './client/connection.ts';
export { Consumer, type ConsumerHooks } from './client/consumer.ts';
export type { ConsumedRecord, Truncation } from './client/consumer-state.ts';
export { Producer, type ProducerRecord } from './client/producer.ts';
export type { SendOutcome } from './client/send-outcome.ts';
export { partitionOfGroup } from './cluster/group-coordinator.ts';
export { brokerPropertyNames } from './config/broker-properties.ts';
export { topicPropertyNames } from './config/topic-properties.ts';
export { errorName } from './errors.ts';
export { Log, type LogOptions } from './log/log.ts';
export { defaultLogConfig, type LogConfig } from './log/log-config.ts';
export { type EngineMark, engineMarks } from './marks.ts';
export type {
  Address,
  Cancel,
  Clock,
  Connection,
  ConnectionHandlers,
  DirectoryEntry,
  Disk,
  DiskDone,
  DiskError,
  DiskErrorKind,
  DiskFile,
  Listener,
  Network,
  NetworkError,
  Ports,
  Random,
  Timers,
  Trace,
} from './ports.ts';
export { apiVersions as apiVersionsApi } from './protocol/apis/api-versions.ts';
export { createTopics as createTopicsApi } from './protocol/apis/create-topics.ts';
export { fetch as fetchApi } from './protocol/apis/fetch.ts';
export { findCoordinator as findCoordinatorApi } from './protocol/apis/find-coordinator.ts';
export { initProducerId as initProducerIdApi } from './protocol/apis/init-producer-id.ts';
export { listOffsets as listOffsetsApi } from './protocol/apis/list-offsets.ts';
export { metadata as metadataApi } from './protocol/apis/metadata.ts';
export { offsetFetch as offsetFetchApi } from './protocol/apis/offset-fetch.ts';
export { produce as produceApi } from './protocol/apis/produce.ts';
export { apiByKey } from './protocol/apis.ts';
export { concat, Reader, Writer } from './protocol/bytes.ts';
export {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  isFlexible,
  readStruct,
  writeStruct,
} from './protocol/codec.ts';
export { crc32c } from './protocol/crc32c.ts';
export {
  frame,
  readRequestHeader,
  skipHeaderTags,
  writeResponseHeader,
} from './protocol/frame.ts';
export { BatchWalk, batchAt, type RecordBatch } from './protocol/record-batch.ts';
export { type BatchRecord, buildBatch } from './protocol/record-batch-builder.ts';
export { decodeRecords, recordsOf } from './protocol/records.ts';
export type { DecodedResponseOf } from './protocol/schema.ts';
export { File, Runtime, type YieldPoints } from './runtime.ts';
export {
  type TraceEvent,
  type TraceEventFields,
  type TraceEventKind,
  traceEventDocs,
} from './trace-events.ts';
