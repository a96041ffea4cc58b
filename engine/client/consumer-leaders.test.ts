// The consumer while leaders change: what it checks before it reads on, whom it asks, and what it tells when records
// that it read are no longer there.

import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../errors.ts';
import type { Truncation } from './consumer-state.ts';
import { type ConsumerOverrides, Setting } from './testing-reader.ts';

const zero = { topic: 'orders', partition: 0 };

/** Requests about partitions, as `Api@node`, of one kind each only once in a row. */
function asked(setting: Setting): string[] {
  const names = setting.cluster.requests
    .filter(({ api }) => api === 'Fetch' || api === 'OffsetForLeaderEpoch' || api === 'ListOffsets')
    .map(({ api, nodeId }) => `${api}@${nodeId}`);
  return names.filter((name, index) => name !== names[index - 1]);
}

/** A reader that has read `a`, `b` and `lost`, and now `lost` is gone from the log: another leader never had it. */
function afterTruncation(options: ConsumerOverrides = {}) {
  const setting = new Setting([1, 2]);
  const truncations: Truncation[] = [];
  const hooks = { onTruncation: (truncation: Truncation) => truncations.push(truncation) };
  setting.append(0, ['a', 'b']);
  setting.append(0, ['lost']);
  const reader = setting.consumer(options, hooks);
  reader.consumer.assign([zero]);
  reader.consumer.seek(zero, 0);
  reader.poll(2000);
  setting.cluster.partition('orders', 0).batches.pop();
  setting.cluster.lead('orders', 0, 2);
  setting.append(0, ['new']);
  setting.append(0, ['after']);
  setting.cluster.requests.length = 0;
  return { setting, reader, truncations };
}

describe('a new leader', () => {
  test('is asked about the position before anything is fetched from it', () => {
    const setting = new Setting([1, 2]);
    setting.append(0, ['a']);
    const reader = setting.consumer();
    reader.consumer.assign([zero]);
    reader.poll(2000);
    setting.cluster.lead('orders', 0, 2);
    setting.append(0, ['b']);
    setting.cluster.requests.length = 0;
    reader.pollFor(2000);
    expect(asked(setting)).toEqual(['Fetch@1', 'OffsetForLeaderEpoch@2', 'Fetch@2']);
    expect(reader.values).toEqual(['a', 'b']);
    expect(reader.consumer.takeProblems()).toEqual([]);
  });

  test('is not asked about a position that no record was read before', () => {
    const setting = new Setting([1, 2]);
    setting.append(0, ['a', 'b']);
    const reader = setting.consumer();
    reader.consumer.assign([zero]);
    reader.consumer.seek(zero, 1);
    reader.consumer.pause([zero]);
    reader.pollFor(500);
    setting.cluster.lead('orders', 0, 2);
    reader.consumer.resume([zero]);
    reader.pollFor(2000);
    expect(reader.values).toEqual(['b']);
    expect(asked(setting)).not.toContain('OffsetForLeaderEpoch@2');
  });

  test('is found at once by the word of the old one, whatever the metadata say', () => {
    const setting = new Setting([1, 2]);
    setting.append(0, ['a']);
    const reader = setting.consumer();
    reader.consumer.assign([zero]);
    reader.poll(2000);
    setting.cluster.lead('orders', 0, 2);
    setting.append(0, ['b']);
    setting.cluster.script = (api) => (api === 'Metadata' ? { kind: 'silence' } : undefined);
    setting.cluster.rewrite = (api, response, nodeId) => {
      if (api !== 'Fetch' || nodeId !== 1) return;
      response.responses[0].partitions[0].currentLeader = { leaderId: 2, leaderEpoch: 1 };
      response.nodeEndpoints = [{ nodeId: 2, host: 'broker', port: 9002, rack: null }];
    };
    reader.pollFor(1000);
    expect(reader.values).toEqual(['a', 'b']);
  });

  test('of a topic that was made anew begins at epoch 0, and the old position means nothing to it', () => {
    const setting = new Setting([1]);
    for (const epoch of [1, 2]) {
      setting.cluster.lead('orders', 0, 1);
      setting.append(0, [`old ${epoch}`]);
    }
    const reader = setting.consumer({ metadataMaxAgeMs: 500 });
    reader.consumer.assign([zero]);
    reader.pollFor(1000);
    setting.cluster.topics.delete('orders');
    setting.cluster.addTopic('orders', 4);
    const topic = setting.cluster.topics.get('orders');
    if (topic !== undefined) topic.id = 'another-topic-id-aaaaA';
    setting.append(0, ['new']);
    reader.pollFor(5000);
    expect(reader.values).toEqual(['old 1', 'old 2', 'new']);
  });
});

describe('records that are no longer there', () => {
  test('are told, and reading goes on where the logs part', () => {
    const { reader, truncations } = afterTruncation();
    reader.pollFor(3000);
    const told = { ...zero, offset: 3, divergingOffset: 2 };
    expect(reader.consumer.takeProblems()).toEqual([{ kind: 'truncated', ...told }]);
    expect(truncations).toEqual([told]);
    expect(reader.values).toEqual(['a', 'b', 'lost', 'new', 'after']);
  });

  test('without a policy stop the partition until somebody seeks', () => {
    const { reader, truncations } = afterTruncation({ autoOffsetReset: 'none' });
    reader.pollFor(3000);
    const told = { ...zero, offset: 3, divergingOffset: 2 };
    expect(new Set(reader.consumer.takeProblems().map((problem) => JSON.stringify(problem)))).toEqual(
      new Set([JSON.stringify({ kind: 'truncated', ...told })]),
    );
    expect(truncations).toEqual([told]);
    expect(reader.values).toEqual(['a', 'b', 'lost']);
    reader.consumer.seek(zero, 2);
    reader.pollFor(2000);
    expect(reader.values).toEqual(['a', 'b', 'lost', 'new', 'after']);
  });

  test('and a leader that cannot tell where: the policy decides', () => {
    const { setting, reader, truncations } = afterTruncation();
    setting.cluster.rewrite = (api, response) => {
      if (api !== 'OffsetForLeaderEpoch') return;
      Object.assign(response.topics[0].partitions[0], { leaderEpoch: -1, endOffset: -1 });
    };
    reader.pollFor(3000);
    expect(truncations).toEqual([{ ...zero, offset: 3, divergingOffset: -1 }]);
    expect(reader.values).toEqual(['a', 'b', 'lost', 'a', 'b', 'new', 'after']);
  });

  test('are found by the leader that fetches come to, too', () => {
    const { setting, reader, truncations } = afterTruncation();
    // The check after the change of leader finds nothing: the log was cut behind it.
    setting.cluster.rewrite = (api, response, _nodeId, request) => {
      if (api === 'OffsetForLeaderEpoch')
        Object.assign(response.topics[0].partitions[0], { leaderEpoch: 0, endOffset: 3 });
      if (api !== 'Fetch' || request.topics[0]?.partitions[0].lastFetchedEpoch !== 0) return;
      if (request.topics[0].partitions[0].fetchOffset !== 3) return;
      const [told] = response.responses[0].partitions;
      if (told.errorCode === 0)
        Object.assign(told, { records: new Uint8Array(0), divergingEpoch: { epoch: 0, endOffset: 2 } });
    };
    reader.pollFor(3000);
    expect(truncations).toEqual([{ ...zero, offset: 3, divergingOffset: 2 }]);
    expect(reader.values).toEqual(['a', 'b', 'lost', 'new', 'after']);
  });

  test('are never missed by a client that does not look, and what took their place is skipped', () => {
    const { setting, reader, truncations } = afterTruncation({ detectTruncation: false });
    reader.pollFor(3000);
    expect(truncations).toEqual([]);
    expect(reader.consumer.takeProblems()).toEqual([]);
    expect(reader.values).toEqual(['a', 'b', 'lost', 'after']);
    const requests = setting.cluster.requests.filter(({ api }) => api === 'Fetch');
    const partitions = requests.flatMap(({ request }) => request.topics[0]?.partitions ?? []);
    expect(partitions.every(({ lastFetchedEpoch }) => lastFetchedEpoch === -1)).toBe(true);
    expect(asked(setting)).not.toContain('OffsetForLeaderEpoch@2');
  });

  test('are found after a restart by the epoch that was committed with the position', () => {
    const { setting, reader } = afterTruncation({ groupId: 'g', enableAutoCommit: false });
    const commits = () => setting.cluster.requests.filter(({ api }) => api === 'OffsetCommit');
    setting.world.finish(reader.runtime, reader.consumer.commit());
    expect(commits().at(-1)?.request.topics[0].partitions[0]).toMatchObject({
      committedOffset: 3,
      committedLeaderEpoch: 0,
    });
    setting.cluster.rewrite = (api, response) => {
      if (api !== 'OffsetFetch') return;
      for (const topic of response.groups[0].topics) topic.partitions[0].committedLeaderEpoch = 0;
    };
    const truncations: Truncation[] = [];
    const hooks = { onTruncation: (truncation: Truncation) => truncations.push(truncation) };
    const next = setting.consumer({ groupId: 'g' }, hooks);
    next.consumer.assign([zero]);
    next.pollFor(3000);
    expect(truncations).toEqual([{ ...zero, offset: 3, divergingOffset: 2 }]);
    expect(next.values).toEqual(['new', 'after']);
  });

  test('and the leader epoch of a reset is not one that was read: it is not committed', () => {
    const setting = new Setting();
    setting.cluster.lead('orders', 0, 1);
    setting.cluster.rewrite = (api, response) => {
      if (api === 'ListOffsets') response.topics[0].partitions[0].leaderEpoch = 1;
    };
    const reader = setting.consumer({ groupId: 'g', enableAutoCommit: false });
    reader.consumer.assign([zero]);
    reader.poll(300);
    setting.world.finish(reader.runtime, reader.consumer.commit());
    const commit = setting.cluster.requests.findLast(({ api }) => api === 'OffsetCommit');
    expect(commit?.request.topics[0].partitions[0].committedLeaderEpoch).toBe(-1);
  });
});

describe('a replica that is closer', () => {
  /** The leader, broker 1, sends readers on to broker 2. */
  function rackSetting() {
    const setting = new Setting([1, 2]);
    setting.append(0, ['a']);
    setting.cluster.partition('orders', 0).readableAt.add(2);
    setting.cluster.rewrite = (api, response, nodeId, request) => {
      if (api !== 'Fetch' || nodeId !== 1 || request.rackId !== 'b') return;
      const [told] = response.responses[0]?.partitions ?? [];
      if (told !== undefined) Object.assign(told, { preferredReadReplica: 2, records: new Uint8Array(0) });
    };
    const reader = setting.consumer({ clientRack: 'b', metadataMaxAgeMs: 3_000, fetchMaxWaitMs: 100 });
    reader.consumer.assign([zero]);
    return { setting, reader };
  }

  test('is read from until the time of the advice is over, then the leader is asked again', () => {
    const { setting, reader } = rackSetting();
    reader.pollFor(1_000);
    expect(reader.values).toEqual(['a']);
    expect(asked(setting)).toEqual(['ListOffsets@1', 'Fetch@1', 'Fetch@2']);
    reader.pollFor(3_000);
    expect(asked(setting)).toEqual(['ListOffsets@1', 'Fetch@1', 'Fetch@2', 'Fetch@1', 'Fetch@2']);
  });

  test('that finds the position out of range may be behind: the leader decides', () => {
    const { setting, reader } = rackSetting();
    reader.pollFor(500);
    setting.cluster.script = (api, _request, nodeId) =>
      api === 'Fetch' && nodeId === 2
        ? { kind: 'error', errorCode: ErrorCode.OFFSET_OUT_OF_RANGE }
        : undefined;
    setting.cluster.requests.length = 0;
    reader.pollFor(300);
    expect(asked(setting).slice(0, 2)).toEqual(['Fetch@2', 'Fetch@1']);
    setting.cluster.script = () => undefined;
    setting.append(0, ['b']);
    reader.pollFor(500);
    expect(reader.values).toEqual(['a', 'b']);
    expect(asked(setting)).not.toContain('ListOffsets@1');
  });

  test('that is gone is not waited for', () => {
    const { setting, reader } = rackSetting();
    reader.pollFor(500);
    setting.cluster.rewrite = () => {};
    setting.cluster.stopNode(2);
    setting.append(0, ['b']);
    reader.pollFor(1_000);
    expect(reader.values).toEqual(['a', 'b']);
  });

  test('that old metadata takes for offline is read from when newer metadata knows it', () => {
    const { setting, reader } = rackSetting();
    const sendsOn = setting.cluster.rewrite;
    let offline = true;
    setting.cluster.rewrite = (api, response, nodeId, request) => {
      sendsOn?.(api, response, nodeId, request);
      if (api !== 'Metadata' || !offline) return;
      for (const partition of response.topics[0].partitions) partition.offlineReplicas = [2];
    };
    reader.pollFor(500);
    expect(reader.values).toEqual([]);
    offline = false;
    reader.pollFor(1_500);
    expect(reader.values).toEqual(['a']);
  });

  test('counts no longer when the leader changed', () => {
    const { setting, reader } = rackSetting();
    reader.pollFor(500);
    setting.cluster.lead('orders', 0, 1);
    setting.cluster.requests.length = 0;
    reader.pollFor(1_500);
    const [, ...others] = asked(setting);
    expect(others.slice(0, 3)).toEqual(['OffsetForLeaderEpoch@1', 'Fetch@1', 'Fetch@2']);
  });
});
