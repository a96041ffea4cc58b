// The admin client's part for the metadata quorum: who leads it, who votes, how far everybody is. Asked of any broker,
// which passes it on to the active controller.

import type { BrokerId } from '../base/ids.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { ErrorCode, errorName } from '../errors.ts';
import { describeQuorum } from '../protocol/apis/describe-quorum.ts';
import type { DecodedResponseOf } from '../protocol/schema.ts';
import type { AdminRequests } from './admin-requests.ts';

export interface QuorumReplica {
  readonly id: BrokerId;
  readonly directoryId: string;
  /** -1 where it is not known. */
  readonly logEndOffset: number;
  /** By the leader's clock; -1 where they are not known. */
  readonly lastFetchMs: number;
  readonly lastCaughtUpMs: number;
}

export interface QuorumDescription {
  readonly leaderId: BrokerId;
  readonly leaderEpoch: number;
  readonly highWatermark: number;
  readonly voters: readonly QuorumReplica[];
  readonly observers: readonly QuorumReplica[];
}

type Response = DecodedResponseOf<typeof describeQuorum>;
type Partition = Response['topics'][number]['partitions'][number];

const metadataTopic = '__cluster_metadata';

export function* describeQuorumOf(requests: AdminRequests): Task<Outcome<QuorumDescription, string>> {
  const draft = { topics: [{ topicName: metadataTopic, partitions: [{ partitionIndex: 0 }] }] };
  const codes = (told: Response) => [
    told.errorCode === ErrorCode.NONE ? (partitionOf(told)?.errorCode ?? ErrorCode.NONE) : told.errorCode,
  ];
  const answer = yield* requests.anywhere(describeQuorum, draft, codes);
  if (!answer.ok) return answer;
  const [code = ErrorCode.NONE] = codes(answer.value);
  if (code !== ErrorCode.NONE) return failure(errorName(code));
  const told = partitionOf(answer.value);
  if (told === undefined) return failure('MALFORMED_RESPONSE');
  const { leaderId, leaderEpoch, highWatermark, currentVoters, observers } = told;
  return success({
    leaderId,
    leaderEpoch,
    highWatermark,
    voters: currentVoters.map(asReplica),
    observers: observers.map(asReplica),
  });
}

function partitionOf(told: Response): Partition | undefined {
  return told.topics.find(({ topicName }) => topicName === metadataTopic)?.partitions[0];
}

function asReplica(told: Partition['currentVoters'][number]): QuorumReplica {
  return {
    id: told.replicaId,
    directoryId: told.replicaDirectoryId,
    logEndOffset: told.logEndOffset,
    lastFetchMs: told.lastFetchTimestamp,
    lastCaughtUpMs: told.lastCaughtUpTimestamp,
  };
}
