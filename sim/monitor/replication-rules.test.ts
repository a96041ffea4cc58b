// Each rule on replicas catches its own anomaly at the step where it happens, and is silent about what only looks like
// it.

import { describe, expect, test } from 'vitest';
import { ClusterStory, clean, replicated } from './testing-cluster.ts';

/** Broker 1 is gone, broker 2 leads in epoch 1. */
function failedOver(story = replicated()): ClusterStory {
  story.crash(1);
  story.commit({ leader: 2, leaderEpoch: 1, isr: '2,3' });
  story.lead(2, 1, '2,3', 10, 10);
  story.follow(3, 2, 1, 10);
  return story;
}

test('a cluster that replicates, fails over and takes its broker back is clean', () => {
  const story = failedOver();
  story.appendAll([2, 3], 10, 12, 1);
  story.highWatermark(2, 12, true, 1);
  story.boot(1);
  story.recover(1, 10);
  story.follow(1, 2, 1);
  story.appendAll([1], 10, 12, 1);
  story.commit({ leader: 2, leaderEpoch: 1, isr: '1,2,3' });
  expect(story.found).toEqual(clean);
  expect(story.partition.trueHighWatermark).toBe(12);
});

describe('election-unsafe', () => {
  test('two brokers lead in one epoch', () => {
    const story = failedOver();
    story.lead(3, 1, '2,3', 10, 10);
    expect(story.found.violations).toEqual(['election-unsafe']);
    expect(story.stepOf('election-unsafe')).toBe(story.step);
  });

  test('the committed epochs go back', () => {
    const story = failedOver();
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2,3', partitionEpoch: 0 });
    expect(story.found.violations).toEqual(['election-unsafe']);
  });

  test('a zombie of an older epoch, and a leader that begins again, are lawful', () => {
    const story = replicated();
    story.commit({ leader: 2, leaderEpoch: 1, isr: '1,2,3' });
    story.lead(2, 1, '1,2,3', 10, 10);
    story.lead(1, 0, '1,2,3', 10, 10);
    story.lead(2, 1, '2,3', 10, 10);
    expect(story.found).toEqual(clean);
  });

  test('a voter votes twice, or two nodes lead the quorum', () => {
    const vote = (candidate: number, wipe = false) => {
      const story = new ClusterStory();
      story.event('controller-1', { kind: 'raft-vote-granted', epoch: 5, candidate: 2 });
      if (wipe) story.event('controller-1', { kind: 'disk-wiped', files: 1 });
      story.event('controller-1', { kind: 'raft-vote-granted', epoch: 5, candidate });
      return story.found;
    };
    expect(vote(3).violations).toEqual(['election-unsafe']);
    expect(vote(2)).toEqual(clean);
    expect(vote(3, true).witnesses).toEqual(['election-unsafe']);
    const candidate = new ClusterStory();
    candidate.event('controller-1', { kind: 'raft-state', state: 'candidate', epoch: 5, leader: -1 });
    candidate.event('controller-1', { kind: 'raft-vote-granted', epoch: 6, candidate: 2 });
    expect(candidate.found).toEqual(clean);
    candidate.event('controller-1', { kind: 'raft-vote-granted', epoch: 5, candidate: 2 });
    expect(candidate.found.violations).toEqual(['election-unsafe']);
    const story = new ClusterStory();
    story.event('controller-1', { kind: 'raft-state', state: 'leader', epoch: 3, leader: 1 });
    story.event('controller-2', { kind: 'raft-state', state: 'leader', epoch: 4, leader: 2 });
    expect(story.found).toEqual(clean);
    story.event('controller-3', { kind: 'raft-state', state: 'leader', epoch: 4, leader: 3 });
    expect(story.found.violations).toEqual(['election-unsafe']);
  });
});

describe('log-divergence', () => {
  test('one offset and epoch, two batches', () => {
    const story = replicated();
    story.append(1, 10);
    story.append(2, 10, 0, 77);
    expect(story.found.violations).toEqual(['log-divergence']);
  });

  test('below the high watermark, another batch than the committed one', () => {
    const story = failedOver();
    story.append(2, 10, 1);
    story.append(3, 10, 1);
    story.highWatermark(2, 11, true, 1);
    story.boot(1);
    story.append(1, 10, 0);
    story.highWatermark(1, 11, false, 1);
    expect(story.found.violations).toEqual(['log-divergence']);
  });

  test('what the leader has deleted is compared with nobody, what it has is', () => {
    const story = failedOver();
    story.appendAll([2, 3], 10, 12, 1);
    story.highWatermark(2, 12, true, 1);
    const moved = { topic: 'orders', partition: 0, logStartOffset: 11, reason: 'retention' } as const;
    story.event('broker-2', { kind: 'log-start-moved', ...moved });
    story.boot(1);
    story.append(1, 10, 0);
    story.highWatermark(1, 11, false, 1);
    expect(story.found).toEqual(clean);
    story.append(1, 11, 0);
    story.highWatermark(1, 12, false, 1);
    expect(story.found.violations).toEqual(['log-divergence']);
  });

  test('a suffix above the high watermark may differ, and is cut', () => {
    const story = replicated();
    story.append(1, 10);
    failedOver(story);
    story.appendAll([2, 3], 10, 11, 1);
    story.highWatermark(2, 11, true, 1);
    story.boot(1);
    story.recover(1, 11);
    story.follow(1, 2, 1);
    story.truncate(1, 10);
    story.append(1, 10, 1);
    story.highWatermark(1, 11, false, 1);
    expect(story.found).toEqual(clean);
  });

  test('a follower that is behind, and one that was trimmed, agree', () => {
    const story = new ClusterStory().begun();
    story.appendAll([1, 2, 3], 0, 4);
    const moved = { topic: 'orders', partition: 0, logStartOffset: 3, reason: 'leader' } as const;
    story.event('broker-2', { kind: 'log-start-moved', ...moved });
    story.highWatermark(2, 4, false);
    story.highWatermark(3, 2, false);
    expect(story.found).toEqual(clean);
  });
});

describe('leader-incomplete and candidate-incomplete', () => {
  test('a leader that lacks the end of what is committed', () => {
    const story = replicated();
    story.truncate(3, 8);
    expect(story.found.violations).toEqual(['candidate-incomplete', 'truncate-below-hw']);
    story.commit({ leader: 3, leaderEpoch: 1, isr: '2,3' });
    story.lead(3, 1, '2,3', 8, 8);
    expect(story.found.violations).toContain('leader-incomplete');
    expect(story.stepOf('leader-incomplete')).toBe(story.step);
  });

  test('a member that never had it', () => {
    const story = new ClusterStory().begun();
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
    story.appendAll([1, 2], 0, 5);
    story.highWatermark(1, 5);
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2,3' });
    expect(story.found.violations).toEqual(['candidate-incomplete']);
    expect(story.stepOf('candidate-incomplete')).toBe(story.step);
  });

  test('a leader that has not heard that all have a record may admit who has not', () => {
    const story = new ClusterStory().begun();
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
    story.appendAll([1, 2], 0, 5);
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1' });
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,3' });
    expect(story.found).toEqual(clean);
  });

  test('a replica that was thrown away begins with nothing, and no earlier fault excuses that', () => {
    const story = replicated();
    story.losePower(3);
    story.boot(3);
    story.recover(3, 10);
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
    story.deleteLog(3);
    story.recover(3, 0);
    expect(story.partition.replicaOf(3)?.lost).toBeUndefined();
    expect(story.found).toEqual(clean);
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2,3' });
    expect(story.found.violations).toEqual(['candidate-incomplete']);
  });

  test('a member that threw its log away, which it may do before the controller tells of the move', () => {
    const story = replicated();
    story.deleteLog(3);
    expect(story.found).toEqual(clean);
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2,3' });
    expect(story.found.violations).toEqual(['candidate-incomplete']);
    expect(story.stepOf('candidate-incomplete')).toBe(story.step);
  });

  test('a log whose deletion was cut short is whole when it is recovered', () => {
    const story = replicated();
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
    story.deleteLog(3);
    story.crash(3);
    story.boot(3);
    story.recover(3, 10);
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2,3' });
    story.commit({ leader: 3, leaderEpoch: 1, isr: '2,3' });
    story.lead(3, 1, '2,3', 10, 10);
    expect(story.found).toEqual(clean);
  });

  test('an uncommitted end may be missing', () => {
    const story = replicated();
    story.append(1, 10);
    story.append(2, 10);
    story.crash(1);
    story.commit({ leader: 3, leaderEpoch: 1, isr: '2,3' });
    story.lead(3, 1, '2,3', 10, 10);
    story.truncate(2, 10);
    expect(story.found).toEqual(clean);
  });

  test('one lossy member of three is not excused when it leads; a registration must remove it first', () => {
    const story = replicated();
    story.losePower(1);
    story.boot(1, false);
    story.recover(1, 4);
    expect(story.found).toEqual(clean);
    story.register(1, false);
    story.commit({ leader: 1, leaderEpoch: 1, isr: '1,2,3' });
    story.lead(1, 1, '1,2,3', 4, 4);
    expect(story.found.violations).toEqual(['leader-incomplete', 'candidate-incomplete']);
  });

  test('the last replica standing loses lawfully, and checks go on', () => {
    const story = replicated(1);
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1', minimum: 1 });
    story.flush(1, 6);
    story.losePower(1);
    story.commit({ leader: -1, leaderEpoch: 1, isr: '1', minimum: 1 });
    expect(story.partition.trueHighWatermark).toBe(10);
    story.boot(1);
    story.recover(1, 7);
    expect(story.partition.trueHighWatermark).toBe(7);
    expect(story.partition.losses[0]?.because).toContain('power loss of broker-1');
    story.commit({ leader: 1, leaderEpoch: 2, isr: '1', minimum: 1 });
    story.lead(1, 2, '1', 7, 7);
    story.truncate(2, 7);
    expect(story.found.violations).toEqual([]);
    story.append(1, 7, 2);
    story.highWatermark(1, 8, true, 2);
    expect(story.partition.trueHighWatermark).toBe(8);
  });

  test('with eligible leader replicas, one complete one forbids the loss', () => {
    const story = replicated();
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1', eligible: '2' });
    story.wipe(1);
    story.boot(1);
    story.recover(1, 0);
    expect(story.partition.trueHighWatermark).toBe(10);
    story.wipe(2);
    expect(story.partition.trueHighWatermark).toBe(0);
    expect(story.partition.losses[0]?.because).toMatch(/wipe of broker-1.*wipe of broker-2/);
  });

  test('an unclean election takes the true high watermark down to what its leader has', () => {
    const story = replicated();
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
    story.appendAll([1, 2], 10, 13);
    story.highWatermark(1, 13);
    story.commit({ leader: 3, leaderEpoch: 1, isr: '3', unclean: true });
    expect(story.partition.trueHighWatermark).toBe(10);
    story.lead(3, 1, '3', 10, 10);
    story.truncate(2, 10);
    expect(story.found.violations).toEqual([]);
  });
});

describe('hw-unsafe and hw-regression', () => {
  test('a high watermark above what a member has', () => {
    const story = replicated();
    story.appendAll([1, 2], 10, 12);
    story.highWatermark(1, 12);
    expect(story.found.violations).toEqual(['hw-unsafe']);
    expect(story.stepOf('hw-unsafe')).toBe(story.step);
  });

  test('a member that was asked for counts, until it is refused', () => {
    const asked = (refused: boolean) => {
      const story = replicated();
      story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
      story.propose(1, '1,2,3');
      const answer = { topic: 'orders', partition: 0, leaderEpoch: 0, partitionEpoch: 1, error: 107 };
      if (refused) story.event('broker-1', { kind: 'isr-refused', ...answer });
      story.appendAll([1, 2], 10, 12);
      story.highWatermark(1, 12);
      return story.found;
    };
    expect(asked(false).violations).toEqual(['hw-unsafe']);
    expect(asked(true)).toEqual(clean);
  });

  test('a member that was asked for and threw its log away has read that it is none', () => {
    const gone = (how: 'thrown away' | 'never had it') => {
      const story = replicated();
      story.appendAll(how === 'thrown away' ? [1, 2, 3] : [1, 2], 10, 12);
      story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
      story.propose(1, '1,2,3');
      if (how === 'thrown away') story.deleteLog(3);
      story.highWatermark(1, 12);
      return story.found;
    };
    expect(gone('thrown away')).toEqual(clean);
    expect(gone('never had it').violations).toEqual(['hw-unsafe']);
  });

  test('a smaller ISR that was committed allows it, and a deposed leader is not judged', () => {
    const story = replicated();
    story.appendAll([1, 2], 10, 12);
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
    story.highWatermark(1, 12);
    story.commit({ leader: 2, leaderEpoch: 1, isr: '2' });
    story.highWatermark(1, 14);
    expect(story.found).toEqual(clean);
  });

  test('it goes back in one epoch; not over a restart, nor for a new leader that is behind', () => {
    const story = replicated();
    story.highWatermark(1, 9);
    expect(story.found.violations).toEqual(['hw-regression']);
    const lawful = replicated();
    lawful.crash(3);
    lawful.boot(3);
    lawful.follow(3, 1, 0, 5);
    lawful.highWatermark(3, 6, false);
    lawful.highWatermark(2, 8, false, 1);
    expect(lawful.found).toEqual(clean);
  });

  test('a follower that cut its log below its mark may hear of a lower one from its new leader, once', () => {
    const cut = (...marks: number[]) => {
      const story = replicated();
      story.commit({ leader: 1, leaderEpoch: 1, isr: '1,2' });
      story.follow(3, 1, 1, 10);
      story.truncate(3, 8);
      story.highWatermark(3, 8, false, 1);
      const { topic, partition } = story.partition;
      for (const highWatermark of marks) {
        const mark = { topic, partition, highWatermark, logEndOffset: 8, leaderEpoch: 1, leads: false };
        story.event('broker-3', { kind: 'high-watermark-moved', ...mark });
      }
      return story.found.violations.filter((one) => one === 'hw-regression');
    };
    expect(cut(5, 8)).toEqual([]);
    expect(cut(5, 7, 6)).toEqual(['hw-regression']);
  });

  test('whoever begins to lead keeps its own', () => {
    const story = replicated();
    story.commit({ leader: 2, leaderEpoch: 1, isr: '2,3' });
    story.lead(2, 1, '2,3', 7, 10);
    expect(story.found.violations).toEqual(['hw-regression']);
  });
});

describe('truncate-below-hw', () => {
  test('whoever holds other batches there has to cut them, also below the true high watermark', () => {
    const story = replicated();
    story.appendAll([1], 10, 13);
    failedOver(story);
    story.appendAll([2, 3], 10, 13, 1);
    story.boot(1);
    story.follow(1, 2, 1);
    story.truncate(1, 10);
    expect(story.found).toEqual(clean);
  });

  test('what is below the log start may go', () => {
    const story = replicated();
    const moved = { topic: 'orders', partition: 0, logStartOffset: 10, reason: 'delete-records' } as const;
    story.event('broker-1', { kind: 'log-start-moved', ...moved });
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1' });
    story.truncate(3, 5);
    expect(story.found.violations).toEqual([]);
  });

  test('a committed batch may not, on any replica', () => {
    const story = replicated();
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
    story.truncate(3, 9);
    expect(story.found.violations).toEqual(['truncate-below-hw']);
  });
});

describe('a controller that tells late', () => {
  test('an unclean leader began, and others cut, before its election was told', () => {
    const story = (unclean: boolean) => {
      const told = replicated();
      told.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
      told.appendAll([1, 2], 10, 12);
      told.highWatermark(1, 12);
      told.lead(3, 1, '3', 10, 10);
      told.follow(2, 3, 1);
      told.truncate(2, 10);
      told.commit({ leader: 3, leaderEpoch: 1, isr: '3', unclean });
      return told.found.violations;
    };
    expect(story(true)).toEqual([]);
    expect(story(false)).toContain('leader-incomplete');
    expect(story(false)).toContain('truncate-below-hw');
  });

  test('a leader that knows of a smaller ISR already may go on', () => {
    const story = replicated();
    story.appendAll([1, 2], 10, 12);
    const view = { topicId: 'id', leaderEpoch: 0, isr: '1,2', replicas: '1,2,3', logStartOffset: 0 };
    const place = { topic: 'orders', partition: 0, partitionEpoch: 1, logEndOffset: 12, highWatermark: 10 };
    story.event('broker-1', { kind: 'leader-began', ...place, ...view });
    story.highWatermark(1, 12);
    expect(story.partition.readableBy(story.step)).toBe(12);
    story.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
    expect(story.found).toEqual(clean);
  });
});

test('what could not be written, and is found again in the page cache, counts when it is found', () => {
  const story = new ClusterStory().begun(1);
  story.appendAll([1, 2, 3], 0, 10);
  story.highWatermark(1, 10);
  const place = { topic: 'orders', partition: 0 };
  const batch = { producerId: -1, producerEpoch: -1, baseSequence: -1, leaderEpoch: 0, crc: 7 };
  story.event('broker-1', { kind: 'append-planned', ...place, baseOffset: 10, lastOffset: 10, ...batch });
  story.event('broker-1', { kind: 'append-failed', ...place, baseOffset: 10, reason: 'fsync' });
  story.crash(1);
  story.boot(1);
  story.recover(1, 11);
  expect(story.partition.replicas.get('broker-1')?.log.batches.length).toBe(11);
});
