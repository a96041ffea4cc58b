// A log begins no further on than it is committed: retention and DeleteRecords stop at the high watermark of the
// replica that does them, and no replica tells a high watermark below its log start.
//
// Sound because: what was removed was committed, so whoever opens a log that begins later than its checkpointed high
// watermark takes the start for it, and so does a follower that begins anew where its leader's log begins, even inside
// the first batch to come. A start that a leader told is taken up behind the high watermark of the same answer, and
// compared with the next that is told.

import type { At } from '../../verdict.ts';
import type { StateRule } from '../rule.ts';

interface Place {
  readonly topic: string;
  readonly partition: number;
}

interface Told extends Place {
  readonly highWatermark: number;
}

export const logStartPastHw: StateRule = {
  invariant: 'log-start-past-hw',
  doc: 'a log began beyond the high watermark of its replica',

  watch(cluster, { judged, tell }) {
    const say = (
      { topic, partition }: Place,
      at: At & { node: string },
      highWatermark: number,
      logStartOffset: number,
    ) => {
      const { node } = at;
      const prose =
        `the log of ${topic}/${partition} on ${node} begins at ${logStartOffset}, but its high watermark is` +
        ` ${highWatermark}`;
      tell(false, at, prose, { topic, partition, node, logStartOffset, highWatermark });
    };
    const told = (event: Told, at: At & { node: string }) => {
      const replica = cluster.partition(event.topic, event.partition).replicas.get(at.node);
      if (replica === undefined) return;
      judged(1);
      const { offset } = replica.start;
      if (event.highWatermark < offset) say(event, at, event.highWatermark, offset);
    };
    return {
      after: {
        'leader-began': told,
        'follower-began': told,
        'high-watermark-moved': told,
        'log-start-moved'(event, at) {
          if (event.reason !== 'retention' && event.reason !== 'delete-records') return;
          const replica = cluster.partition(event.topic, event.partition).replicas.get(at.node);
          // The metadata log has no such marks, and who just booted has told none.
          if (replica === undefined || replica.highWatermark < 0) return;
          judged(1);
          const { highWatermark } = replica;
          if (event.logStartOffset > highWatermark) say(event, at, highWatermark, event.logStartOffset);
        },
      },
    };
  },
};
