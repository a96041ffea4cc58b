import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  consumerOptionsOf,
  durabilityOf,
  producerOptionsOf,
  readWorkload,
  topicConfigs,
  type Workload,
} from './workload.ts';

function complaintsOf(text: string): readonly string[] {
  const read = readWorkload('w.jsonc', text);
  return read.ok ? [] : read.complaints;
}

function workloadOf(text: string): Workload {
  const read = readWorkload('some/folder/name-of-it.jsonc', text);
  if (!read.ok) throw new Error(read.complaints.join('\n'));
  expect(read.value.name).toBe('name-of-it');
  return read.value.workload;
}

const closed = '"load": { "loop": "closed", "outstandingRecords": 10 }';

describe('a workload file', () => {
  test('needs only its kind and its load; the rest has defaults', () => {
    const workload = workloadOf(`{ "kind": "produce", ${closed} }`);
    expect(workload).toMatchObject({
      fsync: 'none',
      acks: 'all',
      producers: 1,
      record: { bytes: 1024, payload: 'random' },
    });
    expect(workload.topic).toEqual({ partitions: 1, configs: {} });
  });

  test('may pause a broker whose producers do not send again meanwhile', () => {
    const faults = '"faults": [{ "fault": "pause", "atSeconds": 1, "forSeconds": 1 }]';
    expect(complaintsOf(`{ "kind": "produce", ${closed}, "acks": 1, ${faults} }`)).toEqual([]);
  });

  test('tells its story in the comment on top', () => {
    const read = readWorkload(
      'w.jsonc',
      `// What it shows.\n// What it does not.\n{ "kind": "produce", ${closed} } // end`,
    );
    expect(read.ok && read.value.story).toBe('What it shows.\nWhat it does not.');
  });

  const wrong: readonly [name: string, text: string, complaint: RegExp][] = [
    [
      'an unknown property',
      `{ "kind": "produce", ${closed},\n  "ackz": 1 }`,
      /^w\.jsonc:2:3: .*no property "ackz"/,
    ],
    [
      'an unknown property further in',
      `{ "kind": "produce", ${closed},\n  "producer": { "lingerMs": 1,\n    "linger": 5 } }`,
      /^w\.jsonc:3:5: "producer" has no property "linger"/,
    ],
    [
      'a value out of bounds',
      `{ "kind": "produce", ${closed},\n "producers": 0 }`,
      /^w\.jsonc:2:15: producers: /,
    ],
    [
      'faults at the same time',
      `{ "kind": "produce", ${closed}, "faults": [{ "fault": "pause", "atSeconds": 1, "forSeconds": 2 },
        { "fault": "kill", "atSeconds": 2, "forSeconds": 1 }] }`,
      /2:\d+: a fault begins when the one before is over/,
    ],
    [
      'a kill of which duplicates must come',
      `{ "kind": "produce", ${closed}, "acks": 1, "faults": [{ "fault": "kill", "atSeconds": 1, "forSeconds": 1 }] }`,
      /1:\d+: without idempotence/,
    ],
    [
      'a pause that requests do not outlive, without idempotence',
      `{ "kind": "produce", ${closed}, "producer": { "enableIdempotence": false, "requestTimeoutMs": 900 },
         "faults": [{ "fault": "pause", "atSeconds": 1, "forSeconds": 1 }] }`,
      /2:\d+: without idempotence/,
    ],
    [
      'a fault that outlives the load',
      `{ "kind": "produce", ${closed},\n "faults": [{ "fault": "pause", "atSeconds": 4, "forSeconds": 2 }] }`,
      /2:\d+: a fault is over when/,
    ],
    [
      'faults in a load of a day',
      `{ "kind": "produce", ${closed}, "durationSeconds": 86400,
        "faults": [{ "fault": "pause", "atSeconds": 4, "forSeconds": 2 }] }`,
      /at most 3600 s/,
    ],
    [
      'a backlog after a warm-up',
      '{ "kind": "end-to-end", "load": { "loop": "open", "recordsPerSecond": 5 }, "backlogRecords": 9 }',
      /1:1: a backlog is worked off from the first moment on/,
    ],
    ['acks 0', `{ "kind": "produce", ${closed}, "acks": 0 }`, /acks/],
    ['an unknown kind', '{ "kind": "destroy" }', /^w\.jsonc:1:11: kind/],
    ['an unknown loop', '{ "kind": "produce", "load": { "loop": "ajar" } }', /load\.loop/],
    [
      'a mixture of loops',
      '{ "kind": "produce", "load": { "loop": "closed", "outstandingRecords": 1, "recordsPerSecond": 5 } }',
      /recordsPerSecond/,
    ],
    ['an end-to-end load that is closed', `{ "kind": "end-to-end", ${closed} }`, /load/],
    ['a load of a consumer', `{ "kind": "consume", ${closed} }`, /no property "load"/],
    ['text that is no JSON', '{ "kind": ', /^w\.jsonc:1:\d+: /],
    ['nothing at all', '', /^w\.jsonc:1:1: /],
    [
      'a warm-up before a fixed number of records',
      '{ "kind": "produce", "load": { "loop": "closed", "outstandingRecords": 1, "recordsMax": 5 } }',
      /1:\d+: recordsMax counts from the first record on/,
    ],
    ['part of a second', `{ "kind": "produce", ${closed}, "durationSeconds": 1.5 }`, /durationSeconds/],
    [
      'flush.messages behind the back of fsync',
      `{ "kind": "produce", ${closed}, "topic": { "configs": { "flush.messages": "1" } } }`,
      /1:\d+: flush\.messages is what "fsync" is for/,
    ],
    [
      'options that contradict each other',
      `{ "kind": "produce", ${closed}, "acks": 1, "producer": { "enableIdempotence": true } }`,
      /enableIdempotence demands acks -1/,
    ],
    [
      'what its generator has not',
      `{ "kind": "produce", ${closed}, "generator": "kafkajs",\n "producer": { "bufferMemoryBytes": 5000 } }`,
      /^w\.jsonc:2:\d+: kafkajs has no bufferMemoryBytes/,
    ],
    [
      'an open loop of kcat',
      '{ "kind": "produce", "generator": "kcat", "load": { "loop": "open", "recordsPerSecond": 5 } }',
      /kcat sends what it is given at once: it has no open loop/,
    ],
    [
      'a consumer that is not driven',
      '{ "kind": "consume", "generator": "platformatic" }',
      /platformatic is driven as a producer only/,
    ],
    [
      'producers that cannot be shared out',
      `{ "kind": "produce", ${closed}, "generatorProcesses": 2, "producers": 3 }`,
      /3 producers cannot be shared out evenly among 2 processes/,
    ],
    [
      'options of a consumer that contradict each other',
      '{ "kind": "consume", "consumer": { "fetchMaxWaitMs": 60000 } }',
      /fetchMaxWaitMs must be less/,
    ],
  ];
  test.each(wrong)('is refused for %s, with file, line and column', (_name, text, complaint) => {
    const complaints = complaintsOf(text);
    expect(complaints.join('\n')).toMatch(complaint);
    for (const each of complaints) expect(each).toMatch(/^w\.jsonc:\d+:\d+: ./);
  });

  test('is told everything that is wrong at once', () => {
    expect(complaintsOf(`{ "kind": "produce", ${closed}, "a": 1, "b": 2, "producers": -1 }`)).toHaveLength(3);
  });
});

describe('what a workload means', () => {
  test('fsync sets the topic property that does it', () => {
    const withFsync = (fsync: string): Workload =>
      workloadOf(`{ "kind": "produce", ${closed}, "fsync": ${fsync} }`);
    expect(topicConfigs(withFsync('"none"'))).toEqual({});
    expect(topicConfigs(withFsync('"before-ack"'))).toEqual({ 'flush.messages': '1' });
    expect(topicConfigs(withFsync('{ "everyMs": 100 }'))).toEqual({ 'flush.ms': '100' });
    expect(durabilityOf(withFsync('{ "everyMs": 100 }'))).toBe('fsync every 100 ms');
  });

  test('a broker is told to look whether it is time to fsync, which by default it never does', () => {
    const every = `"kind": "produce", ${closed}, "fsync": { "everyMs": 100 }`;
    const property = 'log.flush.scheduler.interval.ms';
    expect(workloadOf(`{ ${every} }`).broker).toEqual({ [property]: '100' });
    expect(workloadOf(`{ ${every}, "broker": { "${property}": "7" } }`).broker).toEqual({ [property]: '7' });
    expect(workloadOf(`{ "kind": "produce", ${closed}, "fsync": "before-ack" }`).broker).toEqual({});
  });

  test('a consumer makes no topics: it would bring back one that was taken away', () => {
    const consume = workloadOf('{ "kind": "consume" }');
    expect(consumerOptionsOf(consume, []).allowAutoCreateTopics).toBe(false);
  });

  test('keyed lets the key pick the partition', () => {
    const of = (partitioning: string): unknown =>
      producerOptionsOf(workloadOf(`{ "kind": "produce", ${closed}, "partitioning": "${partitioning}" }`), [])
        .partitionerIgnoreKeys;
    expect([of('keyed'), of('sticky'), of('round-robin')]).toEqual([false, true, true]);
  });

  test('acks 1 goes without idempotence', () => {
    const options = producerOptionsOf(workloadOf(`{ "kind": "produce", ${closed}, "acks": 1 }`), []);
    expect(options).toMatchObject({ acks: 1, enableIdempotence: false });
  });
});

describe('the built-in workloads', () => {
  const folder = join(import.meta.dirname, 'workloads');
  const names = readdirSync(folder);

  test('are there', () => {
    expect(names.length).toBeGreaterThan(5);
  });

  test.each(names)('%s is valid and says what it does not show', (name) => {
    const read = readWorkload(name, readFileSync(join(folder, name), 'utf8'));
    expect(read.ok ? [] : read.complaints).toEqual([]);
    if (!read.ok) return;
    expect(read.value.story).toMatch(/Does not show: /);
    // The name is the experiment: it may not say something else than the file.
    const { kind, topic, fsync } = read.value.workload;
    expect(name.startsWith(kind)).toBe(true);
    expect(name).toContain(`-${topic.partitions}p-`);
    expect(name.includes('fsync')).toBe(fsync !== 'none');
    if (read.value.workload.kind !== 'consume') {
      expect(name).toContain(`-${read.value.workload.load.loop}`);
    }
  });
});
