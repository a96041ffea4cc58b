// DescribeConfigs, AlterConfigs and IncrementalAlterConfigs: every property of a topic by name, default, type and
// source; and what is refused.

import { alterConfigs } from '../../protocol/apis/alter-configs.ts';
import { describeConfigs } from '../../protocol/apis/describe-configs.ts';
import { incrementalAlterConfigs } from '../../protocol/apis/incremental-alter-configs.ts';
import { topicOf } from './topics.ts';
import { type Values, type Witness, within } from './witness.ts';

const [topicType, brokerType] = [2, 4];
const set = 0;

interface Described {
  readonly results: readonly { errorCode: number; configs: readonly ({ name: string } & Values)[] }[];
}

export async function tellConfigs(of: Witness): Promise<void> {
  const topic = of.name('configured');
  await topicOf(of, topic, { configs: [{ name: 'retention.ms', value: '1000' }] });
  await tellProperties(of, 'topic', topicType, topic);
  await tellProperties(of, 'broker', brokerType, '1');
  await tellDescriptions(of, topic);
  await tellAlterations(of, topic);
  await tellIncrements(of, topic);
  await allHeard(of, topic);
  await tellProperties(of, 'topic, altered', topicType, topic);
}

/**
 * A broker answers with what it has heard from its controller, which may be a moment behind what was acknowledged:
 * changes are heard in their order, and this is the last.
 */
async function allHeard(of: Witness, topic: string): Promise<void> {
  const last = { name: 'flush.ms', configOperation: set, value: '7777' };
  const resource = { resourceType: topicType, resourceName: topic };
  await of.ask(incrementalAlterConfigs, 1, { resources: [{ ...resource, configs: [last] }] });
  await within(async () =>
    JSON.stringify(await described(of, topicType, topic, last.name)).includes(`"${last.value}"`),
  );
}

/** One property, with what lies under it; all of them without a key. */
export async function described(
  of: Witness,
  resourceType: number,
  resourceName: string,
  key: string | null,
): Promise<unknown> {
  return await of.ask(describeConfigs, 4, {
    resources: [{ resourceType, resourceName, configurationKeys: key === null ? null : [key] }],
    includeSynonyms: true,
  });
}

/** One line for each property. */
async function tellProperties(of: Witness, what: string, type: number, resourceName: string): Promise<void> {
  const answer = await described(of, type, resourceName, null);
  const [result] = (answer as Described).results;
  of.keep(`DescribeConfigs v4: ${what}`, { errorCode: result?.errorCode });
  for (const property of result?.configs ?? []) {
    of.keep(`DescribeConfigs v4: ${what}: ${property.name}`, property);
  }
}

async function tellDescriptions(of: Witness, topic: string): Promise<void> {
  const one = (resourceType: number, resourceName: string, configurationKeys: string[] | null = null) => ({
    resources: [{ resourceType, resourceName, configurationKeys }],
  });
  for (const version of [1, 2, 3, 4]) {
    const tell = (question: string, values: Values) => of.tell(question, describeConfigs, version, values);
    await tell('some keys', one(topicType, topic, ['retention.ms', 'nope', 'segment.bytes']));
    await tell('no keys', one(topicType, topic, []));
    await tell('some keys, with words', {
      ...one(topicType, topic, ['retention.ms']),
      includeSynonyms: true,
      includeDocumentation: version >= 3,
    });
    await tell('unknown topic', one(topicType, 'nowhere'));
    await tell('bad topic name', one(topicType, 'a/b'));
    await tell('no topic name', one(topicType, ''));
    await tell('unknown broker', one(brokerType, '99'));
    await tell('broker not a number', one(brokerType, 'x'));
    await tell('all brokers', one(brokerType, ''));
    await tell('unknown type', one(0, 'x'));
    await tell('strange type', one(77, 'x'));
    await tell('the same twice', {
      resources: [...one(topicType, topic, ['flush.ms']).resources, ...one(topicType, topic, []).resources],
    });
  }
}

async function tellAlterations(of: Witness, topic: string): Promise<void> {
  const one = (resourceType: number, resourceName: string, ...configs: [string, string | null][]) => ({
    resources: [{ resourceType, resourceName, configs: configs.map(([name, value]) => ({ name, value })) }],
  });
  const rows: readonly (readonly [string, Values])[] = [
    ['well', one(topicType, topic, ['retention.ms', '2000'])],
    ['unknown property', one(topicType, topic, ['nope', '1'])],
    ['bad value', one(topicType, topic, ['retention.ms', 'x'])],
    ['no value', one(topicType, topic, ['retention.ms', null])],
    ['one property twice', one(topicType, topic, ['retention.ms', '1'], ['retention.ms', '2'])],
    ['unknown topic', one(topicType, 'nowhere', ['retention.ms', '1'])],
    ['bad topic name', one(topicType, 'a/b', ['retention.ms', '1'])],
    ['no topic name', one(topicType, '', ['retention.ms', '1'])],
    ['unknown broker', one(brokerType, '99', ['log.retention.ms', '1'])],
    ['broker not a number', one(brokerType, 'x', ['log.retention.ms', '1'])],
    ['unknown type', one(0, 'x', ['retention.ms', '1'])],
    ['strange type', one(77, 'x', ['retention.ms', '1'])],
    ['nothing', { resources: [] }],
  ];
  for (const [question, values] of rows) {
    for (const version of [0, 1, 2]) {
      await of.tell(question, alterConfigs, version, { ...values, validateOnly: true });
    }
  }
  const twice = [...one(topicType, topic).resources, ...one(topicType, topic).resources];
  of.tellAside('one topic twice', alterConfigs, 2, { resources: twice, validateOnly: true });
}

async function tellIncrements(of: Witness, topic: string): Promise<void> {
  type Change = [name: string, configOperation: number, value: string | null];
  const one = (resourceType: number, resourceName: string, ...changes: Change[]) => ({
    resources: [
      {
        resourceType,
        resourceName,
        configs: changes.map(([name, configOperation, value]) => ({ name, configOperation, value })),
      },
    ],
  });
  const [remove, append, subtract] = [1, 2, 3];
  const rows: readonly (readonly [string, Values])[] = [
    ['set', one(topicType, topic, ['retention.ms', set, '3000'])],
    ['set with blanks', one(topicType, topic, ['retention.ms', set, ' 3000 '])],
    ['set to nothing', one(topicType, topic, ['retention.ms', set, null])],
    ['set to an empty text', one(topicType, topic, ['retention.ms', set, ''])],
    ['remove', one(topicType, topic, ['retention.ms', remove, null])],
    ['remove with a value', one(topicType, topic, ['retention.ms', remove, 'x'])],
    ['remove what is not set', one(topicType, topic, ['flush.ms', remove, null])],
    ['remove what is unknown', one(topicType, topic, ['nope', remove, null])],
    ['append', one(topicType, topic, ['cleanup.policy', append, 'compact'])],
    ['append what is there', one(topicType, topic, ['cleanup.policy', append, 'delete'])],
    ['append a bad value', one(topicType, topic, ['cleanup.policy', append, 'x'])],
    ['append nothing', one(topicType, topic, ['cleanup.policy', append, null])],
    ['append to a number', one(topicType, topic, ['retention.ms', append, '1'])],
    ['append to the unknown', one(topicType, topic, ['nope', append, '1'])],
    ['subtract', one(topicType, topic, ['cleanup.policy', subtract, 'delete'])],
    ['subtract what is not there', one(topicType, topic, ['cleanup.policy', subtract, 'compact'])],
    ['subtract from a number', one(topicType, topic, ['retention.ms', subtract, '1'])],
    ['operation 9', one(topicType, topic, ['retention.ms', 9, '1'])],
    ['operation -1', one(topicType, topic, ['retention.ms', -1, '1'])],
    ['unknown property', one(topicType, topic, ['nope', set, '1'])],
    ['bad value', one(topicType, topic, ['retention.ms', set, 'x'])],
    ['one property twice', one(topicType, topic, ['flush.ms', set, '1'], ['flush.ms', set, '2'])],
    ['unknown topic', one(topicType, 'nowhere', ['retention.ms', set, '1'])],
    ['no topic name', one(topicType, '', ['retention.ms', set, '1'])],
    ['all brokers', one(brokerType, '', ['log.retention.ms', set, '5000'])],
    ['this broker', one(brokerType, '1', ['log.retention.ms', set, '5000'])],
    ['a read-only property', one(brokerType, '1', ['log.dirs', set, 'x'])],
    ['a bad broker value', one(brokerType, '1', ['log.retention.ms', set, 'x'])],
    ['unknown broker property', one(brokerType, '1', ['nope', set, 'x'])],
    ['unknown broker', one(brokerType, '99', ['log.retention.ms', set, '1'])],
    ['broker not a number', one(brokerType, 'x', ['log.retention.ms', set, '1'])],
    ['unknown type', one(0, 'x', ['retention.ms', set, '1'])],
    ['strange type', one(77, 'x', ['retention.ms', set, '1'])],
  ];
  for (const [question, values] of rows) {
    await of.tell(question, incrementalAlterConfigs, 1, { ...values, validateOnly: true });
  }
  const both = one(topicType, topic, ['retention.ms', set, '7000'], ['cleanup.policy', append, 'compact']);
  await of.tell('for good', incrementalAlterConfigs, 0, both);
}
