// Cuts between two nodes, one way, and of one kind of traffic only.

import { describe, expect, test } from 'vitest';
import type { Connection } from '../engine/index.ts';
import type { LinkSelector } from './network-links.ts';
import { NodePatient } from './node-patient.ts';
import type { NodeRole } from './record/events.ts';
import { brokerPort, controllerPort, trafficTo } from './traffic.ts';
import { World } from './world.ts';

test('what a connection is for is known from its port and from who dials', () => {
  expect(trafficTo(brokerPort, 'client')).toBe('clients');
  expect(trafficTo(brokerPort, 'broker')).toBe('replication');
  for (const role of ['broker', 'controller', 'client'] as const) {
    expect(trafficTo(controllerPort, role)).toBe('controller');
  }
});

const roles: Readonly<Record<string, NodeRole>> = {
  'broker-1': 'broker',
  'broker-2': 'broker',
  'controller-1': 'controller',
  client: 'client',
};

/** Nodes that listen at both ports and answer each byte with itself. */
function made() {
  const world = new World({ seed: 'traffic' });
  for (const [name, role] of Object.entries(roles)) {
    world.addNode({
      name,
      role,
      program: ({ ports }) => {
        for (const port of [brokerPort, controllerPort]) {
          const echo = (connection: Connection) =>
            connection.attach({
              bytes: (chunk) => void connection.send([chunk.slice()]),
              closed: () => {},
              drained: () => {},
            });
          ports.network.listen({ host: name, port }, echo, () => {});
        }
      },
    });
    world.node(name).boot();
  }
  world.run(1_000);
  return world;
}

/** A connection whose bytes come back: what was heard on it so far. */
function talk(world: World, from: string, to: string, port: number) {
  const heard: number[] = [];
  const line: { connection?: Connection; heard: number[] } = { heard };
  world.node(from).life?.ports.network.connect({ host: to, port }, (outcome) => {
    if (!outcome.ok) return;
    line.connection = outcome.value;
    outcome.value.attach({
      bytes: (chunk) => void heard.push(...chunk),
      closed: () => {},
      drained: () => {},
    });
  });
  return line;
}

const lines = [
  ['client', 'broker-1', brokerPort],
  ['broker-2', 'broker-1', brokerPort],
  ['broker-1', 'broker-2', brokerPort],
  ['broker-1', 'controller-1', controllerPort],
  ['broker-2', 'broker-1', controllerPort],
] as const;

/** Which of the lines still work, once opened, under faults. */
function working(selectors: readonly LinkSelector[]): string[] {
  const world = made();
  const open = lines.map(([from, to, port]) => talk(world, from, to, port));
  world.run(world.nowUs + 100_000);
  const laid = selectors.map((selector) => world.network.lay('cut', selector, { kind: 'cut' }));
  for (const { connection } of open) connection?.send([Uint8Array.of(1)]);
  world.run(world.nowUs + 5_000_000);
  const through = lines.filter((_, index) => open[index]?.heard.length === 1);
  for (const one of laid) world.network.lift(one);
  world.run(world.nowUs + 5_000_000);
  // A cut is a delay: afterwards everything arrives.
  for (const { heard } of open) expect(heard).toEqual([1]);
  return through.map(([from, to, port]) => `${from} ${to}:${port}`);
}

const all = lines.map(([from, to, port]) => `${from} ${to}:${port}`);

describe('a cut', () => {
  test('of one kind of traffic leaves the others', () => {
    expect(working([])).toEqual(all);
    expect(working([{ traffic: ['clients'] }])).toEqual(all.slice(1));
    expect(working([{ traffic: ['replication'] }])).toEqual([all[0], ...all.slice(3)]);
    expect(working([{ traffic: ['controller'] }])).toEqual(all.slice(0, 3));
    expect(working([{ traffic: ['controller', 'replication'] }])).toEqual(all.slice(0, 1));
  });

  test('lies between sets, and one way is enough to silence an answer', () => {
    expect(working([{ from: 'broker-1', to: ['client', 'controller-1'] }])).toEqual([all[1], all[2], all[4]]);
    expect(working([{ from: ['broker-1', 'broker-2'], to: ['broker-1', 'broker-2'] }])).toEqual([
      all[0],
      all[3],
    ]);
    expect(working([{ from: 'broker-1', to: 'broker-2', traffic: ['controller'] }])).toEqual(all.slice(0, 4));
  });

  test('also keeps new connections of its kind out, and lets others in', () => {
    const world = made();
    world.network.lay('cut', { to: 'broker-1', traffic: ['replication'] }, { kind: 'cut' });
    const keptOut = talk(world, 'broker-2', 'broker-1', brokerPort);
    const letIn = talk(world, 'broker-2', 'broker-1', controllerPort);
    world.run(world.nowUs + 10_000_000);
    expect(keptOut.connection).toBeUndefined();
    expect(letIn.connection).toBeDefined();
  });
});

test('a patient is hurt on the links of a scope, and counts what was felt there', () => {
  const world = made();
  const patient = new NodePatient(world, world.node('broker-1'), true);
  const line = talk(world, 'broker-2', 'broker-1', brokerPort);
  const free = talk(world, 'client', 'broker-1', brokerPort);
  world.run(world.nowUs + 100_000);
  const scope = { others: ['broker-2', 'controller-1'], traffic: ['replication'] as const };
  const trouble = patient.troubleNetwork('to', { kind: 'cut' }, scope);
  for (const { connection } of [line, free]) connection?.send([Uint8Array.of(7)]);
  world.run(world.nowUs + 1_000_000);
  expect([line.heard, free.heard]).toEqual([[], [7]]);
  expect(trouble.felt()).toBeGreaterThan(0);
  trouble.remove();
  world.run(world.nowUs + 5_000_000);
  expect(line.heard).toEqual([7]);
  expect(patient.severConnections({ others: ['client'] })).toBe(1);
  expect(patient.resetConnections('before-delivery', { traffic: ['controller'] })).toBe(0);
  expect(patient.resetConnections('before-delivery', { traffic: ['replication'] })).toBe(1);
});
