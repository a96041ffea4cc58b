// Produce requests that are made before the clock starts, for `replay.c`: whole frames, each with one batch for one
// partition. They are sent again and again, so a record's key says nothing; what is accounted for is their number.

import { buildBatch, concat, encodeRequest, produceApi, Writer, zeroUuid } from '../../engine/index.ts';
import type { SeededRandom } from '../random.ts';

/** The last version before lengths became compact: the replayer finds the error code at a fixed place. */
const version = 8;
/** Different frames for each partition, so that no cache holds all of one. */
const framesPerPartition = 8;
/** The batch header, and what a record takes beside its value. */
const batchOverheadBytes = 61;
const recordOverheadBytes = 9;

export interface FrameShape {
  readonly topic: string;
  readonly recordBytes: number;
  readonly batchBytes: number;
  readonly nowMs: number;
}

/** How many records fit into one batch of this shape; at least one. */
export function recordsPerBatch({ recordBytes, batchBytes }: FrameShape): number {
  return Math.max(1, Math.floor((batchBytes - batchOverheadBytes) / (recordBytes + recordOverheadBytes)));
}

/** Frames for all of `partitions`, in turns. */
export function produceFrames(
  shape: FrameShape,
  partitions: readonly number[],
  random: SeededRandom,
): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let round = 0; round < framesPerPartition; round++) {
    for (const partition of partitions) frames.push(frameFor(shape, partition, random));
  }
  return concat(frames);
}

function frameFor(shape: FrameShape, index: number, random: SeededRandom): Uint8Array {
  const records = Array.from({ length: recordsPerBatch(shape) }, () => {
    const value = new Uint8Array(shape.recordBytes);
    random.fill(value);
    return { timestamp: shape.nowMs, key: null, value };
  });
  const writer = new Writer(shape.batchBytes + 1024);
  writer.int16(produceApi.key);
  writer.int16(version);
  writer.int32(0);
  writer.int16(-1);
  const partitionData = [{ index, records: buildBatch({ records }) }];
  const request = {
    transactionalId: null,
    acks: 1,
    timeoutMs: 30_000,
    topicData: [{ name: shape.topic, topicId: zeroUuid, partitionData }],
  };
  encodeRequest(produceApi, version, request, writer);
  const message = writer.toBytes();
  const size = new Uint8Array(4);
  new DataView(size.buffer).setInt32(0, message.length);
  return concat([size, message]);
}
