// Marks of a partition as the controller commits it: who leads, who is in sync, who has a replica. Each compares what
// was committed with what was committed before.

import { partitionKey } from '../../engine/index.ts';
import { type EventOf, type WatchedMark, watched } from './mark.ts';

type Committed = EventOf<'partition-committed'>;

export const partitionMarks: readonly WatchedMark[] = [
  change('isr-shrunk-to-one', 'an ISR of several became one of one', (before, after) => {
    return count(before.isr) > 1 && count(after.isr) === 1;
  }),
  change(
    'isr-emptied',
    'nobody is in sync any more, and those who have every record are remembered',
    (_, after) => {
      return after.isr === '';
    },
  ),
  watched('isr-grew-back', 'an ISR that had been one or none has every replica again', () => {
    const low = new Set<string>();
    return {
      'partition-committed'(event) {
        const key = partitionKey(event.topic, event.partition);
        if (count(event.isr) <= 1 && count(event.replicas) > 1) low.add(key);
        return event.isr === event.replicas && low.delete(key);
      },
    };
  }),
  change('isr-fell-below-minimum', 'fewer are in sync than acks=all demands', (before, after) => {
    const enough = ({ isr, minInsyncReplicas }: Committed) => count(isr) >= minInsyncReplicas;
    return enough(before) && !enough(after);
  }),
  change('partition-without-leader', 'nobody may lead a partition', (before, after) => {
    return before.leader >= 0 && after.leader < 0;
  }),
  change('clean-election', 'another in-sync replica was elected', (before, after) => {
    return isElection(before, after) && ids(before.isr).includes(after.leader);
  }),
  change(
    'leader-elected-from-elr',
    'a replica out of sync was elected that has every committed record',
    (before, after) => {
      return isElection(before, after) && ids(before.eligibleLeaderReplicas).includes(after.leader);
    },
  ),
  change('unclean-election', 'a leader was elected that may lack committed records', (before, after) => {
    return after.unclean && isElection(before, after);
  }),
  change(
    'preferred-election',
    'another replica leads although the one before stays in sync',
    (before, after) => {
      const stays = ids(after.isr).includes(before.leader);
      return isElection(before, after) && before.leader >= 0 && stays && before.replicas === after.replicas;
    },
  ),
  reassignment('reassignment-completed', 'replicas that were to go are gone', 'completed', false),
  reassignment('reassignment-cancelled', 'replicas that were to come are gone again', 'cancelled', false),
  reassignment('reassignment-completed-under-fire', 'the same, while a fault was on', 'completed', true),
  reassignment('reassignment-cancelled-under-fire', 'the same, while a fault was on', 'cancelled', true),
];

function isElection(before: Committed, after: Committed): boolean {
  return after.leader >= 0 && after.leader !== before.leader;
}

/** Compares with what was committed before. A new controller tells everything again: that changes nothing. */
function change(
  mark: string,
  doc: string,
  is: (before: Committed, after: Committed) => boolean,
): WatchedMark {
  return watched(mark, doc, () => {
    const last = new Map<string, Committed>();
    return {
      'partition-committed'(event) {
        const key = partitionKey(event.topic, event.partition);
        const before = last.get(key);
        last.set(key, event);
        if (before?.topicId !== event.topicId || before.partitionEpoch >= event.partitionEpoch) return false;
        return is(before, event);
      },
    };
  });
}

/** A reassignment first has more replicas than before it, and then fewer: those from before, or others. */
function reassignment(
  mark: string,
  doc: string,
  ending: 'completed' | 'cancelled',
  underFire: boolean,
): WatchedMark {
  return watched(mark, doc, () => {
    const replicas = new Map<string, string>();
    const before = new Map<string, string>();
    let faults = 0;
    return {
      'fault-began': () => {
        faults++;
        return false;
      },
      'fault-ended': () => {
        faults--;
        return false;
      },
      'partition-committed'(event) {
        const key = `${event.topicId}-${event.partition}`;
        const was = replicas.get(key) ?? event.replicas;
        replicas.set(key, event.replicas);
        if (count(event.replicas) > count(was) && !before.has(key)) before.set(key, was);
        const original = before.get(key);
        if (original === undefined || count(event.replicas) >= count(was)) return false;
        before.delete(key);
        const end = event.replicas === original ? 'cancelled' : 'completed';
        return end === ending && (!underFire || faults > 0);
      },
    };
  });
}

function ids(list: string): number[] {
  return list === '' ? [] : list.split(',').map(Number);
}

function count(list: string): number {
  return ids(list).length;
}
