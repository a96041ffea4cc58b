// When a leader had the right to take a batch from the middle: only where its log has nothing of the producer.

import { expect, test } from 'vitest';
import { ClusterStory } from './testing-cluster.ts';

/** Broker 1 led in epoch 0; broker 2 leads in epoch 1. */
function moved(before: (story: ClusterStory) => void = () => {}): ClusterStory {
  const story = new ClusterStory().begun();
  before(story);
  story.commit({ leader: 2, leaderEpoch: 1, isr: '1,2,3' });
  story.lead(2, 1, '1,2,3', 0);
  return story;
}

const takenIn = (story: ClusterStory) => story.monitor.cluster.partition('orders', 0).unknownProducers.taken;

/** Broker 2 appends a batch of producer 7. */
function takes(story: ClusterStory, offset: number, baseSequence: number, producerEpoch = 0): void {
  story.append(2, offset, 1, 100 + offset, { producerId: 7, producerEpoch, baseSequence });
}

test('a leader that has nothing of the producer takes a batch from the middle: it is told which, and by whom', () => {
  const story = moved((earlier) => earlier.append(1, 0, 0, 50, { producerId: 7 }));
  takes(story, 0, 1);
  takes(story, 1, 2);
  const [taken, ...more] = takenIn(story);
  expect(taken).toMatchObject({
    node: 'broker-2',
    leaderEpoch: 1,
    producerId: 7,
    baseSequence: 1,
    baseOffset: 0,
  });
  expect(taken?.epochRaisedStep).toBe(Number.MAX_SAFE_INTEGER);
  expect(more).toEqual([]);
});

test('not what begins at 0, nor what a follower is sent, nor what no producer numbered', () => {
  const story = moved();
  takes(story, 0, 0);
  story.append(3, 0, 1, 100, { producerId: 8, baseSequence: 3 });
  story.append(2, 1, 1, 101, { producerId: -1, baseSequence: -1 });
  expect(takenIn(story)).toEqual([]);
});

test('not where the log has a batch of the producer, whatever the leader remembers of it', () => {
  const story = moved((earlier) => {
    for (const broker of [1, 2]) earlier.append(broker, 0, 0, 50, { producerId: 7 });
  });
  takes(story, 1, 4);
  expect(takenIn(story)).toEqual([]);
});

test('but where that batch was cut away', () => {
  const story = moved((earlier) => {
    for (const broker of [1, 2]) earlier.append(broker, 0, 0, 50, { producerId: 7 });
    earlier.truncate(2, 0);
  });
  takes(story, 0, 4);
  expect(takenIn(story)).toHaveLength(1);
});

test('not where records were deleted: nobody can tell from the log what a leader may have forgotten', () => {
  const story = moved((earlier) => {
    earlier.append(2, 0, 0, 50);
    const place = { topic: 'orders', partition: 0 };
    earlier.event('broker-2', {
      kind: 'log-start-moved',
      ...place,
      logStartOffset: 1,
      reason: 'delete-records',
    });
  });
  takes(story, 1, 4);
  expect(takenIn(story)).toEqual([]);
});

test('the epoch of the producer is raised when a leader takes a batch of a newer one', () => {
  const story = moved();
  takes(story, 0, 1);
  takes(story, 1, 0, 1);
  const raised = story.step;
  takes(story, 2, 1, 1);
  expect(takenIn(story)[0]?.epochRaisedStep).toBe(raised - 1);
});
