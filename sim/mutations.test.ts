// The harness against itself: something is broken on purpose, and the run has to say so, by the right name. A checker
// that has never caught anything in a whole run is a decoration.

import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { Consumer } from '../engine/index.ts';
import { SimulatedDisk } from './disk.ts';
import { FileState } from './disk-durability.ts';
import { Tree } from './disk-tree.ts';
import { registries } from './registries.ts';
import { run, runToEnd } from './run.ts';
import { ScenarioReader } from './scenario/read.ts';

const reader = new ScenarioReader(registries);

function violationsOf(name: string, seeds = 3): Set<string> {
  const read = reader.read(name, readFileSync(`scenarios/${name}.jsonc`, 'utf8'));
  if (!read.ok) throw new Error(read.error.join('\n'));
  const found = new Set<string>();
  for (let seed = 1; seed <= seeds; seed++) {
    for (const finding of runToEnd(run(read.value, String(seed))).violations) found.add(finding.invariant);
  }
  return found;
}

afterEach(() => {
  vi.restoreAllMocks();
});

test('unbroken, these scenarios are clean', () => {
  expect(violationsOf('ordering/idempotent-restart')).toEqual(new Set());
  expect(violationsOf('storage/fsync-before-ack')).toEqual(new Set());
  expect(violationsOf('delivery/at-least-once-crash-before-commit')).toEqual(new Set());
});

test('a process crash that loses the page cache loses acknowledged writes', () => {
  const processDied = SimulatedDisk.prototype.processDied;
  vi.spyOn(SimulatedDisk.prototype, 'processDied').mockImplementation(function (this: SimulatedDisk, life) {
    processDied.call(this, life);
    this.losePower();
  });
  expect(violationsOf('ordering/idempotent-restart')).toContain('acked-write-lost');
});

test('an fsync that secretly does nothing loses flushed data', () => {
  const completeSync = FileState.prototype.completeSync;
  // Small files are spared: without its metadata the broker would not come back to be asked what it lost.
  vi.spyOn(FileState.prototype, 'completeSync').mockImplementation(function (this: FileState, sync) {
    if (this.cache.sizeBytes < 8192) completeSync.call(this, sync);
  });
  vi.spyOn(Tree.prototype, 'losePower').mockImplementation(() => []);
  const found = violationsOf('storage/fsync-before-ack');
  expect(found).toContain('acked-write-lost');
  expect(found).toContain('flushed-data-lost');
});

test('a consumer that drops a record skips', () => {
  const poll = Consumer.prototype.poll;
  vi.spyOn(Consumer.prototype, 'poll').mockImplementation(function* (this: Consumer, timeoutMs: number) {
    const records = yield* poll.call(this, timeoutMs);
    return records.length > 2 ? [...records.slice(0, 1), ...records.slice(2)] : records;
  });
  expect(violationsOf('ordering/idempotent-restart')).toContain('consumer-skip');
});

test('a consumer that commits too far loses records of its group', () => {
  const commit = Consumer.prototype.commit;
  vi.spyOn(Consumer.prototype, 'commit').mockImplementation(function* (this: Consumer, offsets, timeoutMs) {
    const further = (offsets ?? []).map((one) => ({ ...one, offset: one.offset + 5 }));
    return yield* commit.call(this, further, timeoutMs);
  });
  const found = violationsOf('delivery/at-least-once-crash-before-commit', 4);
  expect([...found].some((one) => one === 'commit-regression' || one === 'delivery-loss')).toBe(true);
});
