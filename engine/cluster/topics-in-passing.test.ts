import { expect, test } from 'vitest';
import { channelTo, createIn, startController } from '../testing/controller-fixture.ts';
import { TopicsInPassing } from './topics-in-passing.ts';

test('with defaults, once, never those of coordinators that are not there', () => {
  const fixture = startController({
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
  });
  const { runtime, controller, view } = fixture;
  const topics = new TopicsInPassing(runtime, view, channelTo(controller));
  const before = fixture.log.batches.length;
  const gate = runtime.tasks.completion<void>('gate');
  fixture.log.gate = gate;
  topics.begin(['a', '__consumer_offsets', '__transaction_state']);
  topics.begin(['a']);
  gate.settle();
  topics.begin(['a']);
  expect(fixture.log.batches).toHaveLength(before + 1);
  expect([...view.image.topics()].map((one) => one.name)).toEqual(['a', '__consumer_offsets']);
  expect(view.image.topic('__consumer_offsets')?.partitions).toHaveLength(4);
  expect(view.topicConfig('__consumer_offsets').get('cleanup.policy')).toEqual(['compact']);
  expect(createIn(fixture, { name: 'a' })).toEqual(['TOPIC_ALREADY_EXISTS']);
});
