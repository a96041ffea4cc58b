import { describe, expect, test } from 'vitest';
import { brokerProperties, brokerProperty, brokerPropertyNames } from './broker-properties.ts';
import { BrokerConfig } from './config.ts';
import { configSource } from './layers.ts';
import { acceptValue, defaultValue, parseValue } from './property.ts';
import { brokerSynonyms, topicProperties, topicPropertyNames } from './topic-properties.ts';

const longMax = '9223372036854775807';

function parse(entries: Record<string, string> = {}): BrokerConfig {
  const parsed = BrokerConfig.parse(new Map(Object.entries(entries)));
  if (!parsed.ok) throw new Error(parsed.error.join('; '));
  return parsed.value;
}

function problems(entries: Record<string, string>): string[] {
  const parsed = BrokerConfig.parse(new Map(Object.entries(entries)));
  return parsed.ok ? [] : parsed.error;
}

/** Section 6 of the reference: name, default, broker properties that stand in. */
const topicDefaults: readonly (readonly [string, string, ...string[]])[] = [
  ['cleanup.policy', 'delete', 'log.cleanup.policy'],
  ['compression.type', 'producer', 'compression.type'],
  ['delete.retention.ms', '86400000', 'log.cleaner.delete.retention.ms'],
  ['file.delete.delay.ms', '60000', 'log.segment.delete.delay.ms'],
  ['flush.messages', longMax, 'log.flush.interval.messages'],
  ['flush.ms', longMax, 'log.flush.interval.ms', 'log.flush.scheduler.interval.ms'],
  ['index.interval.bytes', '4096', 'log.index.interval.bytes'],
  ['max.compaction.lag.ms', longMax, 'log.cleaner.max.compaction.lag.ms'],
  ['max.message.bytes', '1048588', 'message.max.bytes'],
  ['message.timestamp.type', 'CreateTime', 'log.message.timestamp.type'],
  ['message.timestamp.before.max.ms', longMax, 'log.message.timestamp.before.max.ms'],
  ['message.timestamp.after.max.ms', '3600000', 'log.message.timestamp.after.max.ms'],
  ['min.cleanable.dirty.ratio', '0.5', 'log.cleaner.min.cleanable.ratio'],
  ['min.compaction.lag.ms', '0', 'log.cleaner.min.compaction.lag.ms'],
  ['min.insync.replicas', '1', 'min.insync.replicas'],
  ['preallocate', 'false', 'log.preallocate'],
  ['retention.bytes', '-1', 'log.retention.bytes'],
  ['retention.ms', '604800000', 'log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
  ['segment.bytes', '1073741824', 'log.segment.bytes'],
  ['segment.index.bytes', '10485760', 'log.index.size.max.bytes'],
  ['segment.ms', '604800000', 'log.roll.ms', 'log.roll.hours'],
  ['segment.jitter.ms', '0', 'log.roll.jitter.ms', 'log.roll.jitter.hours'],
  ['unclean.leader.election.enable', 'false', 'unclean.leader.election.enable'],
  ['remote.storage.enable', 'false'],
  ['local.retention.ms', '-2'],
  ['local.retention.bytes', '-2'],
  ['remote.log.copy.disable', 'false'],
  ['remote.log.delete.on.disable', 'false'],
  ['compression.gzip.level', '-1', 'compression.gzip.level'],
  ['compression.lz4.level', '9', 'compression.lz4.level'],
  ['compression.zstd.level', '3', 'compression.zstd.level'],
];

const brokerDefaults: readonly (readonly [string, string])[] = [
  ['num.partitions', '1'],
  ['default.replication.factor', '1'],
  ['auto.create.topics.enable', 'true'],
  ['delete.topic.enable', 'true'],
  ['replica.lag.time.max.ms', '30000'],
  ['replica.fetch.max.bytes', '1048576'],
  ['replica.fetch.response.max.bytes', '10485760'],
  ['replica.fetch.wait.max.ms', '500'],
  ['replica.fetch.min.bytes', '1'],
  ['replica.fetch.backoff.ms', '1000'],
  ['fetch.max.bytes', '57671680'],
  ['message.max.bytes', '1048588'],
  ['socket.request.max.bytes', '104857600'],
  ['request.timeout.ms', '30000'],
  ['connections.max.idle.ms', '600000'],
  ['num.network.threads', '3'],
  ['num.io.threads', '8'],
  ['queued.max.requests', '500'],
  ['log.retention.check.interval.ms', '300000'],
  ['log.flush.offset.checkpoint.interval.ms', '60000'],
  ['log.flush.start.offset.checkpoint.interval.ms', '60000'],
  ['replica.high.watermark.checkpoint.interval.ms', '5000'],
  ['num.recovery.threads.per.data.dir', '2'],
  ['log.initial.task.delay.ms', '30000'],
  ['max.request.partition.size.limit', '2000'],
  ['broker.heartbeat.interval.ms', '2000'],
  ['broker.session.timeout.ms', '9000'],
  ['leader.imbalance.check.interval.seconds', '300'],
  ['offsets.topic.num.partitions', '50'],
  ['offsets.topic.replication.factor', '3'],
  ['offsets.topic.segment.bytes', '104857600'],
  ['transaction.state.log.num.partitions', '50'],
  ['transaction.state.log.replication.factor', '3'],
  ['transaction.state.log.min.isr', '2'],
  ['share.coordinator.state.topic.num.partitions', '50'],
  ['share.coordinator.state.topic.replication.factor', '3'],
  ['share.coordinator.state.topic.min.isr', '2'],
  ['group.min.session.timeout.ms', '6000'],
  ['group.max.session.timeout.ms', '1800000'],
  ['group.initial.rebalance.delay.ms', '3000'],
  ['transaction.max.timeout.ms', '900000'],
  ['transactional.id.expiration.ms', '604800000'],
  ['producer.id.expiration.ms', '86400000'],
  ['quota.window.num', '11'],
  ['quota.window.size.seconds', '1'],
  ['log.retention.hours', '168'],
  ['log.roll.hours', '168'],
];

describe('the tables', () => {
  test.each(topicDefaults)('topic %s has the default %s', (name, usual, ...synonyms) => {
    const entries = parse().topic(new Map()).entries();
    expect(entries.find((entry) => entry.name === name)?.value).toBe(usual);
    const listed = brokerSynonyms[name as keyof typeof topicProperties] ?? [];
    expect(listed.map((synonym) => synonym.name)).toEqual(synonyms);
  });

  test.each(brokerDefaults)('broker %s has the default %s', (name, usual) => {
    expect(brokerProperty(name)?.defaultText).toBe(usual);
  });

  test('every default is a value that its own row accepts', () => {
    for (const name of topicPropertyNames()) {
      const property = topicProperties[name];
      if (property.defaultText !== null) {
        expect(acceptValue(name, property, property.defaultText)).toMatchObject({ ok: true });
      }
    }
    for (const name of brokerPropertyNames()) {
      const property = brokerProperties[name];
      if (property.defaultText !== null) {
        expect(acceptValue(name, property, property.defaultText)).toMatchObject({ ok: true });
      }
    }
  });

  test('every stand-in exists and gives the same default', () => {
    for (const name of topicPropertyNames()) {
      const synonyms = brokerSynonyms[name];
      if (synonyms === undefined) continue;
      for (const synonym of synonyms) expect(brokerProperty(synonym.name), synonym.name).toBeDefined();
      expect(parse().topic(new Map()).get(name), name).toEqual(defaultValue(topicProperties[name]));
    }
  });
});

describe('values', () => {
  test('Long.MAX_VALUE is Infinity, one less is not', () => {
    const property = topicProperties['flush.ms'];
    expect(parseValue(property, longMax)).toEqual({ ok: true, value: Number.POSITIVE_INFINITY });
    expect(parseValue(property, '9223372036854775806')).toMatchObject({ value: 2 ** 63 });
    expect(parseValue(property, '9223372036854775808').ok).toBe(false);
  });

  test.each([
    ['num.partitions', '0'],
    ['num.partitions', '1.5'],
    ['num.partitions', '2147483648'],
    ['num.partitions', ''],
    ['delete.topic.enable', 'yes'],
    ['offsets.topic.replication.factor', '32768'],
    ['log.cleaner.min.cleanable.ratio', '1.1'],
    ['log.cleaner.min.cleanable.ratio', 'half'],
    ['log.cleanup.policy', 'delete,shred'],
    ['log.message.timestamp.type', 'createtime'],
    ['log.segment.bytes', '1048575'],
    ['log.roll.hours', '0'],
    ['log.dirs', '/a,/b'],
    ['compression.type', 'brotli'],
  ])('%s=%s is refused by name', (name, value) => {
    const found = problems({ [name]: value });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(name);
  });

  test.each([
    ['compression.type', 'gzip'],
    ['log.preallocate', 'true'],
    ['authorizer.class.name', 'a.b.C'],
    ['max.connections.per.ip', '5'],
    ['offsets.topic.compression.codec', '1'],
  ])('%s=%s is known, not built, and refused with the reason', (name, value) => {
    expect(problems({ [name]: value })).toEqual([
      expect.stringMatching(`^${name}=${value} is not supported: .+`),
    ]);
  });

  test('an unknown name is a warning', () => {
    expect(parse({ 'num.cats': '3' }).warnings).toEqual([expect.stringContaining('num.cats')]);
  });

  test('all problems are told at once', () => {
    expect(problems({ 'num.partitions': '0', 'log.roll.hours': '0', listeners: 'nowhere' })).toHaveLength(3);
  });

  test('typed values', () => {
    const config = parse({
      'num.partitions': ' 7 ',
      'auto.create.topics.enable': 'FALSE',
      'log.cleanup.policy': 'compact, delete',
    });
    expect(config.get('num.partitions')).toBe(7);
    expect(config.get('auto.create.topics.enable')).toBe(false);
    expect(config.get('log.cleanup.policy')).toEqual(['compact', 'delete']);
    expect(config.get('log.flush.interval.messages')).toBe(Number.POSITIVE_INFINITY);
    expect(config.get('log.retention.ms')).toBeNull();
  });
});

describe('a broker of its own', () => {
  test('takes the kind of file that Kafka ships for KRaft', () => {
    const config = parse({
      'process.roles': 'broker,controller',
      'node.id': '4',
      'controller.quorum.voters': '4@localhost:9093',
      listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      'inter.broker.listener.name': 'PLAINTEXT',
      'advertised.listeners': 'PLAINTEXT://localhost:9192,CONTROLLER://localhost:9093',
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL',
      'num.network.threads': '3',
      'socket.send.buffer.bytes': '102400',
      'log.dirs': '/tmp/kraft-combined-logs',
      'log.retention.hours': '24',
    });
    expect(config.listener).toEqual({ name: 'PLAINTEXT', host: '', port: 9092 });
    expect(config.advertisedListener).toEqual({ name: 'PLAINTEXT', host: 'localhost', port: 9192 });
    expect(config.logDirectory).toBe('/tmp/kraft-combined-logs');
    expect(config.warnings).toEqual([]);
    expect(config.get('node.id')).toBe(4);
  });

  test('a node of a cluster: a broker, a controller, or both', () => {
    const cluster = {
      'controller.quorum.voters': '102@c2:9093,101@c1:9093',
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    };
    const broker = parse({
      ...cluster,
      'node.id': '1',
      'process.roles': 'broker',
      listeners: 'PLAINTEXT://b:9092',
    });
    expect(broker.roles).toEqual({ broker: true, controller: false });
    expect(broker.voters).toEqual([
      { id: 101, host: 'c1', port: 9093 },
      { id: 102, host: 'c2', port: 9093 },
    ]);
    expect(broker.controllerListener).toBeUndefined();
    const controller = parse({
      ...cluster,
      'node.id': '101',
      'process.roles': 'controller',
      listeners: 'CONTROLLER://c1:9093',
    });
    expect(controller.roles).toEqual({ broker: false, controller: true });
    expect(controller.controllerListener).toEqual({ name: 'CONTROLLER', host: 'c1', port: 9093 });
    expect(() => controller.listener).toThrow();
  });

  test('broker.id is node.id under another name, and they must agree', () => {
    expect(parse({ 'broker.id': '3' }).get('node.id')).toBe(3);
    expect(problems({ 'broker.id': '3', 'node.id': '4' })[0]).toContain('must be the same');
  });

  test.each([
    [
      { listeners: 'A://h:1,B://h:2', 'listener.security.protocol.map': 'A:PLAINTEXT,B:PLAINTEXT' },
      'exactly one',
    ],
    [{ listeners: 'SSL://h:1' }, 'SSL'],
    [{ listeners: 'MINE://h:1' }, 'MINE'],
    [{ listeners: 'PLAINTEXT://h:65536' }, 'NAME://host:port'],
    [{ 'advertised.listeners': 'OTHER://h:1' }, 'OTHER'],
    [{ 'advertised.listeners': 'PLAINTEXT://0.0.0.0:1' }, '0.0.0.0'],
    [{ listeners: 'PLAINTEXT://0.0.0.0:1' }, 'advertised.listeners'],
    [{ 'controller.quorum.voters': '9@h:1' }, 'controller.quorum.voters'],
    [{ 'controller.quorum.voters': '1@h:1,2@h:2' }, 'controller.listener.names'],
    [{ 'controller.quorum.voters': '1@h' }, 'id@host:port'],
    [{ 'controller.quorum.voters': '1@h:1,1@h:2' }, 'twice'],
    [{ 'process.roles': 'broker' }, 'controller.quorum.voters'],
    [{ 'process.roles': 'broker', 'controller.quorum.voters': '1@h:1' }, 'process.roles'],
    [{ 'process.roles': 'janitor' }, 'janitor'],
    [
      {
        'process.roles': 'broker',
        'controller.quorum.voters': '9@h:1',
        listeners: 'PLAINTEXT://h:2,CONTROLLER://h:1',
        'controller.listener.names': 'CONTROLLER',
      },
      'no controller',
    ],
    [{ 'group.min.session.timeout.ms': '10', 'group.max.session.timeout.ms': '9' }, 'group.min'],
  ])('%o is refused', (entries, word) => {
    expect(problems(entries as Record<string, string>).join()).toContain(word);
  });

  test('IPv6 hosts lose their brackets', () => {
    expect(parse({ listeners: 'PLAINTEXT://[::1]:9092' }).listener.host).toBe('::1');
  });
});

describe('layers', () => {
  const synonyms = (config: BrokerConfig, topicName: string, overrides: Record<string, string> = {}) =>
    config
      .topic(new Map(Object.entries(overrides)))
      .entries()
      .find((entry) => entry.name === topicName)?.synonyms;

  test('hours, minutes and milliseconds: the smallest unit wins', () => {
    const hours = { 'log.retention.hours': '2' };
    expect(parse(hours).topic(new Map()).get('retention.ms')).toBe(7_200_000);
    const minutes = { ...hours, 'log.retention.minutes': '3' };
    expect(parse(minutes).topic(new Map()).get('retention.ms')).toBe(180_000);
    const ms = { ...minutes, 'log.retention.ms': '4' };
    expect(parse(ms).topic(new Map()).get('retention.ms')).toBe(4);
    expect(parse({ 'log.retention.hours': '-1' }).topic(new Map()).get('retention.ms')).toBe(-1);
  });

  test('topic, dynamic broker, dynamic default, static, default: in this order', () => {
    const config = parse({ 'log.segment.bytes': '2097152' }).withDynamic(
      new Map([['log.segment.bytes', '3145728']]),
      new Map([['log.segment.bytes', '4194304']]),
    );
    expect(config.topic(new Map()).get('segment.bytes')).toBe(4_194_304);
    expect(synonyms(config, 'segment.bytes', { 'segment.bytes': '5242880' })).toEqual([
      { name: 'segment.bytes', value: '5242880', source: configSource.topic },
      { name: 'log.segment.bytes', value: '4194304', source: configSource.dynamicBroker },
      { name: 'log.segment.bytes', value: '3145728', source: configSource.dynamicDefault },
      { name: 'log.segment.bytes', value: '2097152', source: configSource.staticBroker },
      { name: 'log.segment.bytes', value: '1073741824', source: configSource.default },
    ]);
  });

  test('synonyms keep their own units', () => {
    expect(synonyms(parse({ 'log.retention.minutes': '3' }), 'retention.ms')).toEqual([
      { name: 'log.retention.minutes', value: '3', source: configSource.staticBroker },
      { name: 'log.retention.hours', value: '168', source: configSource.default },
    ]);
  });

  test('a dynamic value that this broker cannot take is left out with a warning', () => {
    const config = parse().withDynamic(new Map([['log.segment.bytes', '1']]), new Map([['what', 'ever']]));
    expect(config.get('log.segment.bytes')).toBe(1_073_741_824);
    expect(config.warnings).toHaveLength(2);
  });

  test('internal properties show when they are set', () => {
    const names = (config: BrokerConfig, overrides: Record<string, string>) =>
      config
        .topic(new Map(Object.entries(overrides)))
        .entries()
        .map((entry) => entry.name);
    expect(names(parse(), {})).not.toContain('internal.segment.bytes');
    expect(names(parse(), { 'internal.segment.bytes': '100' })).toContain('internal.segment.bytes');
    expect(
      parse()
        .topic(new Map([['internal.segment.bytes', '100']]))
        .segmentBytes(),
    ).toBe(100);
  });

  test('passwords never leave', () => {
    const entry = parse()
      .entries()
      .find(({ name }) => name === 'ssl.keystore.password');
    expect(entry).toMatchObject({ value: null, sensitive: true });
    expect(problems({ 'ssl.keystore.password': 'secret' }).join()).not.toContain('secret');
  });
});
