// From a workload to what the probes do, so that a limit is one of the same pattern. Pure.

import type { Workload } from '../workload.ts';
import type { DiskPattern } from './disk.ts';
import type { LoopbackPattern } from './loopback.ts';

/** Kafka's defaults of what a workload may leave out. */
const batchBytesDefault = 16_384;
const inFlightDefault = 5;
const requestBytesMaxDefault = 1_048_576;
const partitionFetchBytesDefault = 1_048_576;
const smallMessageBytes = 100;

/**
 * `batchBytes`: the mean size of the batches that were really written; undefined where nobody can see them.
 */
export function diskPattern(workload: Workload, batchBytes: number | undefined): DiskPattern {
  const files = workload.topic.partitions;
  const { fsync } = workload;
  if (workload.kind === 'consume') {
    return {
      kind: 'read',
      files,
      bytes: workload.consumer.maxPartitionFetchBytes ?? partitionFetchBytesDefault,
      fsync,
    };
  }
  const batch = batchBytesOf(workload, batchBytes);
  // With fsync before acknowledgement a broker may gather whatever its clients have under way into one group.
  const bytes = fsync === 'before-ack' ? Math.max(batch, groupBytes(workload, batch)) : batch;
  return { kind: 'append', files, bytes, fsync };
}

export function loopbackPattern(workload: Workload, batchBytes: number | undefined): LoopbackPattern {
  if (workload.kind === 'consume') {
    const responseBytes = workload.consumer.maxPartitionFetchBytes ?? partitionFetchBytesDefault;
    return { connections: 1, depth: 1, requestBytes: smallMessageBytes, responseBytes };
  }
  // A request carries one batch for each partition of the broker that has one ready.
  const requestBytesMax = workload.producer.maxRequestSizeBytes ?? requestBytesMaxDefault;
  const wanted = batchBytesOf(workload, batchBytes) * workload.topic.partitions;
  return {
    connections: workload.producers,
    depth: inFlightOf(workload),
    requestBytes: Math.max(1, Math.min(requestBytesMax, wanted)),
    responseBytes: smallMessageBytes,
  };
}

/** The most that can wait for one partition's fsync: what all producers may have under way for it. */
function groupBytes(workload: Exclude<Workload, { kind: 'consume' }>, batch: number): number {
  const underWay = inFlightOf(workload) * batch * workload.producers;
  if (workload.load.loop === 'open') return batch;
  const outstanding = (workload.load.outstandingRecords * workload.record.bytes) / workload.topic.partitions;
  return Math.max(1, Math.round(Math.min(underWay, outstanding)));
}

function batchBytesOf(workload: Workload, batchBytes: number | undefined): number {
  return batchBytes ?? workload.producer.batchSizeBytes ?? batchBytesDefault;
}

function inFlightOf(workload: Workload): number {
  return workload.producer.maxInFlightRequestsPerConnection ?? inFlightDefault;
}
