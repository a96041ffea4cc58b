// A plan as the C program over librdkafka reads it: lines "name value". And what the options of a workload are called
// in librdkafka, for it and for kcat.

import { keyBytes, Payloads } from '../payload.ts';
import type { Workload } from '../workload.ts';
import { type GeneratorPlan, outstandingOf } from './plan.ts';
import { producersOf } from './produce-load.ts';

/** librdkafka's own default, which decides how long a sticky run is where the workload names no batch size. */
const batchBytesDefault = 1_000_000;
/** `RUN_MAX` of the program. */
const runRecordsMax = 1_000;
const queueMessagesMax = 10_000_000;
/** What a preload of ours may have under way: nothing of it is measured. */
const preloadOutstandingRecords = 200_000;

export function librdkafkaPlan(plan: GeneratorPlan): string {
  const { address, mode, topic, workload, process, seed } = plan;
  const payloads = new Payloads(workload.record, seed, process);
  const outstanding = mode === 'preload' ? preloadOutstandingRecords : outstandingOf(plan);
  const lines: [string, string | number][] = [
    ['mode', mode],
    ['broker', `${address.host}:${address.port}`],
    ['topic', topic],
    ['partitions', workload.topic.partitions],
    ['process', process],
    ['producers', producersOf(plan)],
    ['tag', payloads.tag],
    ['value_bytes', workload.record.bytes - keyBytes],
    ['values', payloads.valuesCount],
    ['pool_path', plan.poolPath],
    ['outcomes_path', plan.outcomesPath],
    ['outstanding', outstanding],
    ['records', mode === 'preload' ? plan.records : 0],
    ['run_records', runRecordsOf(workload)],
    ['seconds', mode === 'preload' ? 0 : workload.warmupSeconds + workload.durationSeconds],
    ['drain_seconds', workload.drainSeconds],
    ['until_us', plan.untilSeconds * 1e6],
    ['round_robin', workload.partitioning === 'round-robin' ? 1 : 0],
  ];
  if (plan.arrivalsPath !== null) lines.push(['arrivals_path', plan.arrivalsPath]);
  const confs = mode === 'consume' ? consumerConfOf(workload) : producerConfOf(workload, outstanding);
  for (const [name, value] of Object.entries(confs)) lines.push(['conf', `${name}=${value}`]);
  return lines.map(([name, value]) => `${name} ${value}\n`).join('');
}

/** A sticky producer goes on to the next partition when it has filled a batch. */
function runRecordsOf({ producer, record }: Workload): number {
  const batchBytes = producer.batchSizeBytes ?? batchBytesDefault;
  return Math.max(1, Math.min(runRecordsMax, Math.floor(batchBytes / record.bytes)));
}

/** librdkafka's names of what a workload says of its producer; what it leaves out has librdkafka's default. */
export function producerConfOf(workload: Workload, outstanding: number): Record<string, string> {
  const { producer, acks, record } = workload;
  const conf: Record<string, string | number | boolean | undefined> = {
    'client.id': 'bench',
    acks: acks === 'all' ? 'all' : '1',
    'enable.idempotence': producer.enableIdempotence ?? acks === 'all',
    'linger.ms': producer.lingerMs,
    'batch.size': producer.batchSizeBytes,
    // The size alone ends a batch, as with every other client.
    'batch.num.messages': 1_000_000,
    'compression.type': producer.compressionType,
    'max.in.flight': producer.maxInFlightRequestsPerConnection,
    'message.max.bytes': producer.maxRequestSizeBytes,
    'request.timeout.ms': producer.requestTimeoutMs,
    'message.timeout.ms': producer.deliveryTimeoutMs,
    'queue.buffering.max.messages': Math.min(queueMessagesMax, Math.max(100_000, 2 * outstanding)),
    'queue.buffering.max.kbytes':
      producer.bufferMemoryBytes === undefined
        ? Math.min(2_097_151, Math.max(1_048_576, Math.ceil((2 * outstanding * (record.bytes + 64)) / 1024)))
        : Math.max(1, Math.floor(producer.bufferMemoryBytes / 1024)),
  };
  return written(conf);
}

export function consumerConfOf(workload: Workload): Record<string, string> {
  const consumer = workload.kind === 'consume' ? workload.consumer : {};
  return written({
    'client.id': 'bench',
    'group.id': 'bench',
    'enable.auto.commit': false,
    'fetch.min.bytes': consumer.fetchMinBytes,
    'fetch.max.bytes': consumer.fetchMaxBytes,
    'fetch.wait.max.ms': consumer.fetchMaxWaitMs,
    'fetch.message.max.bytes': consumer.maxPartitionFetchBytes,
    'check.crcs': consumer.checkCrcs,
    // As much as it takes to never wait for the next response.
    'queued.min.messages': 1_000_000,
    'queued.max.messages.kbytes': 262_144,
  });
}

function written(conf: Record<string, string | number | boolean | undefined>): Record<string, string> {
  const entries = Object.entries(conf).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
