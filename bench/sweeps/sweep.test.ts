import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Sweep } from '../result.ts';
import { readSweep, type SweepFile, sweepSeconds } from './sweep.ts';
import { sweepLines } from './text.ts';

const load = '"kind": "produce", "load": { "loop": "closed", "outstandingRecords": 10 }';

function sweepOf(sweep: string, more = ''): SweepFile {
  const read = readSweep('some/folder/s.jsonc', `{ ${load}${more},\n  "sweep": ${sweep} }`);
  if (!read.ok) throw new Error(read.complaints.join('\n'));
  return read.value;
}

function complaintsOf(sweep: string, more = ''): string {
  const read = readSweep('s.jsonc', `{ ${load}${more},\n  "sweep": ${sweep} }`);
  return read.ok ? '' : read.complaints.join('\n');
}

describe('a sweep', () => {
  test('is every combination, each a workload with its settings', () => {
    const { name, over, points } = sweepOf('{ "record.bytes": [16, 100], "acks": [1, "all"] }');
    expect([name, over]).toEqual(['s', ['record.bytes', 'acks']]);
    expect(points.map(({ at, file: { workload } }) => [at, workload.record.bytes, workload.acks])).toEqual([
      [{ 'record.bytes': 16, acks: 1 }, 16, 1],
      [{ 'record.bytes': 16, acks: 'all' }, 16, 'all'],
      [{ 'record.bytes': 100, acks: 1 }, 100, 1],
      [{ 'record.bytes': 100, acks: 'all' }, 100, 'all'],
    ]);
    expect(new Set(points.map(({ file }) => file.name)).size).toBe(4);
    for (const { file } of points) expect(file.name).toMatch(/^s-\d-record\.bytes-\d+-acks-\w+$/);
  });

  test('goes as deep as a workload does, and leaves what stands beside it', () => {
    const { points } = sweepOf(
      '{ "producer.compressionType": ["lz4"], "record.payload.ratio": [4], "topic.configs.segment.bytes": ["99999"] }',
      ', "producer": { "lingerMs": 3 }, "record": { "bytes": 50, "payload": "random" }',
    );
    expect(points[0]?.file.workload).toMatchObject({
      producer: { lingerMs: 3, compressionType: 'lz4' },
      record: { bytes: 50, payload: { ratio: 4 } },
      topic: { configs: { 'segment.bytes': '99999' } },
    });
  });

  test.each<[string, string, RegExp, string?]>([
    ['a path that a workload has not', '{ "record.bites": [16] }', /^s\.jsonc:2:31: .*no property "bites"/],
    ['a value out of bounds, at the value', '{ "record.bytes": [16, 7] }', /^s\.jsonc:2:35: record\.bytes/],
    ['a value of the wrong kind', '{ "acks": [1, 0] }', /^s\.jsonc:2:26: acks/],
    ['a path into a value', '{ "acks.more": [1] }', /^s\.jsonc:2:28: acks/],
    [
      'a combination that contradicts itself',
      '{ "acks": [1, "all"] }',
      /enableIdempotence demands acks -1/,
      ', "producer": { "enableIdempotence": true }',
    ],
    ['no paths', '{}', /at least one path/],
    ['no values', '{ "acks": [] }', /^s\.jsonc:2:22: sweep/],
    ['a value twice', '{ "acks": [1, 1] }', /acks takes 1 twice/],
    ['values that are no list', '{ "acks": 1 }', /^s\.jsonc:2:22: sweep/],
    [
      'more combinations than anybody waits for',
      `{ "record.bytes": [${Array.from({ length: 13 }, (_, at) => at + 20)}], "producers": [1, 2, 3, 4, 5] }`,
      /65 combinations; at most 64/,
    ],
  ])('is refused for %s', (_why, sweep, complaint, more = '') => {
    expect(complaintsOf(sweep, more)).toMatch(complaint);
  });

  test('tells what is wrong with many combinations once', () => {
    expect(complaintsOf('{ "record.bytes": [7], "producers": [1, 2, 3] }').split('\n')).toHaveLength(1);
  });

  test('a workload without "sweep" is none', () => {
    const read = readSweep('s.jsonc', `{ ${load} }`);
    expect(read.ok || read.complaints).toEqual([
      's.jsonc:1:1: there is no property "sweep": this is not a sweep',
    ]);
    expect(readSweep('s.jsonc', '[1]').ok).toBe(false);
    expect(readSweep('s.jsonc', '{ "kind": ').ok).toBe(false);
  });
});

describe('the built-in sweeps', () => {
  const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.jsonc'));

  test('are there', () => {
    expect(names).toEqual([
      'acks-batch.jsonc',
      'codec.jsonc',
      'partitions.jsonc',
      'producers.jsonc',
      'size.jsonc',
    ]);
  });

  test.each(names)('%s is valid, short, and says what it does not show', (name) => {
    const read = readSweep(name, readFileSync(join(import.meta.dirname, name), 'utf8'));
    expect(read.ok ? [] : read.complaints).toEqual([]);
    if (!read.ok) return;
    expect(sweepSeconds(read.value)).toBeLessThanOrEqual(60);
    expect(read.value.points[0]?.file.story).toMatch(/Does not show: /);
  });
});

test('the table has a row for each point, and a dash for what is not known', () => {
  const run = {
    throughput: { recordsPerSecond: 1234.4, megabytesPerSecond: 1.5 },
    latencies: [],
    broker: null,
    client: { userUsPerRecord: 1, systemUsPerRecord: 0.25 },
    share: null,
    stamps: [{ name: 'NOISY', why: '' }],
  };
  const points = [16, 100].map((bytes) => ({ at: { 'record.bytes': bytes }, run }));
  const lines = sweepLines({ name: 's', over: ['record.bytes'], points } as unknown as Sweep);
  expect(lines).toHaveLength(4);
  expect(lines[2]?.trim().split(/ {2,}/)).toEqual([
    '16',
    '1234',
    '1.50',
    '-',
    '-',
    '-',
    '1.25',
    '-',
    'NOISY',
  ]);
});
