// Which values a setting may have had, and when.

import { describe, expect, test } from 'vitest';
import type { TracedEvent } from '../material.ts';
import { EffectiveConfiguration } from './configuration.ts';

const changed = (
  step: number,
  resource: string,
  key: string,
  value: string,
  node = 'broker-1',
): TracedEvent => ({
  step,
  timeUs: step,
  node,
  incarnation: 1,
  event: { kind: 'config-changed', resource, key, value },
});
const minimum = 'min.insync.replicas';
const valuesOf = (configuration: EffectiveConfiguration, from: number, to: number) => [
  ...(configuration.between('orders', minimum, from, to) ?? []),
];

describe('the configuration in effect', () => {
  test('is the topic before the broker before the default', () => {
    const given = { broker: {}, topics: {}, electsUncleanly: false };
    const topics = { orders: { [minimum]: '2' } };
    const broker = { [minimum]: '3' };
    expect(valuesOf(new EffectiveConfiguration(given, []), 0, 9)).toEqual(['1']);
    expect(valuesOf(new EffectiveConfiguration({ ...given, broker }, []), 0, 9)).toEqual(['3']);
    expect(valuesOf(new EffectiveConfiguration({ ...given, broker, topics }, []), 0, 9)).toEqual(['2']);
  });

  test('is another one after a change, and both until the last broker has read it', () => {
    const given = { broker: {}, topics: { orders: { [minimum]: '2' } }, electsUncleanly: false };
    const events = [
      changed(10, 'topic:orders', minimum, '1'),
      changed(15, 'topic:orders', minimum, '1', 'broker-2'),
      changed(12, 'topic:payments', minimum, '3'),
    ];
    const configuration = new EffectiveConfiguration(given, events);
    expect(valuesOf(configuration, 0, 9)).toEqual(['2']);
    expect(valuesOf(configuration, 11, 12).sort()).toEqual(['1', '2']);
    expect(valuesOf(configuration, 16, 20)).toEqual(['1']);
    expect(configuration.always('orders', minimum, '1', 16, 20)).toBe(true);
    expect(configuration.always('orders', minimum, '1', 9, 20)).toBe(false);
    expect(configuration.maybe('orders', minimum, '2', 15, 20)).toBe(true);
  });

  test('of a topic whose own setting was taken away is that of the broker', () => {
    const given = {
      broker: { [minimum]: '3' },
      topics: { orders: { [minimum]: '2' } },
      electsUncleanly: false,
    };
    const events = [changed(5, 'topic:orders', minimum, ''), changed(8, 'broker:', minimum, '1')];
    const configuration = new EffectiveConfiguration(given, events);
    expect(valuesOf(configuration, 6, 7)).toEqual(['3']);
    expect(valuesOf(configuration, 9, 9).sort()).toEqual(['1', '3']);
  });

  test('is not known where nobody told it: then nothing is for sure, and everything may be', () => {
    const configuration = new EffectiveConfiguration(undefined, []);
    expect(configuration.between('orders', 'flush.messages', 0, 9)).toBeUndefined();
    expect(configuration.always('orders', 'flush.messages', '1', 0, 9)).toBe(false);
    expect(configuration.maybe('orders', 'unclean.leader.election.enable', 'true', 0, 9)).toBe(true);
    expect(configuration.electsUncleanly).toBe(true);
  });
});
