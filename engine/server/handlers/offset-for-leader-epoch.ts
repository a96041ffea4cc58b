// OffsetForLeaderEpoch (versions 2 to 4): where a leader epoch ends in this log, so that a consumer notices
// that what it read has been cut off since (KIP-320). The rules are `core/epoch-history.ts`; an epoch that is
// not known answers -1/-1 with no error.

import { ErrorCode } from '../../errors.ts';
import { offsetForLeaderEpoch } from '../../protocol/apis/offset-for-leader-epoch.ts';
import { handler, type RequestContext, respond } from '../handler.ts';

export const offsetForLeaderEpochHandler = handler({
  api: offsetForLeaderEpoch,
  *handle(request, context) {
    const topics = request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => ({
        partition,
        ...endOf(topic, partition, currentLeaderEpoch, leaderEpoch, context),
      })),
    }));
    return respond({ throttleTimeMs: 0, topics });
  },
});

function endOf(
  topic: string,
  index: number,
  currentLeaderEpoch: number,
  leaderEpoch: number,
  context: RequestContext,
): { errorCode: number; leaderEpoch: number; endOffset: number } {
  const found = context.services.replicas.findLeader({ topic }, index, currentLeaderEpoch);
  if (!found.ok) return { errorCode: found.error, leaderEpoch: -1, endOffset: -1 };
  const { log, logEndOffset } = found.value;
  const end = log.epochs.endOffsetFor(leaderEpoch, logEndOffset);
  return { errorCode: ErrorCode.NONE, leaderEpoch: end.leaderEpoch, endOffset: end.endOffset };
}
