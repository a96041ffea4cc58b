// Topics and configuration, changed and described.

import { describe, expect, test } from 'vitest';
import { present } from '../../base/assert.ts';
import { ask, eachVersion, withTopics } from '../../testing/ask-handler.ts';
import { type Fixture, startController } from '../../testing/controller-fixture.ts';
import { alterConfigsHandler } from './alter-configs.ts';
import { createPartitionsHandler } from './create-partitions.ts';
import { createTopicsHandler } from './create-topics.ts';
import { deleteTopicsHandler } from './delete-topics.ts';
import { describeConfigsHandler } from './describe-configs.ts';
import { incrementalAlterConfigsHandler } from './incremental-alter-configs.ts';

const noId = 'AAAAAAAAAAAAAAAAAAAAAA';

describe('topics', () => {
  test('created, grown and deleted in every version', () => {
    const fixture = startController();
    eachVersion(createTopicsHandler, (version) => {
      const topic = {
        name: `t${version}`,
        numPartitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: [],
      };
      const { topics } = ask(fixture, createTopicsHandler, version, { topics: [topic] });
      expect(topics[0]).toMatchObject({
        name: `t${version}`,
        errorCode: 0,
        numPartitions: version < 5 ? -1 : 1,
      });
      expect(topics[0]?.topicId === noId).toBe(version < 7);
      expect(topics[0]?.configs?.length === 0).toBe(version < 5);
    });
    eachVersion(createPartitionsHandler, (version) => {
      const topics = [{ name: 't2', count: 2 + version, assignments: null }];
      const { results } = ask(fixture, createPartitionsHandler, version, {
        topics,
        timeoutMs: 1,
        validateOnly: false,
      });
      expect(results).toEqual([{ name: 't2', errorCode: 0, errorMessage: null }]);
    });
    eachVersion(deleteTopicsHandler, (version) => {
      const draft =
        version >= 6 ? { topics: [{ name: 't2', topicId: noId }] } : { topicNames: ['t2'], topics: [] };
      const { responses } = ask(fixture, deleteTopicsHandler, version, {
        topicNames: [],
        ...draft,
        timeoutMs: 1,
      });
      expect(responses.map((one) => [one.name, one.errorCode])).toEqual([['t2', version === 1 ? 0 : 3]]);
    });
  });

  test('deletion may be switched off', () => {
    const fixture = startController({ 'delete.topic.enable': 'false' });
    const codes = [2, 3].map((version) => {
      const draft = { topics: [], topicNames: ['a'], timeoutMs: 1 };
      return ask(fixture, deleteTopicsHandler, version, draft).responses[0]?.errorCode;
    });
    expect(codes).toEqual([42, 73]);
  });

  test('a failed metadata log is told for each item', () => {
    const fixture = withTopics('a');
    fixture.log.broken = 'gone';
    const topic = { name: 'x', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
    expect(ask(fixture, createTopicsHandler, 7, { topics: [topic] }).topics[0]?.errorCode).toBe(56);
    const draft = { topics: [{ name: 'a', topicId: noId }], topicNames: [], timeoutMs: 1 };
    expect(ask(fixture, deleteTopicsHandler, 6, draft).responses[0]?.errorCode).toBe(56);
    const resources = [{ resourceType: 2, resourceName: 'a', configs: [] }];
    expect(
      ask(fixture, alterConfigsHandler, 2, { resources, validateOnly: false }).responses[0]?.errorCode,
    ).toBe(56);
  });
});

describe('configuration', () => {
  const describeOne = (
    fixture: Fixture,
    resourceType: number,
    resourceName: string,
    configurationKeys: string[] | null,
    version = 4,
  ) =>
    present(
      ask(fixture, describeConfigsHandler, version, {
        resources: [{ resourceType, resourceName, configurationKeys }],
        includeSynonyms: true,
        includeDocumentation: version >= 3,
      }).results[0],
      'result',
    );

  test('altered, described with source and synonyms, in every version', () => {
    const fixture = withTopics('a');
    const configs = [{ name: 'retention.ms', configOperation: 0, value: '5' }];
    const resources = [{ resourceType: 2, resourceName: 'a', configs }];
    eachVersion(incrementalAlterConfigsHandler, (version) => {
      const { responses } = ask(fixture, incrementalAlterConfigsHandler, version, {
        resources,
        validateOnly: false,
      });
      expect(responses).toEqual([{ errorCode: 0, errorMessage: null, resourceType: 2, resourceName: 'a' }]);
    });
    eachVersion(describeConfigsHandler, (version) => {
      const { configs } = describeOne(fixture, 2, 'a', ['retention.ms'], version);
      expect(configs).toHaveLength(1);
      expect(configs[0]).toMatchObject({ value: '5', configSource: 1, readOnly: false, isSensitive: false });
      expect(configs[0]?.configType).toBe(version < 3 ? 0 : 5);
      expect(configs[0]?.synonyms).toEqual([
        { name: 'retention.ms', value: '5', source: 1 },
        { name: 'log.retention.hours', value: '168', source: 5 },
      ]);
    });
    eachVersion(alterConfigsHandler, (version) => {
      const emptied = [{ resourceType: 2, resourceName: 'a', configs: [] }];
      const { responses } = ask(fixture, alterConfigsHandler, version, {
        resources: emptied,
        validateOnly: false,
      });
      expect(responses[0]?.errorCode).toBe(0);
    });
    expect(describeOne(fixture, 2, 'a', ['retention.ms']).configs[0]).toMatchObject({
      value: '604800000',
      configSource: 5,
    });
  });

  test('no keys, or an empty list of them, is everything', () => {
    const fixture = withTopics('a');
    const all = describeOne(fixture, 2, 'a', null).configs.map((config) => config.name);
    expect(all).toEqual([...all].sort());
    expect(all).toContain('segment.bytes');
    expect(describeOne(fixture, 2, 'a', []).configs).toHaveLength(all.length);
    expect(describeOne(fixture, 2, 'a', ['nothing']).configs).toEqual([]);
  });

  test('this broker, and the cluster-wide default', () => {
    const fixture = startController({ 'num.partitions': '4' });
    const partitions = describeOne(fixture, 4, '1', ['num.partitions']).configs[0];
    expect(partitions).toMatchObject({ value: '4', configSource: 4, readOnly: true });
    // What every cluster with eligible leader replicas begins with.
    expect(describeOne(fixture, 4, '', null).configs).toMatchObject([
      { name: 'min.insync.replicas', value: '1' },
    ]);
    const configs = [{ name: 'message.max.bytes', configOperation: 0, value: '77' }];
    const resources = [{ resourceType: 4, resourceName: '', configs }];
    ask(fixture, incrementalAlterConfigsHandler, 1, { resources, validateOnly: false });
    expect(describeOne(fixture, 4, '', null).configs).toMatchObject([
      {
        name: 'message.max.bytes',
        value: '77',
        configSource: 3,
        readOnly: false,
        // Of this layer alone, as in Kafka.
        synonyms: [{ name: 'message.max.bytes', value: '77', source: 3 }],
      },
      { name: 'min.insync.replicas' },
    ]);
    expect(describeOne(fixture, 4, '1', ['message.max.bytes']).configs[0]).toMatchObject({
      value: '77',
      configSource: 3,
    });
  });

  test('a list that is not set begins with the default of all, not with that of this node or cluster', () => {
    const fixture = startController({ 'log.cleanup.policy': 'compact' });
    const alter = (resourceType: number, resourceName: string, configOperation: number, value: string) => {
      const name = resourceType === 2 ? 'cleanup.policy' : 'log.cleanup.policy';
      const resources = [{ resourceType, resourceName, configs: [{ name, configOperation, value }] }];
      ask(fixture, incrementalAlterConfigsHandler, 1, { resources, validateOnly: false });
      return describeOne(fixture, resourceType, resourceName, [name]).configs[0]?.value;
    };
    const [append, subtract] = [2, 3];
    const topic = { name: 'a', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
    fixture.run(fixture.controller.createTopics({ topics: [topic], validateOnly: false }));
    expect(alter(2, 'a', append, 'delete')).toBe('delete');
    expect(alter(2, 'a', append, 'compact')).toBe('delete,compact');
    expect(alter(2, 'a', subtract, 'delete')).toBe('compact');
    expect(alter(4, '', append, 'compact')).toBe('delete,compact');
    expect(alter(4, '1', subtract, 'delete')).toBe('');
  });

  test.each([
    [2, 'nobody', 3],
    [2, 'no body', 17],
    [4, '2', 42],
    [4, 'x', 42],
    [8, '1', 42],
    [32, 'g', 42],
  ])('resource type %i name %o is error %i', (type, name, code) => {
    const result = describeOne(startController(), type, name, null);
    expect(result).toMatchObject({ errorCode: code, configs: [], resourceName: name });
    expect(result.errorMessage).not.toBe('');
  });
});

describe('long words', () => {
  const long = 'x'.repeat(32_767);

  test('a name as long as a classic string may be comes back with a message that fits', () => {
    const topic = {
      name: `!${long.slice(1)}`,
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [],
    };
    const created = ask(startController(), createTopicsHandler, 2, { topics: [topic] });
    expect(created.topics[0]?.errorCode).toBe(17);
    expect(created.topics[0]?.errorMessage?.length).toBeLessThan(3000);
  });

  test('a value of many characters is refused before it is stored', () => {
    const fixture = withTopics('a');
    for (const value of [long, `5${' '.repeat(5000)}`, `0.5${'0'.repeat(5000)}`]) {
      const configs = [{ name: 'min.cleanable.dirty.ratio', configOperation: 0, value }];
      const resources = [{ resourceType: 2, resourceName: 'a', configs }];
      const { responses } = ask(fixture, incrementalAlterConfigsHandler, 0, {
        resources,
        validateOnly: false,
      });
      expect(responses[0]?.errorCode).toBe(40);
    }
  });

  test('an unknown name of many characters is refused with a message that fits', () => {
    const resources = [{ resourceType: 2, resourceName: 'a', configs: [{ name: long, value: '1' }] }];
    const { responses } = ask(withTopics('a'), alterConfigsHandler, 0, { resources, validateOnly: false });
    expect(responses[0]?.errorCode).toBe(40);
  });
});
