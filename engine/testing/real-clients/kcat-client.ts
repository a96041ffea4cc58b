// kcat, and with it librdkafka, as a mass client and as a command in tests. Where it is not installed, tests
// say so.
//
// kcat tells no acknowledgements one by one. It ends when all are in, and names each failure: a record counts
// as acknowledged when kcat ended well and did not name it, so that in a run through a crash all or nothing
// is promised. It ends at the first broken connection unless it is given -E.

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { keyOf, textOf } from './ledger.ts';
import { type MassClient, type MassRun, pieces } from './mass-client.ts';

const linesPerWrite = 500;
/** So many it holds at most before it stops reading: those may still be unsent when the broker is killed. */
const queueRecordsMax = 10_000;

/** undefined when there is no kcat, and otherwise its own words about its version. */
export const kcatVersion: string | undefined = /Version (\S+) .*librdkafka (\S+)/
  .exec(spawnSync('kcat', ['-V']).stdout?.toString() ?? '')
  ?.slice(1, 3)
  .join(', librdkafka ');

export interface KcatResult {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs kcat to its end. */
export async function kcat(address: string, parameters: readonly string[], input = ''): Promise<KcatResult> {
  const child = start(address, parameters);
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  const errors = errorsOf(child);
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, output, errors: errors() };
}

/**
 * Has the broker make the topic in passing, as kcat has no command for it: at the first question, or soon
 * after.
 */
export async function makeTopic(address: string, topic: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { output } = await kcat(address, ['-L', '-J', '-t', topic]);
    if (JSON.parse(output).topics[0].partitions.length > 0) return;
  }
  throw new Error(`the topic ${topic} does not come into being`);
}

function start(address: string, parameters: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn('kcat', ['-b', address, ...parameters]);
}

function errorsOf(child: ChildProcessWithoutNullStreams): () => string {
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  // kcat may end before it has read all: that shows in its exit code, not here.
  child.stdin.on('error', () => {});
  return () => errors;
}

const settings = [
  ...['-X', `queue.buffering.max.messages=${queueRecordsMax}`],
  ...['-X', 'linger.ms=5', '-X', 'reconnect.backoff.max.ms=500', '-X', 'message.timeout.ms=120000'],
];

export const kcatClient: MassClient = {
  name: 'kcat',

  async createTopic({ address, topic }: MassRun): Promise<void> {
    await makeTopic(address, topic);
  },

  async produce(run: MassRun): Promise<void> {
    const { address, topic, compression, idempotent, ledger } = run;
    const child = start(address, [
      '-P',
      '-E',
      '-t',
      topic,
      '-K',
      '\t',
      '-z',
      compression,
      ...settings,
      '-X',
      `enable.idempotence=${idempotent}`,
    ]);
    const errors = errorsOf(child);
    const closed = once(child, 'close');
    let count = 0;
    for await (const { first, size } of pieces(run, linesPerWrite)) {
      count = first + size;
      let lines = '';
      for (let number = first; number < first + size; number++) {
        lines += `${keyOf(number)}\t${textOf(ledger.plan, number)}\n`;
      }
      ledger.sent(size);
      if (!child.stdin.write(lines)) await Promise.race([once(child.stdin, 'drain'), closed]);
    }
    child.stdin.end();
    const [code] = await closed;
    if (code !== 0 || errors().includes('Delivery failed')) {
      throw new Error(`kcat ended with ${code}: ${errors().slice(0, 2000)}`);
    }
    ledger.acknowledged(0, count);
  },

  async consume({ address, topic, ledger }: MassRun): Promise<void> {
    const child = start(address, ['-C', '-q', '-t', topic, '-o', 'beginning', '-e', '-f', '%p\\t%k\\t%s\\n']);
    const errors = errorsOf(child);
    const closed = once(child, 'close');
    child.stdin.end();
    for await (const line of createInterface({ input: child.stdout })) {
      const [partition, key, value] = line.split('\t') as [string, string, string];
      ledger.found(Number(partition), key, value);
    }
    const [code] = await closed;
    if (code !== 0) throw new Error(`kcat ended with ${code}: ${errors().slice(0, 2000)}`);
  },
};
