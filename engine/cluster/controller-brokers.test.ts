import { describe, expect, test } from 'vitest';
import { supportedFeatures } from '../core/registration.ts';
import { errorName } from '../errors.ts';
import { createIn, type Fixture, startController } from '../testing/controller-fixture.ts';
import { directoryOf } from '../testing/controller-world.ts';
import type { TraceEvent } from '../trace-events.ts';
import { ControllerDuties } from './controller-duties.ts';

/** A fixture with broker 1, and with others that a test plays. */
class Cluster {
  readonly fixture: Fixture;
  readonly duties: ControllerDuties;
  #incarnations = 0;

  constructor(properties: Readonly<Record<string, string>> = {}) {
    this.fixture = startController(properties);
    const { runtime, controller, view } = this.fixture;
    this.duties = new ControllerDuties(runtime, controller, view.brokerConfig);
    // As a quorum does that elects this node once more.
    controller.leadershipChanged(2, true);
    this.fixture.events.length = 0;
  }

  get controller() {
    return this.fixture.controller;
  }

  register(brokerId: number): string {
    const incarnationId = directoryOf(50 + ++this.#incarnations);
    const registered = this.fixture.run(
      this.controller.registerBroker({
        brokerId,
        clusterId: 'cluster-of-the-test',
        incarnationId,
        listeners: [],
        features: supportedFeatures(),
        rack: null,
        isMigratingZkBroker: false,
        logDirs: [directoryOf(brokerId)],
        previousBrokerEpoch: -1,
      }),
    );
    return errorName(registered.ok ? registered.value.errorCode : registered.error);
  }

  heartbeat(brokerId: number, wantShutDown = false) {
    const granted = this.fixture.run(
      this.controller.brokerHeartbeat({
        brokerId,
        brokerEpoch: this.controller.image.brokers.get(brokerId)?.epoch ?? -1,
        currentMetadataOffset: this.controller.image.highestOffset,
        wantFence: false,
        wantShutDown,
      }),
    );
    if (!granted.ok) throw new Error(errorName(granted.error));
    return granted.value;
  }

  /** Lets time go by, with a heartbeat of each of `alive` every second. */
  pass(seconds: number, ...alive: readonly number[]): void {
    for (let second = 0; second < seconds; second++) {
      this.fixture.time.advance(1000);
      for (const brokerId of alive) this.heartbeat(brokerId);
    }
  }

  heard<K extends TraceEvent['kind']>(kind: K): Extract<TraceEvent, { kind: K }>[] {
    return this.fixture.events.filter((event) => event.kind === kind) as Extract<TraceEvent, { kind: K }>[];
  }

  partition(topic: string) {
    return this.controller.image.partition(topic, 0);
  }
}

describe('silent brokers', () => {
  test('are fenced when their sessions are over, and not before', () => {
    const cluster = new Cluster();
    cluster.register(2);
    cluster.heartbeat(2);
    cluster.pass(8, 1);
    expect(cluster.heard('broker-fenced')).toEqual([]);
    cluster.pass(4, 1);
    expect(cluster.heard('broker-fenced')).toMatchObject([{ brokerId: 2 }]);
    expect(cluster.controller.image.brokers.get(1)?.fenced).toBe(false);
  });

  test('several at once are fenced one after the other, each seeing what became of the one before', () => {
    const cluster = new Cluster({ 'min.insync.replicas': '4' });
    for (const brokerId of [2, 3]) {
      cluster.register(brokerId);
      cluster.heartbeat(brokerId);
    }
    const assignments = [{ partitionIndex: 0, brokerIds: [2, 3, 1] }];
    expect(createIn(cluster.fixture, { name: 'a', assignments })).toEqual(['NONE']);
    cluster.pass(12, 1);
    expect(cluster.heard('broker-fenced').map(({ brokerId }) => brokerId)).toEqual([2, 3]);
    expect(cluster.partition('a')).toMatchObject({ leader: 1, isr: [1], eligibleLeaderReplicas: [2, 3] });
    const last = cluster.heard('partition-committed').at(-1);
    expect(last).toMatchObject({ leader: 1, isr: '1', replicas: '1,2,3', eligibleLeaderReplicas: '2,3' });
    expect(last).toMatchObject({ minInsyncReplicas: 3, unclean: false });
  });

  test('are left alone by a controller that resigned', () => {
    const cluster = new Cluster();
    cluster.controller.leadershipChanged(2, false);
    cluster.fixture.time.advance(60_000);
    expect(cluster.heard('broker-fenced')).toEqual([]);
    expect(cluster.heard('controller-resigned')).toEqual([{ kind: 'controller-resigned', epoch: 2 }]);
  });

  test('have a whole session from the moment a controller begins', () => {
    const cluster = new Cluster();
    cluster.fixture.time.advance(8000);
    cluster.controller.leadershipChanged(3, true);
    cluster.fixture.time.advance(8000);
    expect(cluster.heard('broker-fenced')).toEqual([]);
    cluster.fixture.time.advance(4000);
    expect(cluster.heard('broker-fenced')).toMatchObject([{ brokerId: 1 }]);
  });
});

describe('a command that waits for its turn', () => {
  test('does not fence a broker that was heard of meanwhile', () => {
    const cluster = new Cluster();
    const { fixture, controller } = cluster;
    const { tasks } = fixture.runtime;
    cluster.heartbeat(1);
    const gate = tasks.completion<void>('the disk of the test');
    fixture.log.gate = gate;
    const topic = { name: 'a', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
    tasks.spawn('create', controller.createTopics({ topics: [topic], validateOnly: false }));
    fixture.time.advance(9000);
    const { epoch: brokerEpoch = -1 } = controller.image.brokers.get(1) ?? {};
    const heartbeat = { brokerId: 1, brokerEpoch, currentMetadataOffset: 9, wantFence: false };
    tasks.spawn('heartbeat', controller.brokerHeartbeat({ ...heartbeat, wantShutDown: false }));
    fixture.log.gate = undefined;
    tasks.enter(() => gate.settle());
    expect(cluster.partition('a')?.leader).toBe(1);
    expect(cluster.heard('broker-fenced')).toEqual([]);
  });

  test('is the last of a duty when the controller resigns meanwhile', () => {
    const cluster = new Cluster();
    const { fixture, controller } = cluster;
    cluster.heartbeat(1);
    const gate = fixture.runtime.tasks.completion<void>('the disk of the test');
    fixture.log.gate = gate;
    fixture.time.advance(12_000);
    controller.leadershipChanged(2, false);
    fixture.log.gate = undefined;
    fixture.runtime.tasks.enter(() => gate.settle());
    expect(fixture.time.pending).toBe(0);
  });
});

describe('a broker that comes and goes', () => {
  test('is told of in the trace', () => {
    const cluster = new Cluster();
    cluster.register(2);
    cluster.heartbeat(2);
    const epoch = cluster.controller.image.brokers.get(2)?.epoch;
    expect(cluster.heard('broker-registered')).toMatchObject([
      { brokerId: 2, brokerEpoch: epoch, cleanShutdown: true },
    ]);
    expect(cluster.heard('broker-unfenced')).toMatchObject([{ brokerId: 2, brokerEpoch: epoch }]);
    cluster.pass(12, 1);
    expect(cluster.register(2)).toBe('NONE');
    expect(cluster.heard('broker-registered').at(-1)).toMatchObject({ cleanShutdown: false });
  });

  test('may not register while the life before is heard of', () => {
    const cluster = new Cluster();
    cluster.register(2);
    cluster.heartbeat(2);
    expect(cluster.register(2)).toBe('DUPLICATE_BROKER_REGISTRATION');
  });

  test('waits in controlled shutdown until the others know', () => {
    const cluster = new Cluster();
    cluster.register(2);
    cluster.heartbeat(2);
    createIn(cluster.fixture, { name: 'a', assignments: [{ partitionIndex: 0, brokerIds: [2, 1] }] });
    expect(cluster.heartbeat(2, true)).toMatchObject({ shouldShutDown: false, inControlledShutdown: true });
    expect(cluster.partition('a')).toMatchObject({ leader: 1, isr: [1] });
    expect(cluster.heartbeat(2, true).shouldShutDown).toBe(false);
    cluster.heartbeat(1);
    expect(cluster.heartbeat(2, true)).toMatchObject({ shouldShutDown: true, isFenced: true });
  });
});

describe('elections that nobody asked for', () => {
  test('preferred leaders lead again after the interval of the balance', () => {
    const cluster = new Cluster({ 'leader.imbalance.check.interval.seconds': '60' });
    cluster.register(2);
    cluster.heartbeat(2);
    createIn(cluster.fixture, { name: 'a', assignments: [{ partitionIndex: 0, brokerIds: [2, 1] }] });
    cluster.pass(12, 1);
    expect(cluster.partition('a')?.leader).toBe(1);
    cluster.heartbeat(2);
    const { leaderEpoch, partitionEpoch } = cluster.partition('a') ?? { leaderEpoch: -1, partitionEpoch: -1 };
    const partition = {
      partitionIndex: 0,
      leaderEpoch,
      partitionEpoch,
      leaderRecoveryState: 0,
      newIsr: [1, 2].map((brokerId) => ({ brokerId, brokerEpoch: -1 })),
    };
    const { image } = cluster.controller;
    const sender = { brokerId: 1, brokerEpoch: image.brokers.get(1)?.epoch ?? -1 };
    const topics = [{ topicId: image.topic('a')?.topicId ?? '', partitions: [partition] }];
    const altered = cluster.fixture.run(cluster.controller.alterPartition({ ...sender, topics }));
    expect(altered).toMatchObject({ value: { topics: [{ partitions: [{ errorCode: 0, isr: [1, 2] }] }] } });
    cluster.pass(50, 1, 2);
    expect(cluster.partition('a')).toMatchObject({ leader: 2, isr: [1, 2] });
  });

  test.each([
    ['auto.leader.rebalance.enable', 'false', 1],
    ['auto.leader.rebalance.enable', 'true', 2],
  ])('%s=%s', (name, value, leader) => {
    const cluster = new Cluster({ [name]: value, 'min.insync.replicas': '2' });
    cluster.register(2);
    cluster.heartbeat(2);
    createIn(cluster.fixture, { name: 'a', assignments: [{ partitionIndex: 0, brokerIds: [1, 2] }] });
    const topics = [{ name: 'a', partitions: [{ partitionIndex: 0, replicas: [2, 1] }] }];
    const command = { allowReplicationFactorChange: true, topics };
    cluster.fixture.run(cluster.controller.alterPartitionReassignments(command));
    cluster.pass(301, 1, 2);
    expect(cluster.partition('a')?.leader).toBe(leader);
  });

  test('allowing unclean ones elects at once where a partition waits', () => {
    const cluster = new Cluster({ 'odradek.format.eligible.leader.replicas.version': '0' });
    cluster.register(2);
    cluster.heartbeat(2);
    createIn(cluster.fixture, { name: 'a', assignments: [{ partitionIndex: 0, brokerIds: [1, 2] }] });
    cluster.pass(12, 1);
    expect(cluster.partition('a')).toMatchObject({ leader: 1, isr: [1] });
    cluster.heartbeat(2);
    cluster.pass(12, 2);
    expect(cluster.partition('a')).toMatchObject({ leader: -1, isr: [1] });
    const configs = [{ name: 'unclean.leader.election.enable', configOperation: 0, value: 'true' }];
    const resources = [{ resourceType: 2, resourceName: 'a', configs }];
    cluster.fixture.run(cluster.controller.incrementalAlterConfigs({ resources, validateOnly: false }));
    expect(cluster.partition('a')).toMatchObject({ leader: 2, isr: [2], leaderRecoveryState: 1 });
    expect(cluster.heard('partition-committed').at(-1)).toMatchObject({ leader: 2, unclean: true });
  });

  test('or within the interval of unclean elections', () => {
    const cluster = new Cluster({
      'odradek.format.eligible.leader.replicas.version': '0',
      'unclean.leader.election.interval.ms': '30000',
    });
    cluster.register(2);
    createIn(cluster.fixture, { name: 'a', assignments: [{ partitionIndex: 0, brokerIds: [1, 2] }] });
    cluster.heartbeat(2);
    cluster.pass(12, 2);
    expect(cluster.partition('a')?.leader).toBe(-1);
    // Written by a former controller that died before it could elect.
    const configs = [{ name: 'unclean.leader.election.enable', configOperation: 0, value: 'true' }];
    const resources = [{ resourceType: 2, resourceName: 'a', configs }];
    const { controller } = cluster;
    const altering = controller.incrementalAlterConfigs({ resources, validateOnly: false });
    controller.leadershipChanged(2, false);
    controller.leadershipChanged(3, true);
    cluster.fixture.run(altering);
    cluster.pass(31, 2);
    expect(cluster.partition('a')).toMatchObject({ leader: 2, isr: [2] });
  });
});

test('a controller that begins tells the state of every partition, and who is not fenced', () => {
  const cluster = new Cluster();
  createIn(cluster.fixture, { name: 'a', numPartitions: 2 });
  cluster.register(2);
  cluster.heartbeat(2);
  cluster.register(3);
  cluster.fixture.events.length = 0;
  cluster.controller.leadershipChanged(3, true);
  expect(cluster.heard('partition-committed')).toMatchObject([
    { topic: 'a', partition: 0, leader: 1, isr: '1', unclean: false },
    { topic: 'a', partition: 1, leader: 1, isr: '1', unclean: false },
  ]);
  expect(cluster.heard('broker-unfenced').map(({ brokerId }) => brokerId)).toEqual([1, 2]);
});

test('producer ids are for the life that is registered', () => {
  const { fixture, controller } = new Cluster();
  const epoch = controller.image.brokers.get(1)?.epoch ?? -1;
  const names = [epoch, epoch - 1, -1].map((brokerEpoch) => {
    const block = fixture.run(controller.allocateProducerIds(1, brokerEpoch));
    return block.ok ? block.value : errorName(block.error);
  });
  expect(names).toEqual([{ firstId: 0, length: 1000 }, 'STALE_BROKER_EPOCH', 'STALE_BROKER_EPOCH']);
});

test('who is not the active controller says so, and touches nothing', () => {
  const { fixture, controller } = new Cluster();
  controller.leadershipChanged(2, false);
  const batches = fixture.log.batches.length;
  const heartbeat = { brokerId: 1, currentMetadataOffset: 9, wantFence: true, wantShutDown: false };
  const brokerEpoch = controller.image.brokers.get(1)?.epoch ?? -1;
  const answers = [
    fixture.run(controller.brokerHeartbeat({ ...heartbeat, brokerEpoch })),
    fixture.run(controller.electLeaders({ electionType: 0, topicPartitions: null })),
    fixture.run(controller.unregisterBroker(1)),
    fixture.run(controller.listPartitionReassignments(null)),
  ];
  for (const answer of answers) expect(answer).toMatchObject({ ok: false, error: 41 });
  expect(fixture.log.batches.length).toBe(batches);
});
