// Reading scenario files: every complaint names its line, its column and the name that was probably meant.

import { describe, expect, test } from 'vitest';
import { registries } from '../registries.ts';
import { nearest } from './nearest.ts';
import { readTarget } from './pieces.ts';
import { ScenarioReader } from './read.ts';

const reader = new ScenarioReader(registries);

const good = `// A comment on top.
{
  "story": "A producer writes, the broker dies, all is there.",
  "cluster": { "brokers": 1, "topics": { "orders": { "partitions": 3 } } },
  "config": { "log.flush.interval.messages": 1 },
  "phases": [
    {
      "name": "hurt",
      "until": { "virtualSeconds": [5, 10] },
      "workloads": [{ "workload": "produce", "topic": "orders", "acks": "1" }],
      "faults": [
        { "fault": "crash", "target": "leader-of orders/0", "at": [1, 4], "for": 2 },
        { "oneOf": [{ "fault": "pause", "weight": 3 }, { "fault": "network-stall" }], "every": [1, 2], "ratio": "1/2" },
        { "fault": "restart", "on": { "event": "log-appended", "where": { "topic": "orders" }, "nth": [1, 9] } },
      ],
    },
  ],
  "expect": { "verdict": "pass" },
  "floor": { "ackedWrites": 10 },
}
`;

function complaints(from: string | RegExp, to: string): string[] {
  const text = good.replace(from, to);
  expect(text).not.toBe(good);
  const read = reader.read('x.jsonc', text);
  return read.ok ? [] : read.error;
}

test('a good scenario is read', () => {
  const read = reader.read('x.jsonc', good);
  expect(read.ok ? read.value.phases[0]?.faults?.length : read.error).toBe(3);
});

describe('complaints', () => {
  test('syntax, at its place', () => {
    expect(complaints('"topics":', '"topics"')[0]).toMatch(/^x\.jsonc:4:\d+: colon expected/);
  });

  test('an unknown key, with the nearest known one', () => {
    expect(complaints('"floor"', '"flor"')).toEqual([
      'x.jsonc:19:3: unknown key "flor", did you mean "floor"?',
    ]);
    expect(complaints('"acks"', '"akcs"')).toEqual([
      'x.jsonc:10:65: unknown key "akcs", did you mean "acks"?',
    ]);
    expect(complaints('"target"', '"targett"')[0]).toContain('did you mean "target"?');
    expect(complaints('interval.messages', 'interval.message')[0]).toContain(
      '"log.flush.interval.messages"?',
    );
  });

  test('an unknown fault, workload or event, with the nearest known one', () => {
    expect(complaints('"crash"', '"crahs"')[0]).toContain('did you mean "crash"?');
    expect(complaints('"produce"', '"produec"')[0]).toContain('did you mean "produce"?');
    expect(complaints('log-appended', 'log-append')[0]).toContain('did you mean "log-appended"?');
  });

  test('a wrong value', () => {
    expect(complaints('"partitions": 3', '"partitions": 0')[0]).toMatch(/^x\.jsonc:4:\d+: .*partitions/);
    expect(complaints('leader-of orders/0', 'leader of orders')[0]).toContain('a target is');
    expect(complaints('"1/2"', '"3/2"')[0]).toContain('a ratio is at most 1');
    expect(complaints('[5, 10]', '[10, 5]')[0]).toContain('upside down');
  });

  test('what contradicts itself', () => {
    expect(complaints('"topic": "orders"', '"topic": "order"')[0]).toContain('cluster.topics has no order');
    expect(complaints('"topic": "orders"', '"topic": "__consumer_offsets"')).toEqual([]);
    expect(complaints('"at": [1, 4]', '"at": 1, "every": 3')[0]).toContain('one of `at`, `every` and `on`');
    expect(complaints('"at": [1, 4]', '"ratio": "1/2"')[0]).toContain('goes with `every`');
    expect(complaints('"at": [1, 4]', '"on": { "event": "log-appended" }, "ratio": "1/2"')).toEqual([]);
  });

  test('more replicas than brokers, and clusters that are none', () => {
    const replicas = (n: number) =>
      complaints('"partitions": 3', `"partitions": 3, "replicationFactor": ${n}`);
    expect(replicas(1)).toEqual([]);
    expect(replicas(2)).toEqual(['x.jsonc:4:92: above cluster.brokers, 1']);
    expect(complaints('"brokers": 1', '"brokers": 3, "controllers": 3, "racks": ["a", "b"]')).toEqual([]);
    expect(complaints('"brokers": 1', '"brokers": 8')[0]).toContain('cluster.brokers');
    expect(complaints('"brokers": 1', '"brokers": 3, "controllers": 2')[0]).toContain('cluster.controllers');
  });

  test('of links and yield points', () => {
    const cut = (more: string) => complaints('"fault": "crash"', `"fault": "network-cut", ${more}`);
    expect(cut('"against": "controllers", "traffic": ["controller"]')).toEqual([]);
    expect(cut('"traffic": ["replicas"]')[0]).toContain('traffic');
    expect(cut('"against": "every body"')[0]).toContain('a target is');
    const yields = (text: string) => complaints('"floor"', `"yields": ${text}, "floor"`);
    expect(yields('{ "ratio": "1/10", "delayUs": [10, 2000] }')).toEqual([]);
    expect(yields('{ "ratio": "1/10", "delayUs": [20, 10] }')[0]).toContain('upside down');
  });

  test('of what is decided in the file', () => {
    const more = (text: string) => complaints('"floor"', `${text}, "floor"`);
    expect(more('"seed": "7", "calm": ["network"], "decisions": { "network/fates#3": 5 }')).toEqual([]);
    expect(more('"calm": ["netwrok"]')[0]).toMatch(/^x\.jsonc:19:\d+: calm\.0: .*did you mean "network"/);
    expect(more('"decisions": { "network/fates": 5 }')[0]).toMatch(/^x\.jsonc:19:/);
    expect(more('"decisions": { "network/fates#1": -5 }')[0]).toContain('decisions.network/fates#1');
    expect(more('"seed": 7')[0]).toMatch(/^x\.jsonc:19:\d+: seed/);
    expect(complaints('"fault": "crash"', '"fault": "crash", "as": "a crash"')[0]).toContain('as');
    const sends = (text: string) => complaints('"acks": "1"', `"acks": "1", "sends": ${text}`);
    expect(sends('[{ "at": 1 }, { "at": 2.5, "partition": 1, "client": 2, "life": 2 }]')).toEqual([]);
    expect(sends('[{ "at": 1, "parttion": 1 }]')[0]).toContain('did you mean "partition"?');
  });

  test('all of them at once', () => {
    expect(complaints(/"partitions": 3|"brokers": 1/g, '"strange": 1').length).toBeGreaterThanOrEqual(2);
  });
});

test('targets', () => {
  expect(readTarget('leader-of a.b-c/12')).toEqual({ kind: 'leader-of', topic: 'a.b-c', partition: 12 });
  expect(readTarget('coordinator-of billing')).toEqual({ kind: 'coordinator-of', group: 'billing' });
  expect(readTarget('produce-2')).toEqual({ kind: 'named', name: 'produce-2' });
  expect(readTarget('the leader')).toBeUndefined();
  expect(readTarget('followers-of orders/3')).toEqual({
    kind: 'followers-of',
    topic: 'orders',
    partition: 3,
  });
  expect(readTarget('active-controller')).toEqual({ kind: 'controller' });
  expect(readTarget('voters-minority')).toEqual({ kind: 'voters-minority' });
  const members = ['broker-1', 'leader-of orders/0'];
  expect(readTarget('broker-1, leader-of orders/0')).toEqual({ kind: 'several', members });
  expect(readTarget('broker-1, the leader')).toBeUndefined();
});

test('the nearest name is near', () => {
  expect(nearest('ackss', ['acks', 'topic'])).toBe('acks');
  expect(nearest('zzzzzz', ['acks', 'topic'])).toBeUndefined();
});
