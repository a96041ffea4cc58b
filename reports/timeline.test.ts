// The timeline shows what happened: every fault, every death, every outcome, and the finding at its place.

import { describe, expect, test } from 'vitest';
import { runFacts } from './run-facts.ts';
import { malformed } from './testing-markup.ts';
import { effect, keptRun, lost } from './testing-suite.ts';
import { aroundFinding, niceStep, timeline, wholeRun } from './timeline.ts';

function drawn(changes: Parameters<typeof keptRun>[2] = {}) {
  const run = runFacts(keptRun('17', 'violation', changes), lost, true);
  return timeline(run, wholeRun(run), 'x');
}

function places(svg: string, kind: string): number[] {
  const shapes = svg.matchAll(new RegExp(`<rect class="${kind}" x="([\\d.]+)"`, 'g'));
  return [...shapes].map((match) => Number(match[1]));
}

describe('the timeline', () => {
  test('has a row and a bar for each fault, hollow without effect', () => {
    const { svg, notes } = drawn();
    expect(malformed(svg)).toBeUndefined();
    for (const fault of ['power-loss', 'pause', 'wipe'])
      expect(svg).toContain(`>${fault} \u2192 broker-1</text>`);
    expect(places(svg, 'fault').length).toBe(2);
    expect(places(svg, 'fault none').length).toBe(1);
    expect(notes).toEqual([]);
  });

  test('puts times where they belong', () => {
    const { svg } = drawn();
    // From 250 to 1184 for two seconds: the power loss at one second stands in the middle, for a quarter.
    expect(svg).toContain('<rect class="fault" x="717" y="39" width="233.5"');
    expect(svg).toMatch(/<g class="finding failure"><title>[^<]*<\/title><line x1="670.3"/);
  });

  test('ends a life with its death, and begins the next', () => {
    const { svg } = drawn();
    expect(svg).toContain('<g class="end power-lost">');
    expect(svg).toContain('class="boot"');
    expect(svg).toContain('class="paused"');
    expect(places(svg, 'life').length).toBe(3);
  });

  test('tells outcomes apart', () => {
    const { svg } = drawn();
    for (const mark of ['acked', 'failed', 'unknown']) expect(svg).toContain(`<path class="op ${mark}"`);
    expect(svg).toContain('produce-1: 1 failed');
  });

  test('counts what it leaves out', () => {
    const effects = Array.from({ length: 2_000 }, (_, index) =>
      effect(`kind-${index % 30}`, index * 900, index * 900 + 400),
    );
    const { svg, notes } = drawn({ effects });
    expect(notes.join(' ')).toContain('6 rows of faults not drawn: kind-24');
    expect(places(svg, 'fault').length).toBe(20 * 67 + 4 * 66);
    const many = drawn({
      effects: Array.from({ length: 1_000 }, (_, index) => effect('one', index * 900, index * 900 + 400)),
    });
    expect(places(many.svg, 'fault').length).toBe(80);
    expect(many.notes.join(' ')).toContain('920 of 1,000 bars not drawn');
  });

  test('says when there was no trace', () => {
    const kept = keptRun('17', 'violation');
    const { trace: _, history: __, ...outcome } = kept.outcome;
    const run = runFacts({ ...kept, outcome }, lost, true);
    const { svg, notes } = timeline(run, wholeRun(run), 'x');
    expect(notes.join(' ')).toContain('No trace was kept');
    expect(svg).toContain('power-loss');
  });

  test('looks closer where the finding is far shorter than the run', () => {
    const long = runFacts(keptRun('17', 'violation', { virtualUs: 100_000_000 }), lost, true);
    const window = aroundFinding(long);
    expect(window?.fromUs).toBeLessThan(lost.timeUs);
    expect(window?.toUs).toBeGreaterThan(lost.timeUs);
    const run = runFacts(
      keptRun('17', 'violation', { virtualUs: 300_000 }),
      { ...lost, timeUs: 150_000 },
      true,
    );
    expect(aroundFinding(run)).toBeUndefined();
  });
});

test.each([
  [1, 1],
  [1.5, 2],
  [3, 5],
  [700, 1_000],
  [1_000_000, 1_000_000],
])('the distance of ticks above %d is %d', (atLeast, step) => {
  expect(niceStep(atLeast)).toBe(step);
});
