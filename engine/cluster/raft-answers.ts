// An answer of the machine says what may be read; here it is read, and put in.

import { success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { DescribeQuorumAnswer, PeerResponse, RaftAnswer } from '../core/raft/messages.ts';
import { ErrorCode } from '../errors.ts';
import type { RaftLog, StorageOutcome } from './raft-log.ts';
import type { RaftSnapshots } from './raft-snapshots.ts';
import { fetchBytesMax } from './raft-wire.ts';

/** What whoever asked is given. */
export type RaftReply = PeerResponse<Uint8Array> | DescribeQuorumAnswer;

export function* fillAnswer(
  answer: RaftAnswer,
  log: RaftLog,
  snapshots: RaftSnapshots,
): Task<StorageOutcome<RaftReply>> {
  switch (answer.kind) {
    case 'fetch': {
      const { readFrom, ...rest } = answer;
      if (readFrom === undefined) return success({ ...rest, records: undefined });
      const records = yield* log.read(readFrom, log.endOffset, fetchBytesMax);
      return records.ok ? success({ ...rest, records: records.value }) : records;
    }
    case 'fetch-snapshot': {
      const { maxBytes, ...rest } = answer;
      const nothing = { sizeBytes: 0, chunkBytes: 0, chunk: undefined };
      if (rest.errorCode !== ErrorCode.NONE) return success({ ...rest, ...nothing });
      const read = yield* snapshots.readChunk(rest.snapshotId, rest.position, maxBytes);
      if (!read.ok) return read;
      if (typeof read.value === 'number') return success({ ...rest, ...nothing, errorCode: read.value });
      return success({ ...rest, ...read.value, chunkBytes: read.value.chunk.length });
    }
    default:
      return success(answer);
  }
}
