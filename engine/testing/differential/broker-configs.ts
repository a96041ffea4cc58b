// IncrementalAlterConfigs of brokers, for good: of all, of one, what lies over what, and what a topic has of it. Each
// change is waited for, since it is in force only when the broker has heard of it; in the end all is as before.

import { incrementalAlterConfigs } from '../../protocol/apis/incremental-alter-configs.ts';
import { described } from './configs.ts';
import { topicOf } from './topics.ts';
import { type Values, type Witness, within } from './witness.ts';

const [topicType, brokerType] = [2, 4];
const [set, remove, append, subtract] = [0, 1, 2, 3];
const everybody = '';

interface Step {
  readonly question: string;
  /** Of all brokers when it is empty. */
  readonly broker: string;
  readonly name: string;
  readonly operation: number;
  readonly value: string | null;
}

const step = (broker: string, name: string, operation: number, value: string | null = null): Step => ({
  question: `${broker === everybody ? 'all' : 'one'}, ${name}, operation ${operation}, ${value}`,
  broker,
  name,
  operation,
  value,
});

const steps: readonly Step[] = [
  step(everybody, 'message.max.bytes', set, '2000000'),
  step('1', 'message.max.bytes', set, '3000000'),
  step('1', 'message.max.bytes', set, '3000001'),
  step(everybody, 'message.max.bytes', remove),
  step('1', 'message.max.bytes', remove),
  step(everybody, 'log.cleanup.policy', append, 'compact'),
  step('1', 'log.cleanup.policy', subtract, 'delete'),
  step('1', 'log.cleanup.policy', append, 'compact'),
  step('1', 'log.cleanup.policy', remove),
  step(everybody, 'log.cleanup.policy', remove),
  step(everybody, 'log.retention.ms', set, '86400000'),
  step(everybody, 'log.retention.ms', remove),
];

export async function tellBrokerConfigs(of: Witness): Promise<void> {
  const topic = of.name('under-a-broker');
  await topicOf(of, topic, { configs: [{ name: 'flush.ms', value: '9' }] });
  for (const { question, broker, name, operation, value } of steps) {
    const before = JSON.stringify(await described(of, brokerType, broker, name));
    const configs = [{ name, configOperation: operation, value }];
    await of.tell(`for good: ${question}`, incrementalAlterConfigs, 1, {
      resources: [{ resourceType: brokerType, resourceName: broker, configs }],
    });
    await within(async () => JSON.stringify(await described(of, brokerType, broker, name)) !== before);
    of.keep(
      `DescribeConfigs v4: all brokers after ${question}`,
      await described(of, brokerType, everybody, name),
    );
    of.keep(`DescribeConfigs v4: one broker after ${question}`, await described(of, brokerType, '1', name));
    const inherited = await described(of, topicType, topic, ofTopics.get(name) ?? name);
    of.keep(`DescribeConfigs v4: a topic after ${question}`, inherited);
  }
  await tellListUnderAnother(of, topic);
}

/** What a topic's own list begins with when it is given an element, and the brokers have another list. */
async function tellListUnderAnother(of: Witness, topic: string): Promise<void> {
  const [ofBrokers, ofTopic] = ['log.cleanup.policy', 'cleanup.policy'];
  const alter = async (resourceType: number, resourceName: string, configs: Values[]) => {
    await of.ask(incrementalAlterConfigs, 1, { resources: [{ resourceType, resourceName, configs }] });
  };
  const isSeen = (type: number, resourceName: string, name: string, source: number) =>
    within(async () =>
      JSON.stringify(await described(of, type, resourceName, name)).includes(`"configSource":${source}`),
    );
  const [ofTheTopic, ofAll, usual] = [1, 3, 5];
  await alter(brokerType, everybody, [{ name: ofBrokers, configOperation: set, value: 'compact' }]);
  await isSeen(brokerType, '1', ofBrokers, ofAll);
  await alter(topicType, topic, [{ name: ofTopic, configOperation: append, value: 'delete' }]);
  await isSeen(topicType, topic, ofTopic, ofTheTopic);
  of.keep('DescribeConfigs v4: a list that was appended to', await described(of, topicType, topic, ofTopic));
  await alter(brokerType, everybody, [{ name: ofBrokers, configOperation: remove, value: null }]);
  await isSeen(brokerType, '1', ofBrokers, usual);
}

const ofTopics: ReadonlyMap<string, string> = new Map([
  ['message.max.bytes', 'max.message.bytes'],
  ['log.cleanup.policy', 'cleanup.policy'],
]);
