import { describe, expect, test } from 'vitest';
import { assert } from '../base/assert.ts';
import { fromUtf8, utf8 } from '../protocol/bytes.ts';
import { makeBatch } from '../testing/log-fixture.ts';
import { MemoryNode } from '../testing/memory-node.ts';
import type { Log } from './log.ts';
import { defaultLogConfig, type LogConfig } from './log-config.ts';
import { LogManager, type LogManagerOptions } from './log-manager.ts';

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ';

class Fixture {
  readonly node = new MemoryNode();
  readonly failures: string[] = [];
  config: LogConfig = defaultLogConfig;
  manager: LogManager;

  constructor() {
    this.manager = this.boot();
  }

  make(known: Partial<LogManagerOptions> = {}): LogManager {
    return new LogManager(this.node.runtime, {
      directory: 'data',
      nodeId: 1,
      clusterId: undefined,
      retentionCheckIntervalMs: 300_000,
      recoveryPointCheckpointIntervalMs: 60_000,
      logStartCheckpointIntervalMs: 60_000,
      highWatermarkCheckpointIntervalMs: 5000,
      flushCheckIntervalMs: Number.POSITIVE_INFINITY,
      producerIdExpirationMs: () => 86_400_000,
      producerIdExpirationCheckIntervalMs: 600_000,
      configOf: () => this.config,
      highWatermarkOf: (log) => log.logEndOffset,
      onFailure: (error) => this.failures.push(error.detail),
      ...known,
    });
  }

  boot(known: Partial<LogManagerOptions> = {}): LogManager {
    this.manager = this.make(known);
    const loaded = this.node.run(this.manager.load());
    assert(loaded.ok, `the directory loads: ${JSON.stringify(loaded)}`);
    // The directory itself is the operator's; that its name survives is not the manager's affair.
    this.node.run(this.node.runtime.syncDir(''));
    return this.manager;
  }

  refused(known: Partial<LogManagerOptions> = {}): string {
    const loaded = this.node.run(this.make(known).load());
    assert(!loaded.ok, 'the directory is refused');
    return loaded.error.detail;
  }

  create(topic: string, partition: number): Log {
    const created = this.node.run(this.manager.createLog(topic, partition, topicId, this.config));
    assert(created.ok, 'the log is made');
    return created.value;
  }

  append(log: Log, count = 1): void {
    for (let i = 0; i < count; i++) log.append(makeBatch(), { leaderEpoch: 0, nowMs: this.node.nowMs });
    this.node.settle();
  }

  text(name: string): string | undefined {
    const bytes = this.node.disk.peek(`data/${name}`);
    return bytes === undefined ? undefined : fromUtf8(bytes);
  }

  shutdown(): void {
    assert(this.node.run(this.manager.shutdown(-1)).ok, 'the shutdown succeeds');
  }
}

describe('the directory', () => {
  test('the first boot writes meta.properties, the next one reads it, another node is refused', () => {
    const fixture = new Fixture();
    const { clusterId, directoryId } = fixture.manager;
    expect(fixture.text('meta.properties')).toBe(
      `#\nversion=1\ncluster.id=${clusterId}\nnode.id=1\ndirectory.id=${directoryId}\n`,
    );
    fixture.node.powerLoss();
    const again = fixture.boot();
    expect([again.clusterId, again.directoryId]).toEqual([clusterId, directoryId]);
    expect(fixture.refused({ nodeId: 2 })).toContain('of node 1, not of node 2');
    expect(fixture.refused({ clusterId: 'other' })).toContain('not of cluster other');
  });

  test('what is not Kafka stops the boot, all of it named, nothing touched', () => {
    const fixture = new Fixture();
    fixture.shutdown();
    fixture.node.crash();
    fixture.node.disk.poke('data/photo.jpg', new Uint8Array(3));
    fixture.node.run(fixture.node.runtime.makeDir('data/letters'));
    expect(fixture.refused()).toContain('letters/, photo.jpg');
    expect(fixture.text('photo.jpg')).toBeDefined();
    expect(fixture.text('.kafka_cleanshutdown')).toBeDefined();
  });
});

describe('shutdown and boot', () => {
  test('a clean shutdown says so, and the next boot takes the word back durably', () => {
    const fixture = new Fixture();
    const log = fixture.create('orders', 0);
    fixture.append(log, 3);
    fixture.shutdown();
    expect(fixture.text('.kafka_cleanshutdown')).toBe('{"version":0,"brokerEpoch":-1}');
    expect(fixture.text('recovery-point-offset-checkpoint')).toBe('0\n1\norders 0 3\n');
    expect(fixture.text('replication-offset-checkpoint')).toBe('0\n1\norders 0 3\n');
    fixture.node.powerLoss();
    const manager = fixture.boot();
    expect(manager.cleanShutdown).toBe(true);
    expect(manager.get('orders', 0)?.logEndOffset).toBe(3);
    expect(manager.get('orders', 0)?.topicId).toBe(topicId);
    expect(manager.checkpointedHighWatermark('orders', 0)).toBe(3);
    fixture.node.powerLoss();
    expect(fixture.boot().cleanShutdown).toBe(false);
    expect(fixture.manager.get('orders', 0)?.logEndOffset).toBe(3);
  });

  test('a log that cannot be flushed leaves no clean-shutdown file', () => {
    const fixture = new Fixture();
    fixture.append(fixture.create('orders', 0));
    fixture.node.disk.fault = (operation) =>
      operation === 'sync' ? { kind: 'io', detail: 'fsync failed' } : undefined;
    expect(fixture.node.run(fixture.manager.shutdown(-1)).ok).toBe(false);
    expect(fixture.text('.kafka_cleanshutdown')).toBeUndefined();
    expect(fixture.failures).toEqual(['fsync failed']);
  });

  test('damaged checkpoints promise nothing and stop nothing', () => {
    const fixture = new Fixture();
    fixture.append(fixture.create('orders', 0), 3);
    fixture.shutdown();
    fixture.node.crash();
    fixture.node.disk.unlink('data/.kafka_cleanshutdown');
    fixture.node.disk.poke('data/recovery-point-offset-checkpoint', utf8('0\n2\norders 0 99\n'));
    expect(fixture.boot().get('orders', 0)?.logEndOffset).toBe(3);
    expect(fixture.text('recovery-point-offset-checkpoint')).toBe('0\n1\norders 0 0\n');
  });
});

describe('a partition', () => {
  test('once made it survives a power loss', () => {
    const fixture = new Fixture();
    fixture.create('orders', 0);
    fixture.create('a.b_c-d', 12);
    fixture.node.powerLoss();
    const names = fixture
      .boot()
      .all()
      .map(({ directory }) => directory);
    expect(names).toEqual(['data/a.b_c-d-12', 'data/orders-0']);
  });

  test('deleted it is gone at once, its files after the delay, and a new one of its name begins at 0', () => {
    const fixture = new Fixture();
    fixture.append(fixture.create('orders', 0), 4);
    expect(fixture.node.run(fixture.manager.deleteLog('orders', 0)).ok).toBe(true);
    expect(fixture.manager.get('orders', 0)).toBeUndefined();
    expect(fixture.text('recovery-point-offset-checkpoint')).toBe('0\n0\n');
    const listed = () => {
      const list = fixture.node.run(fixture.node.runtime.list('data'));
      return list.ok ? list.value.map(({ name }) => name).filter((name) => name.startsWith('orders')) : [];
    };
    expect(listed()).toEqual([expect.stringMatching(/^orders-0\.[0-9a-f]{32}-delete$/)]);
    expect(fixture.create('orders', 0).logEndOffset).toBe(0);
    fixture.node.advance(60_000);
    expect(listed()).toEqual(['orders-0']);
  });

  test('a deletion that a crash interrupted is finished at the next boot', () => {
    const fixture = new Fixture();
    fixture.create('orders', 0);
    fixture.node.run(fixture.manager.deleteLog('orders', 0));
    fixture.node.powerLoss();
    expect(fixture.boot().all()).toEqual([]);
    const list = fixture.node.run(fixture.node.runtime.list('data'));
    expect(list.ok && list.value.filter(({ kind }) => kind === 'directory')).toEqual([]);
  });
});

describe('periodic work', () => {
  test('checkpoints, retention and flush.ms come by themselves', () => {
    const fixture = new Fixture();
    fixture.config = { ...defaultLogConfig, flushMs: 1000, retentionMs: 200_000 };
    fixture.node.powerLoss();
    fixture.boot({ flushCheckIntervalMs: 500 });
    const log = fixture.create('orders', 0);
    fixture.manager.start();
    fixture.append(log, 2);
    fixture.node.advance(500);
    expect(log.recoveryPoint).toBe(0);
    fixture.node.advance(1000);
    expect(log.recoveryPoint).toBe(2);
    fixture.node.advance(5000);
    expect(fixture.text('replication-offset-checkpoint')).toBe('0\n1\norders 0 2\n');
    fixture.node.advance(60_000);
    expect(fixture.text('recovery-point-offset-checkpoint')).toBe('0\n1\norders 0 2\n');
    fixture.node.advance(600_000);
    expect(log.logStartOffset).toBe(2);
    expect(fixture.text('log-start-offset-checkpoint')).toBe('0\n1\norders 0 2\n');
    expect(fixture.failures).toEqual([]);
  });

  test('a failing disk is told once', () => {
    const fixture = new Fixture();
    const log = fixture.create('orders', 0);
    fixture.manager.start();
    fixture.node.disk.fault = () => ({ kind: 'io', detail: 'gone' });
    fixture.append(log, 3);
    fixture.node.advance(600_000);
    expect(fixture.failures).toEqual(['gone']);
  });
});

describe('a shutdown', () => {
  test('in the middle of periodic work is clean, and nothing of that work is left', () => {
    const fixture = new Fixture();
    fixture.boot({ retentionCheckIntervalMs: 1 });
    fixture.config = { ...defaultLogConfig, segmentBytes: makeBatch().length, retentionMs: 1000 };
    const logs = [fixture.create('a', 0), fixture.create('b', 0)];
    for (const log of logs) fixture.append(log, 3);
    fixture.manager.start();
    fixture.node.beginAdvance(300_000);
    expect(fixture.node.disk.waiting).toBeGreaterThan(0);
    // Retention ends on the way, and would begin again at once, among logs that are closed.
    const shutdown = fixture.node.runtime.tasks.spawn('shutdown', fixture.manager.shutdown(-1));
    while (!shutdown.settled) {
      fixture.node.disk.step();
      fixture.node.beginAdvance(1);
    }
    expect(fixture.failures).toEqual([]);
    expect(fixture.text('.kafka_cleanshutdown')).toBeDefined();
    const checkpoint = fixture.text('recovery-point-offset-checkpoint');
    fixture.node.advance(3_600_000);
    expect([fixture.text('recovery-point-offset-checkpoint'), fixture.failures]).toEqual([checkpoint, []]);
  });

  test('is not clean when the log directory had failed before', () => {
    const fixture = new Fixture();
    fixture.manager.start();
    fixture.node.disk.fault = () => ({ kind: 'io', detail: 'broken' });
    fixture.node.advance(5000);
    fixture.node.disk.fault = undefined;
    expect(fixture.failures).toEqual(['broken']);
    expect(fixture.node.run(fixture.manager.shutdown(-1)).ok).toBe(false);
    expect(fixture.text('.kafka_cleanshutdown')).toBeUndefined();
  });

  test('keeps the checkpointed high watermark of a partition that nobody took up', () => {
    const fixture = new Fixture();
    fixture.append(fixture.create('a', 0), 3);
    fixture.shutdown();
    fixture.node.crash();
    fixture.boot({ highWatermarkOf: () => undefined });
    fixture.shutdown();
    expect(fixture.text('replication-offset-checkpoint')).toContain('a 0 3');
  });
});

describe('a boot in two parts', () => {
  test('opens what is wanted first, and forgets no recovery point of the rest', () => {
    const fixture = new Fixture();
    fixture.append(fixture.create('first', 0), 2);
    fixture.append(fixture.create('second', 0), 3);
    fixture.shutdown();
    const checkpoint = fixture.text('recovery-point-offset-checkpoint');
    fixture.node.crash();
    const asked: string[] = [];
    const configOf = (topic: string) => {
      asked.push(topic);
      return fixture.config;
    };
    const manager = fixture.make({ configOf });
    expect(fixture.node.run(manager.load((topic) => topic === 'first')).ok).toBe(true);
    expect([asked, manager.all().map(({ topic }) => topic)]).toEqual([['first'], ['first']]);
    expect(fixture.text('recovery-point-offset-checkpoint')).toBe(checkpoint);
    expect(fixture.node.run(manager.loadRest()).ok).toBe(true);
    expect(asked).toEqual(['first', 'second']);
    expect(manager.get('second', 0)?.logEndOffset).toBe(3);
    expect(fixture.text('recovery-point-offset-checkpoint')).toBe(checkpoint);
  });
});
