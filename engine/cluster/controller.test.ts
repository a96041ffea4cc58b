import { describe, expect, test } from 'vitest';
import { MetadataImage, resourceType } from '../core/metadata-image.ts';
import { ErrorCode } from '../errors.ts';
import {
  createIn,
  quietRuntime,
  runTask,
  startController,
  topicWanted,
} from '../testing/controller-fixture.ts';
import { LogQuorum } from '../testing/log-quorum.ts';
import { metadataBatchesOf } from './metadata-log.ts';

const noId = 'AAAAAAAAAAAAAAAAAAAAAA';

describe('producer ids', () => {
  test('count up within a block and never come back after a restart', () => {
    const fixture = startController();
    const ids = Array.from({ length: 1001 }, () => fixture.run(fixture.producerIds.next()));
    expect(ids.map((id) => (id.ok ? id.value : -1))).toEqual(Array.from({ length: 1001 }, (_, id) => id));
    const again = startController({}, fixture.log);
    expect(again.run(again.producerIds.next())).toEqual({ ok: true, value: 2000 });
  });

  test('many who ask at once get one block and different ids', () => {
    const fixture = startController();
    const gate = fixture.runtime.tasks.completion<void>('gate');
    fixture.log.gate = gate;
    const before = fixture.log.batches.length;
    const given: number[] = [];
    for (let nth = 0; nth < 5; nth++) {
      const asked = fixture.runtime.tasks.spawn('ask', fixture.producerIds.next());
      asked.onSettled((id) => given.push(id.ok ? id.value : -1));
    }
    expect(given).toEqual([]);
    gate.settle();
    expect(given).toEqual([0, 1, 2, 3, 4]);
    expect(fixture.log.batches).toHaveLength(before + 1);
  });
});

describe('commands', () => {
  test('nothing is seen before it is durable, and listeners come before the answer', () => {
    const fixture = startController();
    const story: string[] = [];
    fixture.view.onDelta((delta) => {
      story.push(`delta ${delta.created.map((one) => one.name).join()}`);
    });
    const gate = fixture.runtime.tasks.completion<void>('gate');
    fixture.log.gate = gate;
    for (const name of ['a', 'b']) {
      const command = { topics: [topicWanted({ name })], validateOnly: false };
      const ended = fixture.runtime.tasks.spawn('create', fixture.controller.createTopics(command));
      ended.onSettled(() => story.push(`answer ${name}`));
    }
    expect(fixture.controller.image.topicsCount).toBe(0);
    expect(story).toEqual([]);
    gate.settle();
    expect(story).toEqual(['delta a', 'answer a', 'delta b', 'answer b']);
  });

  test('the second of two equal commands sees the first', () => {
    const fixture = startController();
    fixture.log.gate = fixture.runtime.tasks.completion<void>('gate');
    const codes: number[] = [];
    for (let nth = 0; nth < 2; nth++) {
      const command = { topics: [topicWanted({ name: 'a' })], validateOnly: false };
      const ended = fixture.runtime.tasks.spawn('create', fixture.controller.createTopics(command));
      ended.onSettled((created) =>
        codes.push(created.ok ? (created.value[0]?.errorCode ?? -1) : created.error),
      );
    }
    fixture.log.gate.settle();
    expect(codes).toEqual([ErrorCode.NONE, ErrorCode.TOPIC_ALREADY_EXISTS]);
  });

  test('a failed log fails everything from then on and changes nothing', () => {
    const fixture = startController();
    fixture.log.broken = 'no disk';
    expect(createIn(fixture, { name: 'a' })).toEqual(['KAFKA_STORAGE_ERROR']);
    fixture.log.broken = undefined;
    expect(createIn(fixture, { name: 'a' })).toEqual(['KAFKA_STORAGE_ERROR']);
    expect(fixture.run(fixture.producerIds.next())).toEqual({ ok: false, error: 56 });
    expect(fixture.controller.image.topicsCount).toBe(0);
  });

  test('what happened is in the trace', () => {
    const fixture = startController();
    createIn(fixture, { name: 'a', configs: [{ name: 'retention.ms', value: '5' }] });
    fixture.run(fixture.controller.deleteTopics([{ name: 'a', topicId: noId }]));
    const told = fixture.events.map((event) => event.kind).filter((kind) => kind !== 'metadata-applied');
    expect(told).toEqual([
      'controller-activated',
      'config-changed',
      'broker-registered',
      'broker-unfenced',
      'topic-created',
      'config-changed',
      'partition-committed',
      'topic-deleted',
    ]);
  });
});

describe('starting', () => {
  test('a fresh log gets features, the minimum that they need, and the registration, whose epoch is its offset', () => {
    const { controller, log } = startController({ 'min.insync.replicas': '2' });
    expect([...controller.image.features]).toEqual([
      ['metadata.version', 30],
      ['eligible.leader.replicas.version', 1],
    ]);
    expect([...controller.image.configs(resourceType.broker, '')]).toEqual([['min.insync.replicas', '2']]);
    const broker = controller.image.brokers.get(1);
    expect(broker).toMatchObject({
      epoch: 3,
      fenced: false,
      endPoints: [{ host: 'broker.test', port: 9092 }],
    });
    // The first records, the registration, the unfencing.
    expect(log.batches).toHaveLength(3);
    expect(controller.image.highestOffset).toBe(4);
  });

  test('a cluster can be formatted without eligible leader replicas', () => {
    const { controller } = startController({ 'odradek.format.eligible.leader.replicas.version': '0' });
    expect([...controller.image.features]).toEqual([['metadata.version', 30]]);
    expect([...controller.image.configs(resourceType.broker, '')]).toEqual([]);
  });

  test('every life registers anew and leads in a new epoch', () => {
    const first = startController();
    createIn(first, { name: 'a', numPartitions: 2 });
    const second = startController({}, first.log);
    const partition = second.controller.image.partition('a', 1);
    // It left with the former life, and leads again since it is unfenced.
    expect(partition).toMatchObject({ leader: 1, leaderEpoch: 2, partitionEpoch: 2, isr: [1] });
    const before = first.controller.image.brokers.get(1);
    const after = second.controller.image.brokers.get(1);
    // Its two partitions changed in the same batch, before it.
    expect(after?.epoch).toBe(first.controller.image.highestOffset + 3);
    expect(after?.incarnationId).not.toBe(before?.incarnationId);
  });

  test('the image is the replay of the log, whatever the commands were', () => {
    const fixture = startController();
    createIn(
      fixture,
      { name: 'a', numPartitions: 3 },
      { name: 'b', configs: [{ name: 'segment.ms', value: '9' }] },
    );
    fixture.run(fixture.controller.deleteTopics([{ name: 'a', topicId: noId }]));
    createIn(fixture, { name: 'a' });
    fixture.run(
      fixture.controller.createPartitions({
        topics: [{ name: 'a', count: 5, assignments: null }],
        validateOnly: false,
      }),
    );
    fixture.run(fixture.producerIds.next());
    const replayed = new MetadataImage();
    for (const bytes of fixture.log.batches) {
      const batches = metadataBatchesOf(bytes);
      if (!batches.ok) throw new Error(batches.error);
      for (const { records, lastOffset } of batches.value) replayed.replay(records, lastOffset);
    }
    const facts = (image: MetadataImage) => ({
      topics: [...image.topics()],
      brokers: image.brokers.all(),
      features: [...image.features],
      nextProducerId: image.nextProducerId,
      highestOffset: image.highestOffset,
      configs: [...image.configs(resourceType.topic, 'b')],
    });
    expect(facts(replayed)).toEqual(facts(fixture.controller.image));
  });

  test('a batch that does not match its checksum keeps the broker from starting', () => {
    const first = startController();
    createIn(first, { name: 'a' });
    const last = first.log.batches.at(-1) as Uint8Array;
    last[last.length - 1] = (last.at(-1) as number) ^ 1;
    const runtime = quietRuntime(9);
    const opened = runTask(runtime, new LogQuorum(runtime, first.log, 1).open());
    expect(opened).toEqual({ ok: false, error: expect.stringContaining('checksum') });
  });
});
