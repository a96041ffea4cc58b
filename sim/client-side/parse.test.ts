// A line that is not as the format says is refused, by line and field; nothing is lost in silence.

import { describe, expect, test } from 'vitest';
import { complaintsMax } from './format.ts';
import { HistoryParser } from './parse.ts';
import { complaintText } from './report.ts';

function parse(...lines: readonly unknown[]): HistoryParser {
  const parser = new HistoryParser();
  for (const line of lines) parser.line(typeof line === 'string' ? line : JSON.stringify(line));
  parser.end();
  return parser;
}

const header = { format: 'odradek-client-history', version: 1 };

function send(more: Record<string, unknown> = {}): Record<string, unknown> {
  return { index: 0, time: 0, process: 0, type: 'ok', f: 'send', value: [['send', 'x', [0, 'a']]], ...more };
}

function poll(read: unknown): Record<string, unknown> {
  return { time: 0, process: 0, type: 'ok', f: 'poll', value: [['poll', read]] };
}

describe('refused, by line and field', () => {
  const bad: readonly [what: string, lines: readonly unknown[], complaint: RegExp][] = [
    ['no JSON', ['{"index":'], /^h:1: line: one JSON document/],
    ['no object', [[1]], /^h:1: line: one JSON object/],
    ['another format', [{ format: 'csv' }], /^h:1: format: 'odradek-client-history'/],
    ['another version', [{ ...header, version: 2 }], /^h:1: version: 1, the only version/],
    ['a header that says more', [{ ...header, mood: 'good' }], /^h:1: header: .*mood/],
    ['a header in the middle', [send(), header], /^h:2: type: invoke, ok/],
    ['no anomaly', [{ ...header, options: { ignore: ['sloth'] } }], /^h:1: options.ignore.0: /],
    ['no type', [send({ type: 'OK' })], /^h:1: type: invoke, ok, fail or info/],
    ['no action', [send({ f: 'write' })], /^h:1: f: send, poll, txn/],
    ['no process', [send({ process: null })], /^h:1: process: a whole number, or a name/],
    ['no time', [send({ time: '12' })], /^h:1: time: nanoseconds/],
    ['a time before another', [send({ time: 5 }), send({ time: 4 })], /^h:2: time: at least 5/],
    ['no index', [send({ index: -1 })], /^h:1: index: a whole number/],
    ['no list', [send({ value: 'a' })], /^h:1: value: a list of sends and polls/],
    ['no part', [send({ value: ['send'] })], /^h:1: value: \["send", key/],
    ['a poll in a send', [send({ value: [['poll', {}]] })], /^h:1: value: "send" in a send, not "poll"/],
    ['a send in a poll', [{ ...poll({}), value: [['send', 'x', 1]] }], /^h:1: value: "poll" in a poll/],
    ['no key', [send({ value: [['send', null, 1]] })], /^h:1: value.send: a whole number, or a name/],
    ['no value', [send({ value: [['send', 'x', [0, null]]] })], /^h:1: value.send: a value/],
    ['no offset', [send({ value: [['send', 'x', [-1, 'a']]] })], /^h:1: value.send: an offset/],
    ['a pair of three', [send({ value: [['send', 'x', [0, 'a', 1]]] })], /^h:1: value.send: a value, or/],
    ['no map', [poll([])], /^h:1: value.poll: \{"key"/],
    ['no records', [poll({ x: 7 })], /^h:1: value.poll.x: a list of \[offset, value\]/],
    ['no record', [poll({ x: [[0]] })], /^h:1: value.poll.x: \[offset, value\]/],
    ['no keys', [{ ...poll({}), f: 'assign', value: null }], /^h:1: value: a list of keys/],
    ['no rebalances', [{ ...poll({}), 'rebalance-log': {} }], /^h:1: rebalance-log: a list/],
    ['no rebalanced keys', [{ ...poll({}), 'rebalance-log': [{}] }], /^h:1: rebalance-log.keys: /],
    [
      'two at once',
      [send({ type: 'invoke' }), send({ type: 'invoke' })],
      /^h:2: process: an end of what 0 began in line 1/,
    ],
    [
      'another end',
      [send({ type: 'invoke' }), poll({})],
      /^h:2: f: the end of the send that 0 began in line 1/,
    ],
    ['a bad beginning without an end', [send({ type: 'invoke', value: 1 })], /^h:1: value: a list of sends/],
  ];
  test.each(bad)('%s', (_what, lines, complaint) => {
    const { complaints } = parse(...lines);
    expect(complaints.map((one) => complaintText('h', one)).join('\n')).toMatch(complaint);
  });

  test('only so many complaints', () => {
    const parser = parse(...Array.from({ length: 100 }, () => 'x'));
    expect(parser.complaints.length).toBe(complaintsMax);
    expect(parser.hasEnough).toBe(true);
  });
});

describe('read', () => {
  test('what Jepsen writes, field by field', () => {
    const {
      ledger,
      complaints,
      header: read,
    } = parse(
      { ...header, story: 'from a real cluster' },
      { index: 0, time: 0, process: 'nemesis', type: 'info', f: 'partition', value: null },
      { index: 1, time: 1, process: 3, type: 'invoke', f: 'txn', value: [['send', 5, 140], ['poll']] },
      {
        index: 2,
        time: 2,
        process: 3,
        type: 'ok',
        f: 'txn',
        value: [
          ['send', 5, [272, 140]],
          ['poll', { 5: [[271, 139]] }],
        ],
        'rebalance-log': [{ keys: [5] }],
      },
      { index: 3, time: 3, process: 3, type: 'invoke', f: 'crash', value: null },
      { index: 4, time: 4, process: 3, type: 'info', f: 'crash', value: null, error: 'indeterminate' },
      '',
    );
    expect(complaints).toEqual([]);
    expect(read?.story).toBe('from a real cluster');
    expect([ledger.operations, ledger.sends, ledger.reads, ledger.keys.count]).toEqual([2, 1, 1, 1]);
    expect([ledger.index(0), ledger.invokedNs(0), ledger.completedNs(0)]).toEqual([2, 1, 2]);
    expect([ledger.sendOffset(0), ledger.nameOf(ledger.sendValue(0))]).toEqual([272, 140]);
    expect(ledger.rebalanced(0)).toEqual(new Set([0]));
    expect([ledger.action(0), ledger.action(1)]).toEqual(['txn', 'other']);
  });

  test('an end without a beginning, and a beginning without an end', () => {
    const open = send({ time: 1, process: 1, type: 'invoke', value: [['send', 'x', 'b']] });
    const { ledger, complaints } = parse(send({ index: undefined }), open);
    expect(complaints).toEqual([]);
    expect([ledger.operations, ledger.index(0), ledger.outcome(1)]).toEqual([2, 1, 2]);
    expect(ledger.completedPlace(1)).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('7 and "7" are two values, 5 and "5" are one key', () => {
    const value = [
      ['send', 5, 7],
      ['send', '5', '7'],
    ];
    const { ledger } = parse(send({ value }));
    expect([ledger.keys.count, ledger.values]).toEqual([1, 2]);
  });
});
