// The rules on the metadata quorum and on coordinators.

import { describe, expect, test } from 'vitest';
import { metadataTopic } from './cluster-state.ts';
import { ClusterStory, clean } from './testing-cluster.ts';

const log = { topic: metadataTopic, partition: 0 };

function append(story: ClusterStory, node: string, offset: number, leaderEpoch: number, crc = offset): void {
  const producer = { producerId: -1, producerEpoch: -1, baseSequence: -1 };
  const offsets = { baseOffset: offset, lastOffset: offset };
  story.event(node, { kind: 'append-planned', ...log, ...offsets, ...producer, leaderEpoch, crc });
  story.event(node, { kind: 'log-appended', ...log, logEndOffset: offset + 1, bytes: 50, batches: 1 });
}

/** Three voters with the same three committed batches. */
function quorum(): ClusterStory {
  const story = new ClusterStory();
  for (let offset = 0; offset < 3; offset++) {
    for (const voter of [1, 2, 3]) append(story, `controller-${voter}`, offset, 1);
  }
  for (const voter of [1, 2, 3])
    story.event(`controller-${voter}`, { kind: 'metadata-committed', offset: 3, epoch: 1 });
  return story;
}

describe('metadata-divergence', () => {
  test('equal metadata everywhere is clean, also behind a restart', () => {
    const story = quorum();
    for (const voter of [1, 2, 3]) {
      story.event(`controller-${voter}`, { kind: 'metadata-applied', offset: 3, digest: 9 });
    }
    story.event('controller-3', { kind: 'metadata-applied', offset: 2, digest: 8 });
    expect(story.found).toEqual(clean);
  });

  test('another digest at one offset; a snapshot tells none', () => {
    const story = quorum();
    story.event('controller-1', { kind: 'metadata-applied', offset: 3, digest: 9 });
    story.event('controller-2', { kind: 'metadata-applied', offset: 3, digest: 0 });
    expect(story.found).toEqual(clean);
    story.event('controller-3', { kind: 'metadata-applied', offset: 3, digest: 7 });
    expect(story.found.violations).toEqual(['metadata-divergence']);
  });

  test('a controller that begins has taken in what is committed, unless a later one has committed more', () => {
    const story = quorum();
    story.event('controller-2', { kind: 'metadata-applied', offset: 2, digest: 9 });
    story.event('controller-2', { kind: 'controller-activated', epoch: 1 });
    story.event('controller-3', { kind: 'metadata-committed', offset: 3, epoch: 2 });
    story.event('controller-1', { kind: 'metadata-applied', offset: 1, digest: 8 });
    story.event('controller-1', { kind: 'controller-activated', epoch: 1 });
    expect(story.found).toEqual(clean);
    story.event('controller-1', { kind: 'controller-activated', epoch: 3 });
    expect(story.found.violations).toEqual(['metadata-divergence']);
  });

  test('what is not committed anywhere was taken in', () => {
    const story = quorum();
    story.event('broker-1', { kind: 'metadata-applied', offset: 4, digest: 9 });
    story.event('broker-1', { kind: 'metadata-applied', offset: 4, digest: 9 });
    expect(story.stepOf('metadata-divergence')).toBe(story.step - 1);
    expect(story.found.violations).toEqual(['metadata-divergence']);
  });

  test('it may be told in the same step, a moment later', () => {
    const story = quorum();
    const step = ++story.step;
    const of = { step, cause: 0, timeUs: 0, node: 'controller-1', incarnation: 1 };
    story.monitor.take({ ...of, event: { kind: 'metadata-applied', offset: 4, digest: 9 } });
    story.monitor.take({ ...of, event: { kind: 'metadata-committed', offset: 4, epoch: 1 } });
    story.event('broker-1', { kind: 'metadata-applied', offset: 4, digest: 9 });
    expect(story.found).toEqual(clean);
  });

  test('one node leaves out a batch that another has taken in; whoever comes up anew may begin anywhere', () => {
    const taken = (node: string, story: ClusterStory, ...offsets: readonly number[]) => {
      for (const offset of offsets) story.event(node, { kind: 'metadata-applied', offset, digest: offset });
    };
    const lawful = quorum();
    taken('controller-1', lawful, 1, 2, 3);
    lawful.event('controller-2', { kind: 'metadata-applied', offset: 1, digest: 0 });
    taken('controller-2', lawful, 2, 3);
    taken('controller-3', lawful, 1);
    lawful.event('controller-3', { kind: 'metadata-applied', offset: 2, digest: 0 });
    taken('controller-3', lawful, 3);
    lawful.boot(1, false);
    taken('broker-1', lawful, 1);
    lawful.boot(1, false);
    taken('broker-1', lawful, 3);
    expect(lawful.found).toEqual(clean);
    const later = quorum();
    taken('controller-1', later, 1, 2, 3);
    taken('controller-2', later, 1, 3);
    expect(later.found.violations).toEqual(['metadata-divergence']);
    const first = quorum();
    taken('controller-1', first, 1, 3);
    taken('controller-2', first, 1, 2, 3);
    expect(first.found.violations).toEqual(['metadata-divergence']);
  });

  test('the committed offset goes back in one process; another process may begin lower', () => {
    const story = quorum();
    story.boot(1, false);
    story.event('broker-1', { kind: 'metadata-committed', offset: 3, epoch: 1 });
    story.boot(1, false);
    story.event('broker-1', { kind: 'metadata-committed', offset: 1, epoch: 1 });
    expect(story.found).toEqual(clean);
    story.event('controller-1', { kind: 'metadata-committed', offset: 2, epoch: 1 });
    expect(story.found.violations).toEqual(['metadata-divergence']);
  });

  test('another batch below the committed offset', () => {
    const story = quorum();
    append(story, 'controller-1', 3, 1);
    story.event('controller-1', { kind: 'metadata-committed', offset: 4, epoch: 1 });
    append(story, 'controller-2', 3, 2, 77);
    story.event('controller-2', { kind: 'metadata-committed', offset: 4, epoch: 2 });
    expect(story.found.violations).toEqual(['metadata-divergence']);
  });
});

describe('the metadata log as a log', () => {
  test('a leader of the quorum that lacks what is committed', () => {
    const story = quorum();
    append(story, 'controller-1', 3, 1);
    append(story, 'controller-2', 3, 1);
    story.event('controller-1', { kind: 'metadata-committed', offset: 4, epoch: 1 });
    story.event('controller-2', { kind: 'raft-state', state: 'leader', epoch: 2, leader: 2 });
    expect(story.found).toEqual(clean);
    story.event('controller-3', { kind: 'raft-state', state: 'leader', epoch: 3, leader: 3 });
    expect(story.found.violations).toEqual(['leader-incomplete']);
  });

  test('a leader that was elected before, and is slow to begin, need not have what a later epoch committed', () => {
    const story = quorum();
    append(story, 'controller-1', 3, 3);
    append(story, 'controller-2', 3, 3);
    story.event('controller-1', { kind: 'metadata-committed', offset: 4, epoch: 3 });
    story.event('controller-3', { kind: 'raft-state', state: 'leader', epoch: 2, leader: 3 });
    expect(story.found).toEqual(clean);
    story.event('controller-3', { kind: 'raft-state', state: 'leader', epoch: 4, leader: 3 });
    expect(story.found.violations).toEqual(['leader-incomplete']);
  });

  test('an uncommitted end is cut, a committed batch never', () => {
    const story = quorum();
    append(story, 'controller-3', 3, 1);
    story.event('controller-3', { kind: 'log-truncated', ...log, logEndOffset: 3 });
    expect(story.found).toEqual(clean);
    story.event('controller-3', { kind: 'log-truncated', ...log, logEndOffset: 2 });
    expect(story.found.violations).toEqual(['truncate-below-hw']);
  });
});

describe('coordinator-state-divergence', () => {
  const place = { topic: '__consumer_offsets', partition: 0 };
  const loaded = (story: ClusterStory, node: string, leaderEpoch: number) =>
    story.event(node, { kind: 'coordinator-loaded', ...place, groups: 1, coordinatorEpoch: leaderEpoch });

  test('two brokers coordinate in one epoch; one after the other, or one again, is lawful', () => {
    const story = new ClusterStory();
    loaded(story, 'broker-1', 3);
    loaded(story, 'broker-1', 3);
    loaded(story, 'broker-2', 4);
    expect(story.found).toEqual(clean);
    loaded(story, 'broker-3', 4);
    expect(story.found.violations).toEqual(['coordinator-state-divergence']);
  });

  test('a rebalance ends in another generation than it began in', () => {
    const rebalanced = (from: number, to: number, state = 'CompletingRebalance') => {
      const story = new ClusterStory();
      const told = { kind: 'group-state', group: 'billing', members: 1 } as const;
      const by = { coordinatorPartition: 0, coordinatorEpoch: 3 };
      story.event('broker-1', { ...told, ...by, state: 'PreparingRebalance', generation: from });
      story.event('broker-1', { ...told, ...by, state, generation: to });
      return story.found;
    };
    expect(rebalanced(4, 5)).toEqual(clean);
    expect(rebalanced(4, 4, 'PreparingRebalance')).toEqual(clean);
    expect(rebalanced(4, 4).violations).toEqual(['coordinator-state-divergence']);
  });

  test('a coordinator that followed meanwhile goes on from memory', () => {
    const committing = (loadedAgain: boolean) => {
      const story = new ClusterStory();
      const epochs = {
        topicId: 'o',
        partitionEpoch: 0,
        logStartOffset: 0,
        logEndOffset: 5,
        highWatermark: 5,
      };
      const leads = { kind: 'leader-began', ...place, ...epochs, isr: '1,2', replicas: '1,2' } as const;
      story.event('broker-1', { ...leads, leaderEpoch: 0 });
      loaded(story, 'broker-1', 0);
      story.event('broker-1', { kind: 'follower-began', ...place, ...epochs, leaderEpoch: 1, leader: 2 });
      story.event('broker-1', { ...leads, leaderEpoch: 2 });
      if (loadedAgain) loaded(story, 'broker-1', 2);
      const offset = { topic: 'orders', partition: 0, group: 'billing', offset: 7 };
      const by = { coordinatorPartition: 0, coordinatorEpoch: 2 };
      story.event('broker-1', { kind: 'offset-committed', ...offset, ...by });
      return story.found;
    };
    expect(committing(true)).toEqual(clean);
    expect(committing(false).violations).toEqual(['coordinator-state-divergence']);
  });

  test('a commit above the high watermark of its log, or taken by who does not lead', () => {
    const commit = (recordOffset: number, node = 'broker-1') => {
      const story = new ClusterStory();
      const epochs = { topicId: 'o', leaderEpoch: 0, partitionEpoch: 0, logStartOffset: 0, logEndOffset: 5 };
      const lists = { isr: '1,2', replicas: '1,2' };
      story.event('broker-1', { kind: 'leader-began', ...place, ...epochs, ...lists, highWatermark: 5 });
      story.event('broker-2', { kind: 'follower-began', ...place, ...epochs, leader: 1, highWatermark: 5 });
      const offset = { topic: 'orders', partition: 0, group: 'billing', offset: 7 };
      story.event(node, {
        kind: 'offset-committed',
        ...offset,
        coordinatorPartition: 0,
        coordinatorEpoch: 0,
        recordOffset,
      });
      return story.found;
    };
    expect(commit(4)).toEqual(clean);
    expect(commit(5).violations).toEqual(['coordinator-state-divergence']);
    expect(commit(4, 'broker-2').violations).toEqual(['coordinator-state-divergence']);
  });
});

describe('commit-between-generations', () => {
  const by = { coordinatorPartition: 0, coordinatorEpoch: 3 };
  const inState = (story: ClusterStory, state: string) =>
    story.event('broker-1', {
      kind: 'group-state',
      group: 'billing',
      members: 2,
      generation: state === 'PreparingRebalance' ? 4 : 5,
      state,
      ...by,
    });
  const commit = (story: ClusterStory, group = 'billing', node = 'broker-1') =>
    story.event(node, {
      kind: 'offset-commit-began',
      topic: 'orders',
      partition: 0,
      group,
      offset: 7,
      ...by,
    });

  test('a commit that is taken before the assignment; before and behind it is lawful', () => {
    const story = new ClusterStory();
    inState(story, 'PreparingRebalance');
    commit(story);
    inState(story, 'CompletingRebalance');
    commit(story, 'shipping');
    commit(story, 'billing', 'broker-2');
    expect(story.found).toEqual(clean);
    commit(story);
    expect(story.found.violations).toEqual(['commit-between-generations']);
    const later = new ClusterStory();
    inState(later, 'CompletingRebalance');
    inState(later, 'Stable');
    commit(later);
    expect(later.found).toEqual(clean);
  });

  test('what a life of the coordinator had told before it loaded again says nothing', () => {
    const story = new ClusterStory();
    inState(story, 'CompletingRebalance');
    const place = { topic: '__consumer_offsets', partition: 0, groups: 1 };
    story.event('broker-1', { kind: 'coordinator-loaded', ...place, coordinatorEpoch: 4 });
    commit(story);
    expect(story.found).toEqual(clean);
  });
});
