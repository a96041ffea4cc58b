// `quorum-state`: the epoch, the leader and the vote that a member of the quorum must not forget, as Kafka's JSON file.
// It is replaced as a whole and durably before anything that depends on it leaves the node.
//
// Written in version 1, which has the directory of the one voted for. Kafka with static voters writes version 0, which
// has not, and so forgets in a restart whom exactly it voted for; both versions are read.

import { zeroUuid } from '../base/ids.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { ElectionState } from '../core/raft/events.ts';
import { damaged, joinPath, quorumStateFileName, readWhole, replaceFile } from '../log/files.ts';
import type { DiskError } from '../ports.ts';
import { fromUtf8, utf8 } from '../protocol/bytes.ts';
import type { DiskOutcome, Runtime } from '../runtime.ts';

export function* writeQuorumState(
  runtime: Runtime,
  directory: string,
  election: ElectionState,
): Task<DiskOutcome<undefined>> {
  return yield* replaceFile(runtime, directory, quorumStateFileName, encodeQuorumState(election));
}

/** Undefined where there is no such file. One that cannot be understood is not taken for none: it held a vote. */
export function* readQuorumState(
  runtime: Runtime,
  directory: string,
): Task<Outcome<ElectionState | undefined, DiskError>> {
  const path = joinPath(directory, quorumStateFileName);
  const bytes = yield* readWhole(runtime, path);
  if (!bytes.ok) return bytes.error.kind === 'missing' ? success(undefined) : bytes;
  const election = decodeQuorumState(bytes.value);
  return election.ok ? election : damaged(path, election.error);
}

export function encodeQuorumState({ epoch, leaderId, votedId, votedDirectoryId }: ElectionState): Uint8Array {
  return utf8(
    JSON.stringify({
      leaderId,
      leaderEpoch: epoch,
      votedId,
      votedDirectoryId: votedDirectoryId === '' ? zeroUuid : votedDirectoryId,
      data_version: 1,
    }),
  );
}

export function decodeQuorumState(bytes: Uint8Array): Outcome<ElectionState, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(fromUtf8(bytes));
  } catch {
    return failure('not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null) return failure('not a JSON object');
  const fields = new Map<string, unknown>(Object.entries(parsed));
  const version = fields.get('data_version');
  if (version !== 0 && version !== 1)
    return failure(`data_version ${String(version)} where 0 and 1 are known`);
  const epoch = fields.get('leaderEpoch');
  const leaderId = fields.get('leaderId');
  const votedId = fields.get('votedId');
  if (!isWhole(epoch, 0) || !isWhole(leaderId, -1) || !isWhole(votedId, -1)) {
    return failure('leaderEpoch, leaderId and votedId must be there');
  }
  const directory = fields.get('votedDirectoryId');
  const votedDirectoryId = typeof directory === 'string' && directory !== zeroUuid ? directory : '';
  return success({ epoch, leaderId, votedId, votedDirectoryId });
}

function isWhole(value: unknown, first: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= first;
}
