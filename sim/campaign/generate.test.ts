// Scenarios from seeds: each one reads as a scenario, is the same whenever it is asked for, and keeps clear
// of what nobody judges; and all of the tables is drawn by somebody.

import { describe, expect, test } from 'vitest';
import { registries } from '../registries.ts';
import { ScenarioReader } from '../scenario/read.ts';
import type { Scenario } from '../scenario/schema.ts';
import { Drawer } from './draw.ts';
import { harmless, moments } from './fault-tables.ts';
import { generate } from './generate.ts';
import { brokerProperties, topicProperties } from './tables.ts';

const reader = new ScenarioReader(registries);
const seeds = Array.from({ length: 500 }, (_, n) => (n % 2 === 0 ? String(n) : `word/${n}`));

function readAll(): Scenario[] {
  return seeds.map((seed) => {
    const read = reader.read(`${seed}.jsonc`, generate(seed).text);
    if (!read.ok) throw new Error(read.error.join('\n'));
    return read.value;
  });
}

const scenarios = readAll();
const workloadsOf = (scenario: Scenario) => scenario.phases.flatMap((phase) => phase.workloads ?? []);
const faultsOf = (scenario: Scenario) =>
  scenario.phases
    .flatMap((phase) => phase.faults ?? [])
    .flatMap((fault) => ('oneOf' in fault ? fault.oneOf : [fault]));

describe('five hundred seeds', () => {
  test('give five hundred scenarios, each the same when it is asked for again', () => {
    expect(new Set(seeds.map((seed) => generate(seed).text)).size).toBe(seeds.length);
    for (const seed of seeds.slice(0, 50)) expect(generate(seed)).toEqual(generate(seed));
  });

  test('draw every row of every table', () => {
    const faults = new Set(scenarios.flatMap(faultsOf).map((fault) => fault.fault));
    for (const { name } of harmless) expect(faults).toContain(name);
    for (const name of ['power-loss', 'disk-eio', 'fsync-fail', 'bit-rot', 'wipe'])
      expect(faults).toContain(name);
    const events = new Set(scenarios.flatMap(faultsOf).map((fault) => fault.on?.event));
    for (const { event } of moments) expect(events).toContain(event);
    const config = new Set(scenarios.flatMap((scenario) => Object.keys(scenario.config ?? {})));
    for (const { property } of brokerProperties) expect(config).toContain(property);
    const topics = scenarios.flatMap((scenario) => Object.values(scenario.cluster.topics));
    const topicConfig = new Set(topics.flatMap((topic) => Object.keys(topic.config ?? {})));
    for (const { property } of topicProperties) expect(topicConfig).toContain(property);
    expect(new Set(scenarios.map(({ cluster }) => cluster.brokers))).toEqual(new Set([1, 2, 3, 4, 5]));
    const workloads = new Set(scenarios.flatMap(workloadsOf).map(({ workload }) => workload));
    expect(workloads).toEqual(new Set(registries.workloads.map(({ name }) => name)));
  });

  test('ask for no more in-sync replicas than there are, and always for some records', () => {
    for (const { cluster, phases } of scenarios) {
      for (const { replicationFactor, config } of Object.values(cluster.topics)) {
        expect(Number(config?.['min.insync.replicas'])).toBeLessThanOrEqual(replicationFactor as number);
      }
      expect(phases[0]?.workloads?.some(({ workload }) => workload === 'produce')).toBe(true);
    }
  });

  test('keep clear of what is not judged', () => {
    for (const scenario of scenarios) {
      const { cluster } = scenario;
      const faults = faultsOf(scenario);
      expect(faults.some(({ fault }) => fault === 'fsync-lie')).toBe(false);
      if (cluster.brokers > 1) expect(faults.some(({ fault }) => fault === 'bit-rot')).toBe(false);
      const silent = workloadsOf(scenario).filter((one) => (one as Record<string, unknown>)['acks'] === '0');
      for (const { topic } of silent as unknown as { topic: string }[]) {
        expect(cluster.topics[topic]?.config?.['retention.bytes']).toBeUndefined();
        expect(
          topic === 'orders' && workloadsOf(scenario).some((one) => one.workload === 'delete-records'),
        ).toBe(false);
      }
      for (const wiped of faults.filter(({ fault }) => fault === 'wipe')) {
        const voters = typeof cluster.controllers === 'number' ? 0 : 3;
        expect(Number(/^broker-(\d)$/.exec(wiped.target ?? '')?.[1])).toBeGreaterThan(voters);
      }
      const many = workloadsOf(scenario).some((workload) => {
        const given: Record<string, unknown> = workload;
        return given['idempotent'] === true && Number(given['maxInFlight']) > 1;
      });
      if (!many) continue;
      expect(cluster.brokers).toBe(1);
      const endings = faults.filter(
        (one) => one.fault === 'shutdown' || ('clean' in one && one['clean'] === true),
      );
      expect(endings).toEqual([]);
    }
  });
});

describe('a drawer', () => {
  test('draws each name for itself: what is drawn beside it changes nothing', () => {
    const alone = new Drawer('7').between('here', 0, 1_000_000);
    const other = new Drawer('7');
    other.pick('there', [1, 2, 3]);
    other.chance('elsewhere', 1, 2);
    expect(other.between('here', 0, 1_000_000)).toBe(alone);
    expect(new Drawer('8').between('here', 0, 1_000_000)).not.toBe(alone);
  });

  test('draws by weight, and never what weighs nothing', () => {
    const counts = { often: 0, seldom: 0, never: 0 };
    for (let seed = 0; seed < 2_000; seed++) {
      const drawn = new Drawer(String(seed)).weighted('x', [
        { value: 'often' as const, weight: 3 },
        { value: 'seldom' as const },
        { value: 'never' as const, weight: 0 },
      ]);
      counts[drawn]++;
    }
    expect(counts.never).toBe(0);
    expect(Math.abs(counts.seldom - 500)).toBeLessThan(80);
  });
});
