// The conversion of what the simulator recorded, and the round through a file: both ways to a ledger judge
// alike.

import { describe, expect, test } from 'vitest';
import { Story } from '../checkers/testing-material.ts';
import type { AnomalyType } from './anomalies.ts';
import { clientHistoryLines, clientLedger, clientOperations } from './from-simulator.ts';
import { type ClientVerdict, judgeHistory } from './judge.ts';
import { HistoryParser } from './parse.ts';

function bothWays(story: Story): ClientVerdict {
  const direct = judgeHistory(clientLedger(clientOperations(story.history.entries)));
  const parser = new HistoryParser();
  for (const line of clientHistoryLines(story.history.entries, 'a test')) parser.line(line);
  parser.end();
  expect(parser.complaints).toEqual([]);
  const throughFile = judgeHistory(parser.ledger);
  const told = ({ valid, anomalies, operations, sends, reads }: ClientVerdict) => {
    return { valid, operations, sends, reads, anomalies: anomalies.map(({ type, count }) => [type, count]) };
  };
  expect(told(throughFile)).toEqual(told(direct));
  return direct;
}

function types(story: Story): AnomalyType[] {
  return bothWays(story).anomalies.map(({ type }) => type);
}

describe('converted', () => {
  test('a healthy run is valid', () => {
    const story = new Story();
    const sends = story.acked(4);
    const view = story.view();
    for (const offset of [0, 1, 2, 3]) story.fetch(view, offset);
    story.scan(sends);
    story.scan(sends, 2);
    const verdict = bothWays(story);
    expect(verdict.valid).toBe(true);
    expect(verdict.anomalies).toEqual([]);
    expect(verdict.operations).toEqual({ 'send ok': 4, 'assign ok': 3, 'poll ok': 6 });
    expect(verdict.subscribed).toBe(false);
  });

  test('every outcome keeps its meaning', () => {
    const story = new Story();
    story.ok(story.send(0), 0);
    story.history.end(story.send(1), 'failed', 'MESSAGE_TOO_LARGE');
    story.history.end(story.send(2), 'unknown', 'REQUEST_TIMED_OUT');
    story.send(3);
    story.scan(['producer#1/0', 'producer#1/2', 'producer#1/3']);
    const { valid, operations } = bothWays(story);
    expect(valid).toBe(true);
    expect(operations).toMatchObject({ 'send ok': 1, 'send fail': 1, 'send info': 2 });
  });

  test('sends that overlap are of several processes: their answers may come in any order', () => {
    const story = new Story();
    const first = story.send(0);
    const second = story.send(1);
    story.ok(second, 0);
    story.ok(first, 1);
    const third = story.send(2);
    story.ok(third, 2);
    story.scan([second, first, third]);
    expect(types(story)).toEqual([]);
    const processes = clientOperations(story.history.entries).map(({ process }) => process);
    expect(processes.slice(0, 3)).toEqual(['producer#1 (2)', 'producer#1', 'producer#1']);
  });

  test('sends one after the other are of one process: they must stand in that order', () => {
    const story = new Story();
    const [first, second] = [story.ok(story.send(0), 1), story.ok(story.send(1), 0)];
    story.scan([second, first]);
    expect(types(story)).toEqual(['nonmonotonic-send', 'G0-process']);
  });

  test('a send of unknown outcome takes its process with it', () => {
    const story = new Story();
    const first = story.send(0);
    story.history.end(first, 'unknown', 'REQUEST_TIMED_OUT');
    const second = story.ok(story.send(1), 0);
    // It arrived after all, long after it was given up.
    story.scan([second, first]);
    expect(types(story)).toEqual([]);
  });

  test('a reader that begins anew may read again, and one that does not may not', () => {
    const story = new Story();
    const sends = story.acked(3);
    const view = story.view();
    for (const offset of [0, 1]) story.fetch(view, offset);
    const again = story.view();
    for (const offset of [0, 1, 2]) story.fetch(again, offset);
    story.scan(sends);
    expect(types(story)).toEqual([]);
    story.fetch(again, 1);
    expect(types(story)).toEqual(['nonmonotonic-poll']);
  });

  test('a member of a group subscribes', () => {
    const story = new Story();
    const sends = story.acked(2);
    const view = story.view('group');
    for (const offset of [0, 1]) story.fetch(view, offset);
    story.scan(sends);
    const { subscribed, operations, consumeCounts } = bothWays(story);
    expect(subscribed).toBe(true);
    expect(operations['subscribe ok']).toBe(1);
    expect(consumeCounts?.distribution).toEqual({ 1: 2 });
  });

  test('bytes that are nobody’s are read from nobody', () => {
    const story = new Story();
    story.acked(1);
    story.scan(['producer#1/0', null]);
    expect(types(story)).toEqual(['no-writer']);
    expect(bothWays(story).valid).toBe('unknown');
  });

  test('a send whose key decides is where it was read', () => {
    const story = new Story();
    const place = {
      client: 'producer',
      session: 'producer#1',
      topic: 'orders',
      partition: -1,
      n: 0,
      key: 'k',
    };
    const send = story.history.send({ ...place, acks: -1, idempotent: true, maxInFlight: 5 });
    story.history.end(send, 'unknown', 'REQUEST_TIMED_OUT');
    story.ok(story.send(1), 1);
    story.scan([send, 'producer#1/1']);
    expect(types(story)).toEqual([]);
  });
});
