// Which nodes a scenario's cluster has, and what each is told.

import { expect, test } from 'vitest';
import { isAlone, planCluster } from './cluster-plan.ts';
import type { Scenario } from './scenario/schema.ts';

function planned(cluster: Partial<Scenario['cluster']>, config: Scenario['config'] = {}) {
  const scenario = { cluster: { brokers: 1, topics: {}, ...cluster }, config } as Scenario;
  return planCluster(scenario);
}

const propertyOf = (nodes: ReturnType<typeof planned>, name: string) =>
  nodes.map(({ properties }) => properties.get(name));

test('one broker is alone: it is told of no controller and no cluster', () => {
  expect(isAlone({ brokers: 1, topics: {} })).toBe(true);
  const [node, ...others] = planned({});
  expect(others).toEqual([]);
  expect(node).toMatchObject({ name: 'broker-1', nodeId: 1, role: 'broker', votes: true });
  expect(node?.properties.get('listeners')).toBe('PLAINTEXT://broker-1:9092');
  for (const name of ['process.roles', 'controller.quorum.voters', 'odradek.cluster.id']) {
    expect(node?.properties.has(name)).toBe(false);
  }
});

test('of five brokers the first three vote', () => {
  const nodes = planned({ brokers: 5, racks: ['a', 'b', 'c'] });
  expect(nodes.map(({ name }) => name)).toEqual([1, 2, 3, 4, 5].map((id) => `broker-${id}`));
  expect(nodes.map(({ votes }) => votes)).toEqual([true, true, true, false, false]);
  expect(propertyOf(nodes, 'process.roles')).toEqual([
    ...new Array<string>(3).fill('broker,controller'),
    'broker',
    'broker',
  ]);
  expect(nodes[1]?.properties.get('listeners')).toBe('PLAINTEXT://broker-2:9092,CONTROLLER://broker-2:9093');
  expect(nodes[3]?.properties.get('listeners')).toBe('PLAINTEXT://broker-4:9092');
  expect(new Set(propertyOf(nodes, 'controller.quorum.voters'))).toEqual(
    new Set(['1@broker-1:9093,2@broker-2:9093,3@broker-3:9093']),
  );
  expect(propertyOf(nodes, 'broker.rack')).toEqual(['a', 'b', 'c', 'a', 'b']);
  expect(new Set(propertyOf(nodes, 'odradek.cluster.id')).size).toBe(1);
});

test('controllers of their own are nodes behind the brokers, and no broker votes', () => {
  const nodes = planned({ brokers: 2, controllers: 3, racks: ['a'] });
  expect(nodes.map(({ name, role, votes }) => `${name} ${role} ${votes}`)).toEqual([
    'broker-1 broker false',
    'broker-2 broker false',
    'controller-1 controller true',
    'controller-2 controller true',
    'controller-3 controller true',
  ]);
  expect(nodes[2]?.nodeId).toBe(101);
  expect(nodes[2]?.properties.get('process.roles')).toBe('controller');
  expect(nodes[2]?.properties.get('listeners')).toBe('CONTROLLER://controller-1:9093');
  expect(nodes[2]?.properties.has('broker.rack')).toBe(false);
  expect(nodes[0]?.properties.get('controller.quorum.voters')).toContain('103@controller-3:9093');
});

test('internal topics have as many replicas as there can be, and what the scenario says wins', () => {
  const factor = (brokers: number) => propertyOf(planned({ brokers }), 'offsets.topic.replication.factor')[0];
  expect([1, 2, 3, 7].map(factor)).toEqual(['1', '2', '3', '3']);
  const given = planned({ brokers: 3 }, { 'broker.session.timeout.ms': 9_000 } as Scenario['config']);
  expect(propertyOf(given, 'broker.session.timeout.ms')).toEqual(['9000', '9000', '9000']);
  expect(propertyOf(planned({ brokers: 3 }), 'broker.session.timeout.ms')[0]).toBe('3000');
});
