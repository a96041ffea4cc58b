// What is owed to the application of a group: by its style, by what was lost, and by what disturbed it.

import { describe, expect, test } from 'vitest';
import { acked } from '../checkers/testing-cluster-material.ts';
import { Story } from '../checkers/testing-material.ts';
import type { Material } from '../material.ts';
import type { DeliveryStyle, Processed } from '../record/history.ts';
import { tallyOf } from './tally.ts';

const styles = ['commit-before', 'commit-after', 'auto-commit', 'auto-commit-behind'] as const;

/** One record, processed once, and the end of the run. */
function processedOnce(style: DeliveryStyle, act: (story: Story) => void = () => {}): Material {
  const story = new Story();
  story.history.group('billing', style);
  const sends = story.acked(2);
  story.view('billing');
  story.process('billing', 0);
  story.commit('billing', 1);
  act(story);
  story.scan(sends);
  return story.material();
}

const skips = (style: DeliveryStyle, material: Material) =>
  material.groups.skips(style, 'billing', { topic: 'orders', partition: 0, offset: 0 });
const repeats = (style: DeliveryStyle, material: Material) =>
  material.groups.repeats(style, material.processed[0] as Processed, material.parts.end);

describe('by style', () => {
  const crash = (story: Story) => story.effect('client-crash', 'harmless', { target: 'consumer' });

  test('who commits ahead of the work may skip, the others never', () => {
    const verdicts = styles.map((style) => skips(style, processedOnce(style, crash)).is);
    expect(verdicts).toEqual(['may', 'never', 'never', 'may']);
  });

  test('who commits behind the work may repeat once something happened, who commits before it never', () => {
    expect(styles.map((style) => repeats(style, processedOnce(style, crash)).is)).toEqual([
      'never',
      'may',
      'may',
      'may',
    ]);
    expect(repeats('commit-after', processedOnce('commit-after')).is).toBe('never');
  });

  test('the fault is named, and it is one that the group can have felt', () => {
    const material = processedOnce('commit-after', (story) => {
      crash(story);
      story.effect('client-crash', 'harmless', { target: 'producer' });
    });
    expect(repeats('commit-after', material).because).toMatchObject({
      settings: ['commit-after'],
      fault: { kind: 'client-crash', target: 'consumer' },
    });
  });
});

describe('by what was lost', () => {
  test('a power loss permits both to everybody', () => {
    const lose = (story: Story) => story.effect('power-loss', 'unsynced-lost');
    for (const style of styles) {
      const material = processedOnce(style, lose);
      expect([skips(style, material).is, repeats(style, material).is]).toEqual(['may', 'may']);
    }
  });

  test('a loss of another partition permits nothing', () => {
    const both = acked(-1, 1);
    // The group keeps its offsets somewhere, so that it is known what was lost of them.
    both.meanwhile((cluster) => {
      cluster.commit({ leader: 1, leaderEpoch: 0, isr: '1', minimum: 1 });
      cluster.monitor.cluster.partition('__consumer_offsets', 0).now = cluster.partition.now;
      cluster.losePower(1);
      cluster.boot(1);
      cluster.recover(1, 9);
    });
    const { groups } = both.material();
    const at = (topic: string) =>
      groups.skips('commit-after', 'billing', { topic, partition: 0, offset: 9 }).is;
    expect([at('orders'), at('payments')]).toEqual(['may', 'never']);
  });
});

test('the tally counts records by what is permitted of them', () => {
  const material = processedOnce('commit-before', (story) => story.effect('crash', 'harmless'));
  expect(tallyOf(material)).toEqual({
    lost: { of: 2, permitted: 0 },
    duplicated: { of: 2, permitted: 0 },
    reordered: { of: 2, permitted: 0 },
    'delivered twice': { of: 1, permitted: 0 },
    skipped: { of: 1, permitted: 1 },
  });
});
