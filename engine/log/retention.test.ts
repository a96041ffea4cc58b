import { describe, expect, test } from 'vitest';
import { LogFixture, makeBatch } from '../testing/log-fixture.ts';
import type { LogConfig } from './log-config.ts';

const sizeBytes = makeBatch().length;

/** A log with one batch in each segment, a second between their timestamps, the last one a second old. */
function aged(count: number, config: Partial<LogConfig>): LogFixture {
  const fixture = new LogFixture({ segmentBytes: sizeBytes, ...config });
  for (let i = 0; i < count; i++) {
    fixture.append({ timestampMs: fixture.node.nowMs - 1000 * (count - i) });
  }
  return fixture;
}

function retain(fixture: LogFixture, highWatermark = fixture.log.logEndOffset): number[] {
  const applied = fixture.node.run(fixture.log.applyRetention(fixture.node.nowMs, highWatermark));
  expect(applied.ok).toBe(true);
  return fixture.log.segmentBaseOffsets;
}

describe('retention', () => {
  test('by size the log stays at or above the limit', () => {
    expect(retain(aged(5, { retentionBytes: 3 * sizeBytes }))).toEqual([2, 3, 4]);
    expect(retain(aged(5, { retentionBytes: 3 * sizeBytes - 1 }))).toEqual([2, 3, 4]);
    expect(retain(aged(5, { retentionBytes: 3 * sizeBytes + 1 }))).toEqual([1, 2, 3, 4]);
  });

  test('by time, and the log start follows', () => {
    const fixture = aged(5, { retentionMs: 3000 });
    expect(retain(fixture)).toEqual([2, 3, 4]);
    expect(fixture.log.logStartOffset).toBe(2);
    expect(fixture.node.eventsOf('segment-deleted').map(({ reason }) => reason)).toEqual([
      'retention-time',
      'retention-time',
    ]);
    expect(
      fixture.node.run(fixture.log.read(1, { maxBytes: 1, upToOffset: 9, atLeastOneBatch: true })).ok,
    ).toBe(false);
    expect(fixture.readAll()).toEqual([2, 3, 4]);
  });

  test('never at or above the high watermark', () => {
    expect(retain(aged(5, { retentionMs: 0 }), 2)).toEqual([2, 3, 4]);
  });

  test('when all would go a new active segment is rolled first', () => {
    const fixture = aged(3, { retentionMs: 500 });
    expect(retain(fixture)).toEqual([3]);
    expect(fixture.log.logStartOffset).toBe(3);
    expect(retain(fixture)).toEqual([3]);
    fixture.append();
    expect(fixture.readAll()).toEqual([3]);
  });

  test('compact alone and an empty policy keep everything but what DeleteRecords gave free', () => {
    for (const cleanupPolicy of [[], ['compact']] as const) {
      const fixture = aged(4, { retentionMs: 0, retentionBytes: 0, cleanupPolicy });
      expect(retain(fixture)).toEqual([0, 1, 2, 3]);
      fixture.node.run(fixture.log.deleteRecordsTo(2));
      expect(fixture.log.segmentBaseOffsets).toEqual([2, 3]);
    }
  });

  test('files are renamed, and removed after the delay', () => {
    const fixture = aged(3, { retentionBytes: sizeBytes, fileDeleteDelayMs: 5000 });
    retain(fixture);
    expect(fixture.fileNames()).toContain('00000000000000000000.log.deleted');
    expect(fixture.fileNames()).not.toContain('00000000000000000000.log');
    expect(fixture.fileNames()).not.toContain('00000000000000000001.snapshot');
    fixture.node.advance(4999);
    expect(fixture.fileNames()).toContain('00000000000000000000.log.deleted');
    fixture.node.advance(1);
    expect(fixture.fileNames().filter((name) => name.endsWith('.deleted'))).toEqual([]);
  });

  test('a read that retention overtakes, at whatever step, answers with the records or with out of range', () => {
    const answers = new Set<string>();
    for (let steps = 0; steps < 12; steps++) {
      const fixture = aged(5, { retentionBytes: sizeBytes, fileDeleteDelayMs: 0 });
      fixture.flush();
      fixture.node.run(fixture.log.close());
      fixture.node.crash();
      const log = fixture.open({ cleanShutdown: true });
      const limits = { maxBytes: 1, upToOffset: 9, atLeastOneBatch: true };
      const { tasks } = fixture.node.runtime;
      const read = tasks.spawn('read', log.read(0, limits));
      for (let i = 0; i < steps; i++) fixture.node.disk.step();
      tasks.spawn('retain', log.applyRetention(fixture.node.nowMs, 5));
      fixture.node.advance(1);
      fixture.node.advance(1);
      const outcome = fixture.node.run(read.wait());
      answers.add(outcome.ok ? `${outcome.value.length} bytes` : outcome.error.kind);
      expect(log.segmentBaseOffsets).toEqual([4]);
    }
    expect([...answers].sort()).toEqual([`${sizeBytes} bytes`, 'out-of-range']);
  });

  test('DeleteRecords moves the start into the middle of a segment', () => {
    const fixture = new LogFixture();
    for (let i = 0; i < 4; i++) fixture.append({}, i);
    fixture.node.run(fixture.log.deleteRecordsTo(2));
    expect(fixture.log.logStartOffset).toBe(2);
    expect(fixture.log.epochs.entries[0]).toEqual({ epoch: 2, startOffset: 2 });
    expect(fixture.read(2)).toEqual([2, 3]);
    fixture.flush();
    fixture.node.crash();
    fixture.open({ logStartOffset: 2, recoveryPoint: 4 });
    expect(fixture.log.logStartOffset).toBe(2);
    const marks = () => fixture.node.eventsOf('reached').map(({ mark }) => mark as string);
    expect(marks()).toContain('log-start-from-checkpoint');
    const nothingDeleted = new LogFixture();
    nothingDeleted.append();
    nothingDeleted.node.crash();
    nothingDeleted.open({ logStartOffset: 0 });
    expect(nothingDeleted.node.eventsOf('reached').map(({ mark }) => mark as string)).not.toContain(
      'log-start-from-checkpoint',
    );
  });
});
