import { describe, expect, test } from 'vitest';
import type { AnyEvent } from './events.ts';
import { Fingerprint, Recorder } from './recorder.ts';

const present = { step: 7, cause: 3, nowUs: 1000 };

function print(events: readonly AnyEvent[], node = 'b', incarnation = 1): string {
  const recorder = new Recorder(present, 0);
  for (const event of events) recorder.record(node, incarnation, event);
  return recorder.fingerprint.text();
}

describe('recorder', () => {
  test('the fingerprint depends on every field of every event, and on their order', () => {
    const flushed = { kind: 'log-flushed', topic: 't', partition: 0, recoveryPoint: 5 } as const;
    const started = { kind: 'broker-started', brokerId: 1, cleanShutdown: true } as const;
    const prints = [
      print([flushed, started]),
      print([started, flushed]),
      print([flushed]),
      print([flushed], 'c'),
      print([flushed], 'b', 2),
      print([{ ...flushed, topic: 'u' }]),
      print([{ ...flushed, partition: 1 }]),
      print([{ ...flushed, recoveryPoint: 6 }]),
      print([{ ...flushed, recoveryPoint: 5 + 2 ** 32 }]),
      print([{ ...flushed, recoveryPoint: -5 }]),
      print([{ ...flushed, recoveryPoint: 5.5 }]),
      print([started]),
      print([{ ...started, cleanShutdown: false }]),
    ];
    expect(new Set(prints).size).toBe(prints.length);
    expect(print([flushed, started])).toBe(prints[0]);
  });

  test('keeps events up to its limit, with step, cause and time; listeners hear all of them', () => {
    const recorder = new Recorder(present, 1);
    const heard: string[] = [];
    recorder.listen(({ event }) => heard.push(event.kind));
    recorder.record('b', 2, { kind: 'note', text: 'first' });
    recorder.record('b', 2, { kind: 'broker-stopped', brokerId: 1 });
    const event = { kind: 'note', text: 'first' };
    expect(recorder.events).toEqual([{ step: 7, cause: 3, timeUs: 1000, node: 'b', incarnation: 2, event }]);
    expect(heard).toEqual(['note', 'broker-stopped']);
    expect([recorder.recorded, recorder.dropped]).toEqual([2, 1]);
    expect([...recorder.counts()]).toEqual([
      ['note', 1],
      ['broker-stopped', 1],
    ]);
  });

  test('an event that is not flat is a bug', () => {
    const nested = { kind: 'note', text: ['a', 'b'] } as unknown as AnyEvent;
    expect(() => print([nested])).toThrow(/flat/);
    expect(() => new Fingerprint().addNumber(Number.NaN)).toThrow(/finite/);
  });

  test('a hundred thousand equal words leave no short cycle and no constant half', () => {
    const fingerprint = new Fingerprint();
    const seen = new Set<number>();
    for (let word = 0; word < 100_000; word++) {
      fingerprint.add(0);
      seen.add(fingerprint.word);
    }
    expect(seen.size).toBeGreaterThan(99_900);
  });
});
