// On one replica the high watermark never goes down within a leader epoch, and a replica that begins to lead keeps its
// own.
//
// Sound because: within an epoch a leader's high watermark is a minimum over members that only grow, and a member that
// joins has reached it; a follower takes it from its leader's answers, of which it has one at a time. A process that
// was started again begins from its checkpoint, and a follower takes a new leader's mark, which may be behind: both are
// another epoch or another process, and not compared. A loss declared at or below makes it a witness.

import type { StateRule } from '../rule.ts';

export const hwRegressionOfReplica: StateRule = {
  invariant: 'hw-regression',
  doc: 'the high watermark of a replica went down within a leader epoch, or when it began to lead',

  watch(cluster, { judged, tell }) {
    const compare = (
      event: { topic: string; partition: number; highWatermark: number; leaderEpoch: number },
      at: Parameters<typeof tell>[1] & { node: string },
      acrossEpochs: boolean,
    ) => {
      const partition = cluster.partition(event.topic, event.partition);
      const replica = partition.replicas.get(at.node);
      if (replica === undefined || replica.highWatermark < 0) return;
      judged(1);
      const sameEpoch = replica.highWatermarkEpoch === event.leaderEpoch;
      if (!sameEpoch && !acrossEpochs) return;
      const before = sameEpoch ? replica.highWatermarkMax : replica.highWatermark;
      if (event.highWatermark >= before) return;
      const { topic, partition: index, highWatermark, leaderEpoch } = event;
      tell(
        partition.lossOf(before - 1, 0) !== undefined,
        at,
        `the high watermark of ${partition.name} on ${at.node} went from ${before} to ${highWatermark}` +
          ` in leader epoch ${leaderEpoch}`,
        { topic, partition: index, node: at.node, before, highWatermark, leaderEpoch },
      );
    };
    return {
      before: {
        'high-watermark-moved': (event, at) => compare(event, at, false),
        'leader-began': (event, at) => compare(event, at, true),
      },
    };
  },
};
