import { describe, expect, test } from 'vitest';
import { errorName } from '../errors.ts';
import { createIn, type Fixture, startController } from '../testing/controller-fixture.ts';

describe('configuration', () => {
  type Operation = [name: string, operation: number, value: string | null];
  const alter = (fixture: Fixture, type: number, name: string, ...operations: Operation[]) => {
    const configs = operations.map(([name, configOperation, value]) => ({ name, configOperation, value }));
    const resources = [{ resourceType: type, resourceName: name, configs }];
    const altered = fixture.run(
      fixture.controller.incrementalAlterConfigs({ resources, validateOnly: false }),
    );
    return altered.ok ? altered.value.map((one) => errorName(one.errorCode)) : [];
  };

  test.each<[string, number, string, Operation[], string]>([
    ['set', 2, 'a', [['retention.ms', 0, '5']], 'NONE'],
    ['delete what is not set', 2, 'a', [['retention.ms', 1, null]], 'NONE'],
    ['append to a list', 2, 'a', [['cleanup.policy', 2, 'compact']], 'NONE'],
    ['append to a number', 2, 'a', [['retention.ms', 2, '5']], 'INVALID_CONFIG'],
    ['a bad value', 2, 'a', [['retention.ms', 0, 'x']], 'INVALID_CONFIG'],
    ['an unknown name', 2, 'a', [['x', 0, '1']], 'INVALID_CONFIG'],
    ['null', 2, 'a', [['retention.ms', 0, null]], 'INVALID_REQUEST'],
    ['an unknown operation', 2, 'a', [['retention.ms', 4, '5']], 'INVALID_REQUEST'],
    [
      'the same key twice',
      2,
      'a',
      [
        ['retention.ms', 0, '5'],
        ['retention.ms', 0, '6'],
      ],
      'INVALID_REQUEST',
    ],
    ['an unknown topic', 2, 'b', [['retention.ms', 0, '5']], 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['an illegal topic', 2, 'b b', [['retention.ms', 0, '5']], 'INVALID_TOPIC_EXCEPTION'],
    ['no topic', 2, '', [['retention.ms', 0, '5']], 'INVALID_REQUEST'],
    ['this broker', 4, '1', [['log.segment.bytes', 0, '2000000']], 'NONE'],
    ['all brokers', 4, '', [['log.segment.bytes', 0, '2000000']], 'NONE'],
    ['another broker', 4, '2', [['log.segment.bytes', 0, '2000000']], 'INVALID_REQUEST'],
    ['a broker without a number', 4, 'x', [['log.segment.bytes', 0, '2000000']], 'INVALID_REQUEST'],
    ['a bad value of a broker', 4, '1', [['log.segment.bytes', 0, '1']], 'INVALID_REQUEST'],
    ['a fixed property', 4, '1', [['num.partitions', 0, '3']], 'INVALID_REQUEST'],
    ['a logger', 8, '1', [['root', 0, 'INFO']], 'INVALID_REQUEST'],
    ['a group', 32, 'g', [['consumer.session.timeout.ms', 0, '1']], 'INVALID_REQUEST'],
  ])('%s', (_what, type, name, operations, error) => {
    const fixture = startController();
    createIn(fixture, { name: 'a' });
    expect(alter(fixture, type, name, ...operations)).toEqual([error]);
    const untouched = fixture.controller.image.configs(type, name).size === 0;
    expect(untouched).toBe(error !== 'NONE' || operations[0]?.[1] === 1);
  });

  test('a resource changes as a whole or not at all', () => {
    const fixture = startController();
    createIn(fixture, { name: 'a' });
    expect(alter(fixture, 2, 'a', ['retention.ms', 0, '5'], ['segment.bytes', 0, '0'])).toEqual([
      'INVALID_CONFIG',
    ]);
    expect(fixture.view.topicConfig('a').overrides.size).toBe(0);
  });

  test('lists grow from what holds, and shrink', () => {
    const fixture = startController();
    createIn(fixture, { name: 'a' });
    const policy = () => fixture.view.topicConfig('a').get('cleanup.policy');
    alter(fixture, 2, 'a', ['cleanup.policy', 2, 'compact,delete']);
    expect(policy()).toEqual(['delete', 'compact']);
    alter(fixture, 2, 'a', ['cleanup.policy', 3, 'delete']);
    expect(policy()).toEqual(['compact']);
    alter(fixture, 2, 'a', ['cleanup.policy', 1, null]);
    expect(policy()).toEqual(['delete']);
  });

  test('AlterConfigs replaces the whole set', () => {
    const fixture = startController();
    createIn(fixture, { name: 'a' });
    alter(fixture, 2, 'a', ['retention.ms', 0, '5'], ['segment.ms', 0, '6']);
    const resources = [{ resourceType: 2, resourceName: 'a', configs: [{ name: 'segment.ms', value: '7' }] }];
    fixture.run(fixture.controller.alterConfigs({ resources, validateOnly: true }));
    expect([...fixture.view.topicConfig('a').overrides]).toHaveLength(2);
    fixture.run(fixture.controller.alterConfigs({ resources, validateOnly: false }));
    expect([...fixture.view.topicConfig('a').overrides]).toEqual([['segment.ms', '7']]);
  });

  test('a resource named twice is refused each time', () => {
    const fixture = startController();
    createIn(fixture, { name: 'a' });
    const one = { resourceType: 2, resourceName: 'a', configs: [{ name: 'segment.ms', value: '7' }] };
    const altered = fixture.run(
      fixture.controller.alterConfigs({ resources: [one, one], validateOnly: false }),
    );
    expect(altered.ok ? altered.value.map((each) => each.errorCode) : []).toEqual([42, 42]);
  });

  test('dynamic broker configuration moves the topics that do not set it', () => {
    const fixture = startController();
    createIn(fixture, { name: 'a' });
    expect(fixture.view.topicConfig('a').get('retention.ms')).toBe(604_800_000);
    alter(fixture, 4, '', ['log.retention.ms', 0, '5000']);
    expect(fixture.view.topicConfig('a').get('retention.ms')).toBe(5000);
    alter(fixture, 4, '1', ['log.retention.ms', 0, '6000']);
    expect(fixture.view.topicConfig('a').get('retention.ms')).toBe(6000);
    expect(fixture.view.brokerConfig.get('log.retention.ms')).toBe(6000);
    const again = startController({}, fixture.log);
    expect(again.view.topicConfig('a').get('retention.ms')).toBe(6000);
  });
});
