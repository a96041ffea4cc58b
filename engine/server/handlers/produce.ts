// Produce (versions 3 to 13; 0 to 2 are advertised only, because old librdkafka looks for them before it compresses).
//
// Stage one, in request order and without a wait: each batch is checked and given its offsets, or refused. Stage
// two: the bytes are written, for acks=all the high watermark passes them. acks=0 waits for the write too, so that the
// next request of the connection finds it done; it sends nothing, and ends the connection where something went wrong,
// because that is all such a client can notice.
//
// The order of the checks is Kafka's (Partition.appendRecordsToLeader, UnifiedLog.analyzeAndValidateRecords,
// LogValidator): which error a doubly wrong batch gets is part of the contract.
//
// Left out: transactional batches are refused with INVALID_TXN_STATE, since no transaction can be open here yet;
// without a transactional id in the request with TRANSACTIONAL_ID_AUTHORIZATION_FAILED, as in Kafka.

import type { Task } from '../../base/task.ts';
import type { Appended, Partition } from '../../cluster/partition.ts';
import type { TopicBy } from '../../cluster/replicas.ts';
import { checkForAppend } from '../../core/batch-rules.ts';
import { ErrorCode, errorName } from '../../errors.ts';
import { produce } from '../../protocol/apis/produce.ts';
import type { RequestOf } from '../../protocol/schema.ts';
import { closeConnection, handler, type RequestContext, respond, silent } from '../handler.ts';
import { MovedLeaders } from '../moved-leaders.ts';

type Request = RequestOf<typeof produce>;
type TopicData = Request['topicData'][number];
type PartitionData = TopicData['partitionData'][number];

interface Pending {
  readonly lastOffset: number;
  /** In which it was appended, or found to be appended already. */
  readonly leaderEpoch: number;
  readonly written: Appended['written'];
}

/** The answer for one partition: known at once, or after a wait. */
interface Answer {
  readonly partition: Partition | undefined;
  readonly index: number;
  errorCode: number;
  errorMessage: string | null;
  baseOffset: number;
  logAppendTimeMs: number;
  recordErrors: { batchIndex: number; batchIndexErrorMessage: string | null }[];
  /** Kafka tells it with an append, and where the log itself refused one. */
  tellsLogStart: boolean;
  /** Set when the batch was appended, now or, for a repeated sequence, earlier. */
  pending: Pending | undefined;
  /** The write failed, or was not waited for: the disk may hold the bytes still. */
  mayBeInFlight: boolean;
}

export const produceHandler = handler({
  api: produce,
  advertised: { first: 0, last: 13 },
  pipelined: true,
  *handle(request, context) {
    const topics = request.topicData.map((topic) => ({
      topic,
      answers: topic.partitionData.map((data) => stageOne(request, topic, data, context)),
    }));
    const answers = topics.flatMap((of) => of.answers);
    if (request.acks === 0) {
      for (const answer of answers) yield* waitWritten(answer);
      const failed = answers.find((answer) => answer.errorCode !== ErrorCode.NONE);
      return failed === undefined
        ? silent(true)
        : closeConnection(`acks=0 and ${errorName(failed.errorCode)}`);
    }
    const deadlineUs = context.services.runtime.clock.monotonicUs() + Math.max(0, request.timeoutMs) * 1000;
    for (const answer of answers) yield* stageTwo(answer, request, deadlineUs, context);
    const moved = new MovedLeaders(context.services);
    const responses = topics.map(({ topic, answers: ofTopic }) => ({
      name: topic.name,
      topicId: topic.topicId,
      partitionResponses: ofTopic.map((answer) =>
        toResponse(answer, namedBy(topic, context.version), moved, context.version),
      ),
    }));
    const requestIsFree = !answers.some(({ mayBeInFlight }) => mayBeInFlight);
    return respond({ responses, nodeEndpoints: moved.endpoints }, { requestIsFree });
  },
});

function stageOne(request: Request, topic: TopicData, data: PartitionData, context: RequestContext): Answer {
  const refuse = (errorCode: number, errorMessage: string | null = null): Answer => ({
    partition: undefined,
    index: data.index,
    errorCode,
    errorMessage,
    baseOffset: -1,
    logAppendTimeMs: -1,
    recordErrors: [],
    tellsLogStart: false,
    pending: undefined,
    mayBeInFlight: false,
  });
  if (request.acks !== -1 && request.acks !== 0 && request.acks !== 1)
    return refuse(ErrorCode.INVALID_REQUIRED_ACKS);
  const found = context.services.replicas.find(namedBy(topic, context.version), data.index);
  if (!found.ok) {
    const elsewhere = found.error === ErrorCode.NOT_LEADER_OR_FOLLOWER;
    if (elsewhere) context.services.runtime.reached('produce-refused-not-leader');
    return refuse(found.error);
  }
  const partition = found.value;
  const internal = context.services.metadata.isInternal(partition.topic);
  if (internal && context.clientId !== '__admin_client') return refuse(ErrorCode.INVALID_TOPIC_EXCEPTION);
  return { ...refuse(ErrorCode.NONE), ...appendBatch(partition, data.records, request, context) };
}

function namedBy({ name, topicId }: TopicData, version: number): TopicBy {
  return version >= 13 ? { topicId } : { topic: name };
}

/** Checks the batch by Kafka's rules and appends it. */
function appendBatch(
  partition: Partition,
  records: Uint8Array | null,
  request: Request,
  context: RequestContext,
): Partial<Answer> & { partition: Partition } {
  const { services, version } = context;
  if (partition.log.failed !== undefined) return { partition, errorCode: ErrorCode.KAFKA_STORAGE_ERROR };
  const topicConfig = services.metadata.topicConfig(partition.topic);
  if (request.acks === -1 && !partition.state.hasEnoughReplicas()) {
    return { partition, errorCode: ErrorCode.NOT_ENOUGH_REPLICAS };
  }
  const checked = checkForAppend(records ?? new Uint8Array(0), {
    produceVersion: version,
    nowMs: services.runtime.clock.wallMs(),
    maxMessageBytes: topicConfig.get('max.message.bytes'),
    segmentBytes: partition.log.batchBytesMax,
    compacted: topicConfig.get('cleanup.policy').includes('compact'),
    timestampType:
      topicConfig.get('message.timestamp.type') === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    timestampBeforeMaxMs: topicConfig.get('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: topicConfig.get('message.timestamp.after.max.ms'),
    decompressedBytesMax: services.config.get('socket.request.max.bytes'),
  });
  if (!checked.ok) {
    const { code, message, recordErrors, byLog } = checked.error;
    return {
      partition,
      errorCode: code,
      errorMessage: message,
      tellsLogStart: byLog,
      recordErrors: recordErrors.map((of) => ({
        batchIndex: of.batchIndex,
        batchIndexErrorMessage: of.message,
      })),
    };
  }
  const batch = checked.value;
  if (batch.isTransactional) {
    const unnamed = request.transactionalId === null;
    const errorCode = unnamed ? ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED : ErrorCode.INVALID_TXN_STATE;
    return { partition, errorCode };
  }
  const sequence = partition.log.producers.check(batch);
  if (sequence.kind === 'error') return { partition, errorCode: sequence.code, tellsLogStart: true };
  if (sequence.kind === 'duplicate') return duplicate(partition, batch, sequence, context);
  // The frame's bytes are this request's own: the log may patch offsets in place and keep them until they are
  // written.
  const { leaderEpoch } = partition;
  const { baseOffset, lastOffset, logAppendTimeMs, written } = partition.append(batch.batchBytes);
  const pending = { lastOffset, leaderEpoch, written };
  return { partition, baseOffset, logAppendTimeMs, tellsLogStart: true, pending, mayBeInFlight: true };
}

/** A sequence that was appended before is answered with its first offset, once that one is as safe as it must be. */
function duplicate(
  partition: Partition,
  batch: { readonly producerId: number; readonly baseSequence: number },
  first: { readonly baseOffset: number; readonly lastOffset: number; readonly timestampMs: number },
  context: RequestContext,
): Partial<Answer> & { partition: Partition } {
  const { baseOffset, lastOffset, timestampMs } = first;
  const { trace } = context.services.runtime;
  if (trace.wants('duplicate-answered')) {
    const { topic, index } = partition;
    const { producerId, baseSequence } = batch;
    trace.emit({ kind: 'duplicate-answered', topic, partition: index, producerId, baseSequence, baseOffset });
  }
  const written = partition.log.written(lastOffset);
  const pending = { lastOffset, leaderEpoch: partition.leaderEpoch, written };
  return { partition, baseOffset, logAppendTimeMs: timestampMs, tellsLogStart: true, pending };
}

function* stageTwo(
  answer: Answer,
  request: Request,
  deadlineUs: number,
  context: RequestContext,
): Task<void> {
  const { partition, pending } = answer;
  if (partition !== undefined && pending !== undefined) {
    yield* context.services.runtime.yieldPoint('produce: appended');
    yield* waitWritten(answer);
    if (request.acks === -1 && answer.errorCode === ErrorCode.NONE)
      yield* waitForAll(answer, partition, pending, deadlineUs, context);
  }
  traceAnswer(answer, request.acks, context);
}

/** What is in the file counts only for the leader that put it there: another one may have been elected meanwhile. */
function* waitWritten(answer: Answer): Task<void> {
  const { partition, pending } = answer;
  if (pending === undefined) return;
  const written = yield* pending.written.wait();
  answer.mayBeInFlight = !written.ok;
  if (!written.ok) fail(answer, ErrorCode.KAFKA_STORAGE_ERROR);
  else if (partition?.stillLeads(pending.leaderEpoch) !== true)
    fail(answer, ErrorCode.NOT_LEADER_OR_FOLLOWER);
}

function* waitForAll(
  answer: Answer,
  partition: Partition,
  { lastOffset, leaderEpoch }: Pending,
  deadlineUs: number,
  context: RequestContext,
): Task<void> {
  const { runtime } = context.services;
  const leftMs = Math.max(0, deadlineUs - runtime.clock.monotonicUs()) / 1000;
  const result = yield* partition.waitCommitted(lastOffset, leaderEpoch, leftMs);
  // What was appended stays in the log in all three cases: the client does not know, and must not be told otherwise.
  if (result === 'timed-out') return fail(answer, ErrorCode.REQUEST_TIMED_OUT);
  if (result === 'gone') return fail(answer, ErrorCode.NOT_LEADER_OR_FOLLOWER);
  // Kafka looks at both when it comes back to the request, which may be a while after it was committed.
  yield* runtime.yieldPoint('produce: committed');
  if (!partition.state.hadEnoughReplicas()) fail(answer, ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND);
}

function fail(answer: Answer, errorCode: number): void {
  answer.errorCode = errorCode;
  answer.tellsLogStart = false;
  answer.baseOffset = -1;
  answer.logAppendTimeMs = -1;
}

function traceAnswer(answer: Answer, acks: number, context: RequestContext): void {
  const { trace } = context.services.runtime;
  if (answer.partition === undefined || !trace.wants('produce-answered')) return;
  const { topic, index } = answer.partition;
  const { errorCode: error, baseOffset } = answer;
  trace.emit({ kind: 'produce-answered', topic, partition: index, error, baseOffset, acks });
}

function toResponse(answer: Answer, by: TopicBy, moved: MovedLeaders, version: number) {
  const { partition, index, errorCode, baseOffset, logAppendTimeMs, recordErrors, errorMessage } = answer;
  return {
    index,
    errorCode,
    baseOffset,
    logAppendTimeMs,
    logStartOffset: answer.tellsLogStart && partition !== undefined ? partition.logStartOffset : -1,
    recordErrors,
    errorMessage,
    ...(errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER && version >= 10
      ? { currentLeader: moved.leaderOf(by, index) }
      : {}),
  };
}
