import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogFixture, logDirectory, makeBatch } from '../testing/log-fixture.ts';
import { Log } from './log.ts';

const sizeBytes = makeBatch().length;
const active = `${logDirectory}/00000000000000000000.log`;

function contentOf(fixture: LogFixture, path: string): Uint8Array {
  const bytes = fixture.node.disk.peek(path);
  expect(bytes, path).toBeDefined();
  return bytes as Uint8Array;
}

describe('after a crash', () => {
  test('a tail torn at any byte of the last batch costs that batch and nothing else', () => {
    const fixture = new LogFixture();
    for (let i = 0; i < 3; i++) fixture.append({ producerId: 5, baseSequence: i });
    const whole = contentOf(fixture, active);
    const last = makeBatch({ producerId: 5, baseSequence: 2 }).length;
    for (let cut = 1; cut <= last; cut++) {
      fixture.node.crash();
      fixture.node.disk.poke(active, whole.subarray(0, whole.length - cut));
      fixture.open({});
      expect(fixture.log.logEndOffset).toBe(2);
      expect(fixture.log.nextOffset).toBe(2);
      expect(fixture.log.producers.get(5)?.batches.at(-1)?.lastSequence).toBe(1);
      expect(contentOf(fixture, active).length).toBe(whole.length - last);
      expect(fixture.node.eventsOf('log-recovered')[0]?.truncatedBytes).toBe(last - cut);
    }
    fixture.append();
    expect(fixture.readAll()).toEqual([0, 1, 2]);
  });

  test('a tail of zeros, as file systems leave it, is cut', () => {
    const fixture = new LogFixture();
    fixture.append();
    const whole = contentOf(fixture, active);
    const padded = new Uint8Array(whole.length + 4096);
    padded.set(whole);
    fixture.node.crash();
    fixture.node.disk.poke(active, padded);
    expect(fixture.open({}).logEndOffset).toBe(1);
  });

  test('any flipped byte of a batch that is not durable ends the log before that batch', () => {
    const fixture = new LogFixture();
    for (let i = 0; i < 3; i++) fixture.append();
    const whole = contentOf(fixture, active);
    for (let at = sizeBytes; at < 2 * sizeBytes; at++) {
      // The leader epoch is under no checksum: a flip there cannot be seen, in Kafka neither.
      if (at >= sizeBytes + 12 && at < sizeBytes + 16) continue;
      const damaged = whole.slice();
      damaged[at] = (damaged[at] as number) ^ 0x80;
      fixture.node.crash();
      fixture.node.disk.poke(active, damaged);
      fixture.open({});
      expect(fixture.log.logEndOffset, `byte ${at - sizeBytes}`).toBe(1);
    }
  });

  test('damage in the middle removes the segments behind it', () => {
    const fixture = new LogFixture({ segmentBytes: 2 * sizeBytes });
    for (let i = 0; i < 8; i++) fixture.append({}, i);
    const path = `${logDirectory}/00000000000000000002.log`;
    const damaged = contentOf(fixture, path);
    damaged[damaged.length - 1] = (damaged.at(-1) as number) ^ 1;
    fixture.node.crash();
    fixture.node.disk.poke(path, damaged);
    fixture.open({});
    expect(fixture.log.segmentBaseOffsets).toEqual([0, 2]);
    expect(fixture.log.logEndOffset).toBe(3);
    expect(fixture.log.epochs.latestEpoch).toBe(2);
    expect(fixture.node.eventsOf('log-recovered')[0]?.truncatedBytes).toBe(5 * sizeBytes);
    fixture.append({}, 9);
    fixture.node.crash();
    fixture.open({});
    expect(fixture.readAll()).toEqual([0, 1, 2, 3]);
  });

  test('a segment whose name a power loss took ends the log, unless the topic is compacted', () => {
    for (const compacted of [false, true]) {
      const fixture = new LogFixture({ segmentBytes: 2 * sizeBytes });
      if (compacted) fixture.config = { ...fixture.config, cleanupPolicy: ['compact'] };
      for (let i = 0; i < 8; i++) fixture.append();
      fixture.node.crash();
      fixture.node.disk.unlink(`${logDirectory}/00000000000000000002.log`);
      fixture.open({});
      expect(fixture.log.segmentBaseOffsets).toEqual(compacted ? [0, 4, 6] : [0]);
      expect(fixture.log.logEndOffset).toBe(compacted ? 8 : 2);
      // The segment before the hole is the active one now, and takes what comes.
      fixture.append();
      expect(fixture.log.logEndOffset).toBe(compacted ? 9 : 3);
    }
  });

  test('segments below the recovery point are trusted', () => {
    const fixture = new LogFixture({ segmentBytes: 2 * sizeBytes });
    for (let i = 0; i < 5; i++) fixture.append();
    fixture.flush();
    fixture.node.crash();
    let reads = 0;
    fixture.node.disk.fault = (operation, path) => {
      if (operation === 'readAt' && path === active) reads++;
      return undefined;
    };
    fixture.open({ recoveryPoint: 5 });
    expect(fixture.log.logEndOffset).toBe(5);
    expect(fixture.log.recoveryPoint).toBe(5);
    expect(reads).toBe(0);
  });

  test('a corrupt snapshot gives way to an older one, none at all to a replay from the start', () => {
    const fixture = new LogFixture({ segmentBytes: 250 });
    for (let i = 0; i < 9; i++) fixture.append({ producerId: 5, baseSequence: i });
    const expected = fixture.log.producers.get(5)?.batches.at(-1);
    const names = fixture.fileNames().filter((name) => name.endsWith('.snapshot'));
    expect(names.length).toBeGreaterThan(1);
    for (const name of names.reverse()) {
      const path = `${logDirectory}/${name}`;
      const bytes = contentOf(fixture, path);
      bytes[8] = (bytes[8] as number) ^ 1;
      fixture.node.crash();
      fixture.node.disk.poke(path, bytes);
      fixture.open({ recoveryPoint: fixture.log.logEndOffset });
      expect(fixture.log.producers.get(5)?.batches.at(-1)).toEqual(expected);
      expect(fixture.fileNames()).not.toContain(name);
    }
  });

  test('producers are known by their last batches again where segments were walked, not only by the snapshot', () => {
    const fixture = new LogFixture({ segmentBytes: 2 * sizeBytes });
    for (let i = 0; i < 5; i++) fixture.append({ producerId: 5, baseSequence: i });
    const known = fixture.log.producers.get(5)?.batches;
    expect(known).toHaveLength(5);
    expect(fixture.fileNames()).toContain('00000000000000000004.snapshot');
    fixture.node.crash();
    fixture.open({});
    expect(fixture.log.producers.get(5)?.batches).toEqual(known);
  });

  test('a missing or torn epoch file is read from the batches', () => {
    const fixture = new LogFixture({ segmentBytes: 2 * sizeBytes });
    for (let i = 0; i < 6; i++) fixture.append({}, i >> 1);
    fixture.flush();
    const path = `${logDirectory}/leader-epoch-checkpoint`;
    const expected = fixture.log.epochs.entries;
    const bytes = contentOf(fixture, path);
    for (const content of [undefined, new Uint8Array(0), bytes.subarray(0, bytes.length - 4)]) {
      fixture.node.crash();
      if (content === undefined) fixture.node.disk.unlink(path);
      else fixture.node.disk.poke(path, content);
      fixture.open({ recoveryPoint: 6 });
      expect(fixture.log.epochs.entries).toEqual(expected);
    }
  });

  test('a log that ends below its start begins again, empty, at its start', () => {
    const fixture = new LogFixture();
    for (let i = 0; i < 3; i++) fixture.append();
    fixture.node.crash();
    fixture.open({ logStartOffset: 10 });
    expect([fixture.log.logStartOffset, fixture.log.logEndOffset]).toEqual([10, 10]);
    expect(fixture.append().baseOffset).toBe(10);
  });
});

describe('after a clean shutdown', () => {
  function closed(): LogFixture {
    const fixture = new LogFixture({ segmentBytes: 600, indexIntervalBytes: 100 });
    for (let i = 0; i < 20; i++) {
      fixture.append({ producerId: 5, baseSequence: i, timestampMs: 1000 + i }, i >> 3);
    }
    expect(fixture.node.run(fixture.log.close()).ok).toBe(true);
    return fixture;
  }

  test('everything is as it was, after a power loss too', () => {
    const fixture = closed();
    const { entries } = fixture.log.epochs;
    fixture.node.powerLoss();
    fixture.open({ cleanShutdown: true });
    expect(fixture.log.logEndOffset).toBe(20);
    expect(fixture.log.recoveryPoint).toBe(20);
    expect(fixture.log.epochs.entries).toEqual(entries);
    expect(fixture.log.producers.get(5)?.batches.at(-1)?.lastSequence).toBe(19);
    expect(fixture.append().baseOffset).toBe(20);
    expect(fixture.readAll()).toHaveLength(21);
  });

  test('missing and damaged indexes are built again, byte for byte', () => {
    const fixture = closed();
    const names = fixture.fileNames().filter((name) => /index$/.test(name));
    expect(names.length).toBeGreaterThan(4);
    const before = names.map((name) => contentOf(fixture, `${logDirectory}/${name}`));
    for (const [index, name] of names.entries()) {
      if (index % 2 === 0) fixture.node.disk.unlink(`${logDirectory}/${name}`);
      else fixture.node.disk.poke(`${logDirectory}/${name}`, new Uint8Array(13).fill(9));
    }
    fixture.node.crash();
    fixture.open({ cleanShutdown: true });
    expect(fixture.node.run(fixture.log.close()).ok).toBe(true);
    expect(names.map((name) => contentOf(fixture, `${logDirectory}/${name}`))).toEqual(before);
  });

  test('a torn tail is found even then', () => {
    const fixture = new LogFixture();
    for (let i = 0; i < 3; i++) fixture.append();
    fixture.node.run(fixture.log.close());
    const whole = contentOf(fixture, active);
    fixture.node.crash();
    fixture.node.disk.poke(active, whole.subarray(0, whole.length - 1));
    expect(fixture.open({ cleanShutdown: true }).logEndOffset).toBe(2);
  });
});

describe('power loss', () => {
  /** A short life: what the node does, and after how many disk operations the power goes. */
  const lives = fc.record({
    steps: fc.array(fc.constantFrom('append', 'append', 'append', 'burst', 'flush', 'cut', 'retain'), {
      minLength: 1,
      maxLength: 30,
    }),
    operations: fc.integer({ min: 0, max: 250 }),
    flushMessages: fc.constantFrom(1, 4, Number.POSITIVE_INFINITY),
  });

  test('at any moment keeps all below the recovery point, and the same records', () => {
    fc.assert(
      fc.property(lives, ({ steps, operations, flushMessages }) => {
        const fixture = new LogFixture({
          segmentBytes: 3 * sizeBytes,
          flushMessages,
          retentionBytes: 6 * sizeBytes,
        });
        let left = operations;
        const go = () => {
          while (left > 0 && fixture.node.disk.step()) left--;
          return left > 0;
        };
        let stamp = 0;
        const stamps = new Map<number, number>();
        const plan = () => {
          const { baseOffset } = fixture.plan(
            { timestampMs: ++stamp },
            fixture.log.epochs.latestEpoch + (stamp % 5 === 0 ? 1 : 0) || 0,
          );
          stamps.set(baseOffset, stamp);
        };
        for (const step of steps) {
          const { log } = fixture;
          if (step === 'append') plan();
          else if (step === 'burst') for (let i = 0; i < 5; i++) plan();
          else if (step === 'flush') fixture.node.runtime.tasks.spawn(step, log.flush());
          else if (step === 'retain') {
            fixture.node.runtime.tasks.spawn(step, log.applyRetention(fixture.node.nowMs, log.logEndOffset));
          } else {
            if (!go()) break;
            fixture.node.runtime.tasks.spawn(
              step,
              log.truncateTo(Math.max(log.logStartOffset, log.logEndOffset - 2)),
            );
          }
          if (step !== 'burst' && !go()) break;
        }
        const { recoveryPoint, logStartOffset } = fixture.log;
        fixture.node.powerLoss();
        fixture.open({ recoveryPoint, logStartOffset });
        expect(fixture.log.logEndOffset).toBeGreaterThanOrEqual(recoveryPoint);
        expect(fixture.log.logStartOffset).toBe(logStartOffset);
        const found = fixture.readAll();
        expect(found).toEqual(
          Array.from(
            { length: fixture.log.logEndOffset - logStartOffset },
            (_, index) => logStartOffset + index,
          ),
        );
        for (const offset of found.filter((at) => at < recoveryPoint)) {
          expect(fixture.batches(offset)[0]?.maxTimestamp).toBe(stamps.get(offset));
        }
      }),
      { numRuns: 1000, seed: 11 },
    );
  });
});

describe('what does not belong', () => {
  test('a directory of another topic is refused', () => {
    const fixture = new LogFixture();
    fixture.append();
    fixture.node.crash();
    const options = fixture.options({ topicId: 'AAAAAAAAAAAAAAAAAAAAAg' });
    const opened = fixture.node.run(Log.open(fixture.node.runtime, options));
    expect(opened.ok ? '' : opened.error.detail).toContain('belongs to topic id AAAAAAAAAAAAAAAAAAAAAQ');
  });

  test('a foreign file stops the opening and is left alone', () => {
    const fixture = new LogFixture();
    fixture.node.crash();
    fixture.node.disk.poke(`${logDirectory}/notes.txt`, new Uint8Array(1));
    const opened = fixture.node.run(Log.open(fixture.node.runtime, fixture.options({})));
    expect(opened.ok ? '' : opened.error.detail).toContain('orders-0/notes.txt');
    expect(fixture.node.disk.peek(`${logDirectory}/notes.txt`)).toBeDefined();
  });

  test('leftovers of our own are removed', () => {
    const fixture = new LogFixture();
    fixture.node.crash();
    for (const name of [
      '00000000000000000000.log.deleted',
      'leader-epoch-checkpoint.tmp',
      '00000000000000000007.index',
    ]) {
      fixture.node.disk.poke(`${logDirectory}/${name}`, new Uint8Array(1));
    }
    fixture.open({});
    expect(fixture.fileNames()).toEqual(['00000000000000000000.log', 'partition.metadata']);
  });
});
