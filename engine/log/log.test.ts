import { describe, expect, test } from 'vitest';
import { concat } from '../protocol/bytes.ts';
import { LogFixture, logDirectory, makeBatch } from '../testing/log-fixture.ts';

const sizeBytes = makeBatch().length;

describe('a log that ends', () => {
  test('leaves no file open, though somebody was about to read', () => {
    const fixture = new LogFixture({ segmentBytes: makeBatch().length });
    for (let i = 0; i < 3; i++) fixture.append();
    fixture.node.run(fixture.log.close());
    expect(fixture.node.disk.openFiles).toBe(0);
    for (let steps = 0; steps < 12; steps++) {
      fixture.node.crash();
      const log = fixture.open({ cleanShutdown: true });
      const limits = { maxBytes: 1, upToOffset: 9, atLeastOneBatch: true };
      const { tasks } = fixture.node.runtime;
      const read = tasks.spawn('read', log.read(0, limits));
      for (let i = 0; i < steps; i++) fixture.node.disk.step();
      tasks.spawn('stop', log.stop());
      fixture.node.settle();
      const outcome = fixture.node.run(read.wait());
      expect(outcome.ok || outcome.error.kind).toBe(outcome.ok ? true : 'closed');
      expect(fixture.node.disk.openFiles).toBe(0);
    }
  });
});

describe('the largest batch', () => {
  test('fits into a segment, and is never larger than what recovery believes', () => {
    expect(new LogFixture({ segmentBytes: 1000 }).log.batchBytesMax).toBe(1000);
    expect(new LogFixture({ segmentBytes: 2 ** 30 }).log.batchBytesMax).toBe(100 * 1024 * 1024);
  });
});

describe('appending as a follower', () => {
  /** Everything that the log holds, as a Fetch would carry it. */
  const fetched = (leader: LogFixture) => concat(leader.batches(0).map(({ batchBytes }) => batchBytes));

  test('batches keep the offsets and epochs of their leader, through recovery too', () => {
    const leader = new LogFixture();
    leader.append({ records: 3 }, 2);
    leader.append({ records: 1 }, 2);
    leader.append({ records: 2, producerId: 7, baseSequence: 0 }, 5);
    const bytes = fetched(leader);
    const follower = new LogFixture();
    const { written } = follower.log.appendAsFollower(bytes.slice());
    expect([follower.log.nextOffset, follower.log.logEndOffset]).toEqual([6, 0]);
    follower.node.settle();
    expect(written.settled).toBe(true);
    expect(fetched(follower)).toEqual(bytes);
    expect(follower.log.epochs.entries).toEqual([
      { epoch: 2, startOffset: 0 },
      { epoch: 5, startOffset: 4 },
    ]);
    expect(follower.log.producers.encodeSnapshot()).toEqual(leader.log.producers.encodeSnapshot());
    follower.flush();
    follower.node.powerLoss();
    follower.open({ recoveryPoint: 6 });
    expect(fetched(follower)).toEqual(bytes);
    expect(follower.log.epochs.entries).toHaveLength(2);
  });

  test('segments roll where this log would roll them, also between batches of one append', () => {
    const leader = new LogFixture();
    for (let i = 0; i < 3; i++) leader.append();
    const follower = new LogFixture({ segmentBytes: 2 * sizeBytes });
    follower.log.appendAsFollower(fetched(leader));
    follower.node.settle();
    expect(follower.log.segmentBaseOffsets).toEqual([0, 2]);
    expect(follower.readAll()).toEqual([0, 1, 2]);
  });

  test('an earlier offset is a bug, and so is nothing; a closed log says so', () => {
    const leader = new LogFixture();
    leader.append();
    leader.append();
    const follower = new LogFixture();
    follower.append();
    expect(() => follower.log.appendAsFollower(fetched(leader))).toThrow(/behind the end of its log/);
    expect(() => follower.log.appendAsFollower(new Uint8Array(0))).toThrow(/whole batches/);
    follower.node.run(follower.log.close());
    const { written } = follower.log.appendAsFollower(
      concat(leader.batches(1).map(({ batchBytes }) => batchBytes)),
    );
    expect(follower.node.run(written.wait())).toMatchObject({ ok: false });
    expect(follower.log.nextOffset).toBe(1);
  });
});

describe('appending', () => {
  test('offsets are given at once, the end moves when the batch is written', () => {
    const fixture = new LogFixture();
    const first = fixture.plan({ records: 3 });
    const second = fixture.plan({ records: 2 });
    expect([first.baseOffset, first.lastOffset, second.baseOffset, second.lastOffset]).toEqual([0, 2, 3, 4]);
    expect(fixture.log.nextOffset).toBe(5);
    expect(fixture.log.logEndOffset).toBe(0);
    fixture.node.settle();
    expect(fixture.log.logEndOffset).toBe(5);
    expect(fixture.read(0)).toEqual([0, 3]);
    expect(fixture.batches(0)[1]?.partitionLeaderEpoch).toBe(0);
  });

  test('what comes while a write is in flight goes to the disk as one write', () => {
    const fixture = new LogFixture();
    let writes = 0;
    fixture.node.disk.fault = (operation, path) => {
      if (operation === 'append' && path.endsWith('.log')) writes++;
      return undefined;
    };
    for (let i = 0; i < 50; i++) fixture.plan();
    fixture.node.settle();
    expect(writes).toBe(2);
    expect(fixture.log.logEndOffset).toBe(50);
    expect(fixture.node.eventsOf('log-appended').map(({ batches }) => batches)).toEqual([1, 49]);
  });

  test('flush.messages: the acknowledgement and the log end wait for fsync', () => {
    const fixture = new LogFixture({ flushMessages: 1 });
    const appended = fixture.plan();
    while (
      fixture.node.disk.waiting > 0 &&
      fixture.node.disk.peek(`${logDirectory}/00000000000000000000.log`)?.length === 0
    ) {
      fixture.node.disk.step();
    }
    expect(appended.written.settled).toBe(false);
    expect(fixture.log.logEndOffset).toBe(0);
    fixture.node.settle();
    expect(appended.written.settled).toBe(true);
    expect(fixture.log.recoveryPoint).toBe(1);
    fixture.node.powerLoss();
    expect(fixture.open({ recoveryPoint: 1 }).logEndOffset).toBe(1);
  });

  test('LogAppendTime puts the clock of the broker into the batch', () => {
    const fixture = new LogFixture({ messageTimestampType: 'LogAppendTime' });
    const appended = fixture.append({ timestampMs: 5, records: 2 });
    expect(appended.logAppendTimeMs).toBe(fixture.node.nowMs);
    const batch = fixture.batches(0)[0];
    expect(batch?.maxTimestamp).toBe(fixture.node.nowMs);
    expect(batch?.timestampType).toBe('LogAppendTime');
  });

  test('a duplicate of a batch in flight can wait for it', () => {
    const fixture = new LogFixture();
    const appended = fixture.plan({ records: 2, producerId: 5, baseSequence: 0 });
    expect(fixture.log.producers.get(5)?.batches).toHaveLength(1);
    expect(fixture.log.written(1)).toBe(appended.written);
    fixture.node.settle();
    expect(fixture.node.run(fixture.log.written(1).wait()).ok).toBe(true);
  });

  test('a failing write fails the log for good, and everything that waits', () => {
    const fixture = new LogFixture();
    fixture.append();
    fixture.node.disk.fault = (operation) =>
      operation === 'append' ? { kind: 'full', detail: 'no space' } : undefined;
    const waiting = [fixture.plan(), fixture.plan()];
    fixture.node.settle();
    fixture.node.disk.fault = undefined;
    for (const { written } of waiting) expect(fixture.node.run(written.wait()).ok).toBe(false);
    expect(fixture.node.run(fixture.plan().written.wait()).ok).toBe(false);
    expect(fixture.log.logEndOffset).toBe(1);
    expect(fixture.failures).toEqual(['no space']);
    expect(fixture.node.eventsOf('append-failed').map(({ baseOffset }) => baseOffset)).toEqual([1, 2]);
  });

  test('a failing fsync is never tried again', () => {
    const fixture = new LogFixture();
    fixture.append();
    let syncs = 0;
    fixture.node.disk.fault = (operation) => {
      if (operation !== 'sync') return undefined;
      syncs++;
      return { kind: 'io', detail: 'fsync failed' };
    };
    expect(fixture.node.run(fixture.log.flush()).ok).toBe(false);
    expect(fixture.node.run(fixture.log.flush()).ok).toBe(false);
    expect(syncs).toBe(1);
    expect(fixture.log.recoveryPoint).toBe(0);
    expect(fixture.node.run(fixture.plan().written.wait()).ok).toBe(false);
    expect(fixture.failures).toEqual(['fsync failed']);
  });
});

describe('rolling', () => {
  test('by size: the new segment begins with the first batch that no longer fits', () => {
    const fixture = new LogFixture({ segmentBytes: 3 * sizeBytes });
    for (let i = 0; i < 7; i++) fixture.append();
    expect(fixture.log.segmentBaseOffsets).toEqual([0, 3, 6]);
    expect(fixture.readAll()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(fixture.fileNames()).toContain('00000000000000000003.snapshot');
    // The segments that were left are flushed in the background, with their indexes.
    expect(fixture.log.recoveryPoint).toBe(6);
    expect(fixture.fileNames()).toContain('00000000000000000000.timeindex');
  });

  test('by the timestamps of the batches, not by the clock', () => {
    const fixture = new LogFixture({ segmentMs: 1000 });
    fixture.append({ timestampMs: 5000 });
    fixture.node.nowMs += 10_000;
    fixture.append({ timestampMs: 6000 });
    expect(fixture.log.segmentBaseOffsets).toEqual([0]);
    fixture.append({ timestampMs: 6001 });
    expect(fixture.log.segmentBaseOffsets).toEqual([0, 2]);
  });

  test('when an index is full', () => {
    const fixture = new LogFixture({ indexIntervalBytes: 0, segmentIndexBytes: 12 * 4 });
    for (let i = 0; i < 10; i++) fixture.append({ timestampMs: 1000 + i });
    expect(fixture.log.segmentBaseOffsets).toEqual([0, 4, 8]);
    expect(fixture.readAll()).toHaveLength(10);
  });

  test('many batches planned at once across rolls arrive in order', () => {
    const fixture = new LogFixture({ segmentBytes: 2 * sizeBytes });
    for (let i = 0; i < 20; i++) fixture.plan();
    fixture.node.settle();
    expect(fixture.readAll()).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(fixture.log.segmentBaseOffsets).toHaveLength(10);
  });
});

describe('reading', () => {
  test('every offset is found through the index, in every segment', () => {
    const fixture = new LogFixture({ indexIntervalBytes: 200, segmentBytes: 2000 });
    for (let i = 0; i < 60; i++) fixture.append({ records: 1 + (i % 3) });
    const starts = fixture.readAll();
    for (let offset = 0; offset < fixture.log.logEndOffset; offset++) {
      const holder = starts.filter((start) => start <= offset).at(-1);
      expect(fixture.read(offset)[0]).toBe(holder);
    }
  });

  test('the limits: whole batches, at least one where asked, nothing that reaches the bound', () => {
    const fixture = new LogFixture();
    for (let i = 0; i < 5; i++) fixture.append({ records: 2 });
    const size = makeBatch({ records: 2 }).length;
    expect(fixture.read(0, { maxBytes: 2 * size })).toEqual([0, 2]);
    expect(fixture.read(0, { maxBytes: 2 * size + 5 })).toEqual([0, 2]);
    expect(fixture.read(0, { maxBytes: 1 })).toEqual([0]);
    expect(fixture.read(0, { maxBytes: 1, atLeastOneBatch: false })).toEqual([]);
    expect(fixture.read(0, { upToOffset: 4 })).toEqual([0, 2]);
    expect(fixture.read(0, { upToOffset: 3 })).toEqual([0]);
    expect(fixture.read(3, { upToOffset: 3 })).toEqual([]);
    expect(fixture.read(10)).toEqual([]);
  });

  test('what does not fit is not passed over for something behind it that does, in the next segment', () => {
    for (const valueBytes of [500, 30_000]) {
      const fixture = new LogFixture({ segmentBytes: valueBytes + 100 });
      fixture.append({ valueBytes });
      fixture.append();
      expect(fixture.log.segmentBaseOffsets).toEqual([0, 1]);
      expect(fixture.read(0, { maxBytes: 200, atLeastOneBatch: false })).toEqual([]);
      expect(fixture.read(1, { maxBytes: 200, atLeastOneBatch: false })).toEqual([1]);
    }
  });

  test('a batch larger than what is read ahead is read whole', () => {
    const fixture = new LogFixture();
    fixture.append();
    fixture.append({ valueBytes: 300_000 });
    fixture.append();
    expect(fixture.read(1, { maxBytes: 10 })).toEqual([1]);
    expect(fixture.read(2, { maxBytes: 10 })).toEqual([2]);
  });

  test('outside of the log is out of range', () => {
    const fixture = new LogFixture();
    fixture.append();
    const limits = { maxBytes: 100, upToOffset: 10, atLeastOneBatch: true };
    for (const offset of [-1, 2]) {
      const read = fixture.node.run(fixture.log.read(offset, limits));
      expect(read).toEqual({ ok: false, error: { kind: 'out-of-range' } });
    }
  });

  test('look-ups by timestamp agree with a search through all records', () => {
    const fixture = new LogFixture({ indexIntervalBytes: 150, segmentBytes: 1500 });
    const timestamps: number[] = [];
    for (let i = 0; i < 40; i++) {
      const timestampMs = 1000 + 10 * ((i * 7) % 40) + 20 * i;
      fixture.append({ records: 3, timestampMs });
      timestamps.push(timestampMs, timestampMs + 1, timestampMs + 2);
    }
    expect(fixture.log.segmentBaseOffsets.length).toBeGreaterThan(3);
    for (let wanted = 990; wanted < 2400; wanted += 7) {
      const offset = timestamps.findIndex((timestamp) => timestamp >= wanted);
      const found = fixture.node.run(fixture.log.offsetForTimestamp(wanted, fixture.log.logEndOffset));
      const expected = offset < 0 ? undefined : { offset, timestampMs: timestamps[offset], leaderEpoch: 0 };
      expect(found, `timestamp ${wanted}`).toEqual({ ok: true, value: expected });
    }
    const largest = Math.max(...timestamps);
    const found = fixture.node.run(fixture.log.maxTimestamp());
    const expected = { offset: timestamps.indexOf(largest), timestampMs: largest, leaderEpoch: 0 };
    expect(found).toEqual({ ok: true, value: expected });
    expect(fixture.node.run(fixture.log.offsetForTimestamp(largest, 1))).toEqual({
      ok: true,
      value: undefined,
    });
  });
});

describe('cutting', () => {
  test('truncateTo leaves what a log has that never got more', () => {
    const fixture = new LogFixture({ segmentBytes: 3 * sizeBytes });
    for (let i = 0; i < 8; i++)
      fixture.append({ producerId: 5, baseSequence: i, timestampMs: 1000 + i }, i < 4 ? 1 : 2);
    expect(fixture.node.run(fixture.log.truncateTo(4)).ok).toBe(true);
    expect(fixture.log.logEndOffset).toBe(4);
    expect(fixture.log.nextOffset).toBe(4);
    expect(fixture.log.recoveryPoint).toBeLessThanOrEqual(4);
    expect(fixture.log.epochs.entries).toEqual([{ epoch: 1, startOffset: 0 }]);
    expect(fixture.log.producers.get(5)?.batches.at(-1)?.lastSequence).toBe(3);
    fixture.append({ producerId: 5, baseSequence: 4 }, 3);
    expect(fixture.readAll()).toEqual([0, 1, 2, 3, 4]);
    fixture.node.crash();
    fixture.open({});
    expect(fixture.readAll()).toEqual([0, 1, 2, 3, 4]);
    expect(fixture.log.epochs.entries).toEqual([
      { epoch: 1, startOffset: 0 },
      { epoch: 3, startOffset: 4 },
    ]);
  });

  test('a cut at a segment border forgets no batch that it leaves, although the snapshot there has one only', () => {
    const fixture = new LogFixture({ segmentBytes: 3 * sizeBytes });
    for (let i = 0; i < 4; i++) fixture.append({ producerId: 5, baseSequence: i });
    fixture.node.run(fixture.log.truncateTo(3));
    expect(fixture.log.producers.get(5)?.batches.map(({ lastSequence }) => lastSequence)).toEqual([0, 1, 2]);
  });

  test('a cut inside a batch takes the whole batch', () => {
    const fixture = new LogFixture();
    fixture.append({ records: 5 });
    fixture.append({ records: 5 });
    fixture.node.run(fixture.log.truncateTo(7));
    expect(fixture.log.logEndOffset).toBe(5);
  });

  test('a cut below the first segment leaves nothing, and goes on where it was to end', () => {
    const fixture = new LogFixture({ segmentBytes: 2 * sizeBytes });
    const { log, node } = fixture;
    for (let i = 0; i < 6; i++) fixture.append({ producerId: 5, baseSequence: i }, 1);
    node.run(log.deleteRecordsTo(4));
    expect(log.segmentBaseOffsets).toEqual([4]);
    expect(node.run(log.truncateTo(3)).ok).toBe(true);
    expect([log.logStartOffset, log.logEndOffset, log.nextOffset]).toEqual([3, 3, 3]);
    expect([log.segmentBaseOffsets, log.epochs.entries, log.producers.size]).toEqual([[3], [], 0]);
    fixture.append({}, 2);
    expect(fixture.readAll()).toEqual([3]);
  });

  test('an empty log that begins further on, of which no file is there yet, is cut like any other', () => {
    const fixture = new LogFixture();
    const { log, node } = fixture;
    fixture.append();
    node.run(log.startOverAt(100));
    expect(node.run(log.truncateTo(40)).ok).toBe(true);
    expect([log.failed, log.logStartOffset, log.logEndOffset]).toEqual([undefined, 40, 40]);
    fixture.append({}, 3);
    fixture.flush();
    node.crash();
    expect(fixture.open({}).logEndOffset).toBe(41);
    expect(fixture.readAll()).toEqual([40]);
  });

  test('a flush that was asked for while the log was cut promises nothing above its end', () => {
    const fixture = new LogFixture();
    for (let i = 0; i < 4; i++) fixture.append();
    const { tasks } = fixture.node.runtime;
    tasks.spawn('cut', fixture.log.truncateTo(2));
    const flushed = tasks.spawn('flush', fixture.log.flush());
    fixture.node.settle();
    expect(flushed.settled).toBe(true);
    expect(fixture.log.logEndOffset).toBe(2);
    expect(fixture.log.recoveryPoint).toBeLessThanOrEqual(2);
  });

  test('after a cut and a power loss nothing of what was cut comes back', () => {
    const fixture = new LogFixture();
    for (let i = 0; i < 4; i++) fixture.append();
    fixture.flush();
    fixture.node.run(fixture.log.truncateTo(2));
    fixture.node.powerLoss();
    expect(fixture.open({ recoveryPoint: 2 }).logEndOffset).toBe(2);
  });
});

describe('the start of a log that is cut', () => {
  test('goes down with its end, and is told; above the start nothing is', () => {
    const fixture = new LogFixture();
    const { log, node } = fixture;
    for (let i = 0; i < 6; i++) fixture.append();
    node.run(log.deleteRecordsTo(4));
    node.run(log.truncateTo(5));
    expect(log.logStartOffset).toBe(4);
    node.run(log.truncateTo(2));
    expect([log.logStartOffset, log.logEndOffset]).toEqual([2, 2]);
    expect(
      node.eventsOf('log-start-moved').map(({ logStartOffset, reason }) => [logStartOffset, reason]),
    ).toEqual([
      [4, 'delete-records'],
      [2, 'truncation'],
    ]);
  });

  test('is not moved beyond its end by whoever waited while it was cut', () => {
    for (const move of ['deleteRecordsTo', 'followLogStart'] as const) {
      const fixture = new LogFixture();
      const { log, node } = fixture;
      for (let i = 0; i < 6; i++) fixture.append();
      const { tasks } = node.runtime;
      const cut = tasks.spawn('cut', log.truncateTo(3));
      const moved = tasks.spawn('move', log[move](5));
      node.run(cut.wait());
      expect(node.run(moved.wait()).ok).toBe(true);
      expect([log.logStartOffset, log.logEndOffset]).toEqual([3, 3]);
      expect(fixture.append().baseOffset).toBe(3);
    }
  });
});

describe('starting over', () => {
  test('forgets batches, epochs and producers, and goes on at the offset that it was told', () => {
    const fixture = new LogFixture();
    fixture.append({ records: 3, producerId: 7, baseSequence: 0 }, 2);
    const { log, node } = fixture;
    expect(node.run(log.startOverAt(100)).ok).toBe(true);
    expect([log.logStartOffset, log.logEndOffset, log.recoveryPoint]).toEqual([100, 100, 0]);
    expect([log.segmentBaseOffsets, log.epochs.entries, log.producers.size]).toEqual([[100], [], 0]);
    fixture.append({}, 4);
    expect([fixture.readAll(), log.epochs.entries]).toEqual([[100], [{ epoch: 4, startOffset: 100 }]]);
  });

  test('may begin below its start, where the first batch to come has records that were deleted', () => {
    const fixture = new LogFixture();
    const { log, node } = fixture;
    expect(node.run(log.startOverAt(100, 102)).ok).toBe(true);
    fixture.append({ records: 5 });
    expect([log.logStartOffset, log.logEndOffset, fixture.readAll()]).toEqual([102, 105, [100]]);
  });

  test('a power failure at any moment leaves a log that opens, with a front of the old one or nothing', () => {
    for (let operations = 0; operations < 40; operations++) {
      const fixture = new LogFixture({ segmentBytes: 2 * sizeBytes });
      for (let i = 0; i < 5; i++) fixture.append();
      fixture.flush();
      fixture.node.runtime.tasks.spawn('start over', fixture.log.startOverAt(100));
      for (let i = 0; i < operations; i++) fixture.node.disk.step();
      fixture.node.powerLoss();
      const log = fixture.open({ recoveryPoint: 5 });
      const offsets = fixture.readAll();
      expect(offsets).toEqual([0, 1, 2, 3, 4].slice(0, offsets.length));
      expect(log.logEndOffset - log.logStartOffset).toBe(offsets.length);
    }
  });
});
