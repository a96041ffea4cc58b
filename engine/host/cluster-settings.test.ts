import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodeProperties, placeNodes, planNodes } from './cluster-plan.ts';
import { clusterSettings } from './cluster-settings.ts';
import type { ServeOptions } from './serve-settings.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-cluster-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function problems(options: ServeOptions): string[] {
  const settings = clusterSettings(options);
  return settings.ok ? [] : settings.error;
}

/** The properties of every node, its ports from 9092 on. */
function told(brokers: number, controllers: 'combined' | number, racks: readonly string[] = []) {
  const nodes = planNodes({ brokers, controllers, racks });
  if (!nodes.ok) throw new Error(nodes.error.join());
  const ports = Array.from({ length: 20 }, (_, at) => 9092 + at);
  const placed = placeNodes(nodes.value, '127.0.0.1', ports);
  const plan = { clusterId: 'c', nodes: placed, common: new Map([['num.partitions', '4']]) };
  return placed.map((node) => Object.fromEntries(nodeProperties(plan, node, `data/${node.name}`)));
}

describe('the plan of a cluster', () => {
  test('makes the first three brokers controllers', () => {
    const nodes = told(4, 'combined', ['a', 'b']);
    const voters = '1@127.0.0.1:9096,2@127.0.0.1:9097,3@127.0.0.1:9098';
    expect(nodes).toHaveLength(4);
    expect(nodes[1]).toEqual({
      'node.id': '2',
      'process.roles': 'broker,controller',
      listeners: 'PLAINTEXT://127.0.0.1:9093,CONTROLLER://127.0.0.1:9097',
      'advertised.listeners': 'PLAINTEXT://127.0.0.1:9093',
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'controller.quorum.voters': voters,
      'broker.rack': 'b',
      'odradek.cluster.id': 'c',
      'log.dirs': 'data/broker-2',
      'num.partitions': '4',
      'default.replication.factor': '3',
      'offsets.topic.replication.factor': '3',
      'transaction.state.log.replication.factor': '3',
      'transaction.state.log.min.isr': '2',
    });
    expect(nodes[3]).toMatchObject({
      'process.roles': 'broker',
      listeners: 'PLAINTEXT://127.0.0.1:9095',
      'controller.quorum.voters': voters,
    });
    expect(nodes.map((node) => node['broker.rack'])).toEqual(['a', 'b', 'a', 'b']);
  });

  test('has controllers apart when asked, which brokers know and which serve no clients', () => {
    const nodes = told(1, 1);
    expect(nodes[0]).toMatchObject({
      'process.roles': 'broker',
      listeners: 'PLAINTEXT://127.0.0.1:9092',
      'controller.quorum.voters': '101@127.0.0.1:9093',
      'default.replication.factor': '1',
    });
    expect(nodes[1]).toMatchObject({
      'node.id': '101',
      'process.roles': 'controller',
      listeners: 'CONTROLLER://127.0.0.1:9093',
    });
    expect(nodes[1]).not.toHaveProperty('advertised.listeners');
  });
});

describe('the settings of serve --brokers', () => {
  test('are defaults, a file, and overrides that are stronger', () => {
    const config = join(folder, 'all.properties');
    writeFileSync(config, 'num.partitions=2\nmin.insync.replicas=2\n');
    const settings = clusterSettings({ brokers: 1, config, override: ['num.partitions=3'] });
    expect(settings).toMatchObject({
      ok: true,
      value: {
        directory: './data',
        listen: { host: '127.0.0.1', port: 9092 },
        logLevel: 'info',
        json: false,
      },
    });
    expect(settings.ok && Object.fromEntries(settings.value.common)).toEqual({
      'num.partitions': '3',
      'min.insync.replicas': '2',
    });
  });

  test.each<[ServeOptions, RegExp]>([
    [{ brokers: 0 }, /1 to 100 brokers, not 0/],
    [{ brokers: 1, controllers: 'many' }, /1 to 9 controllers apart/],
    [{ brokers: 1, racks: ' ' }, /a rack needs a name/],
    [{ brokers: 1, listen: '0.0.0.0:9092' }, /need an address to find each other/],
    [{ brokers: 1, listen: '127.0.0.1:65535' }, /2 ports are wanted from 65535/],
    [{ brokers: 1, metrics: '127.0.0.1' }, /--metrics 127\.0\.0\.1: host:port/],
    [{ brokers: 1, override: ['node.id=7'] }, /node\.id differs from node to node .*\(--override\)/],
    [{ brokers: 1, override: ['num.partitions=many'] }, /num\.partitions.*\(--override\)/],
    [{ brokers: 1, logLevel: 'loud' }, /--log-level loud/],
  ])('tell what is wrong with %j', (options, problem) => {
    expect(problems(options)).toEqual([expect.stringMatching(problem)]);
  });
});
