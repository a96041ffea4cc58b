// kcat, which is librdkafka, against the broker in a process. Where kcat is not installed the tests are
// skipped, and say so.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compressions } from '../../protocol/compression.ts';
import { BrokerProcess } from './broker-process.ts';
import { type KcatResult, kcat, kcatVersion, makeTopic } from './kcat-client.ts';

const reason = kcatVersion === undefined ? ' (skipped: kcat is not installed)' : '';

describe.skipIf(kcatVersion === undefined)(`kcat${reason}`, () => {
  let broker: BrokerProcess;

  beforeAll(async () => {
    broker = await BrokerProcess.start(['num.partitions=2']);
  });
  afterAll(() => broker.discard());

  const run = (parameters: readonly string[], input = ''): Promise<KcatResult> =>
    kcat(broker.address, parameters, input);

  /** Sends lines of `key:value` to partition 0, or where the keys belong. */
  async function produce(topic: string, lines: readonly string[], more: readonly string[] = ['-p', '0']) {
    // Before, because a producer that finds no topic waits a second before it asks again.
    await makeTopic(broker.address, topic);
    const sent = await run(
      ['-P', '-t', topic, '-K', ':', ...more],
      lines.map((line) => `${line}\n`).join(''),
    );
    expect(sent).toEqual({ code: 0, output: '', errors: '' });
  }

  // An end is only told after a fetch that waited for nothing.
  const atOnce = ['-X', 'fetch.wait.max.ms=20'];

  /** What partition 0 has, or what `more` says, as lines of offset, key and value. */
  async function consume(topic: string, more: readonly string[]): Promise<string[]> {
    const { code, output, errors } = await run([
      ...atOnce,
      '-C',
      '-q',
      '-t',
      topic,
      '-e',
      '-f',
      '%o %k=%s\\n',
      ...more,
    ]);
    expect([code, errors]).toEqual([0, '']);
    return output.split('\n').filter((line) => line !== '');
  }

  const from = (offset: string): string[] => ['-p', '0', '-o', offset];
  const numbered = (count: number): string[] => Array.from({ length: count }, (_, at) => `k${at}:v${at}`);

  test.each(compressions)('sends and reads back, %s', async (compression) => {
    const topic = `codec-${compression}`;
    const value = 'the same again '.repeat(2000);
    await produce(topic, [`a:${value}`, 'b:'], ['-p', '1', '-z', compression, '-H', 'one=1', '-H', 'two=2']);
    const { code, output } = await run([
      ...atOnce,
      '-C',
      '-e',
      '-q',
      '-J',
      '-t',
      topic,
      '-p',
      '1',
      '-o',
      'beginning',
    ]);
    expect(code).toBe(0);
    const told = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(told).toMatchObject([
      { topic, partition: 1, offset: 0, tstype: 'create', key: 'a', payload: value },
      { partition: 1, offset: 1, key: 'b', payload: '', headers: ['one', '1', 'two', '2'] },
    ]);
  });

  test.each(['all', '1', '0'])('acks=%s', async (acks) => {
    await produce(`acks-${acks}`, numbered(50), ['-p', '0', '-X', `acks=${acks}`]);
    // With acks=0 nobody says when they are there; the time guards against a hang and expects nothing.
    const read = () => consume(`acks-${acks}`, from('beginning'));
    await expect.poll(read).toHaveLength(50);
  });

  test('starts at the beginning, at an offset, near the end', async () => {
    await produce('places', numbered(10));
    expect(await consume('places', from('beginning'))).toHaveLength(10);
    expect(await consume('places', from('7'))).toEqual(['7 k7=v7', '8 k8=v8', '9 k9=v9']);
    expect(await consume('places', from('-2'))).toEqual(['8 k8=v8', '9 k9=v9']);
    expect(await consume('places', from('end'))).toEqual([]);
  });

  test('starts and stops at timestamps', async () => {
    await produce('moments', numbered(3));
    const between = Date.now() + 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
    await produce('moments', ['k3:v3', 'k4:v4']);
    expect(await consume('moments', from(`s@${between}`))).toEqual(['3 k3=v3', '4 k4=v4']);
    expect(await consume('moments', [...from('beginning'), '-o', `e@${between}`])).toHaveLength(3);
    for (const [at, offset] of [
      [between, 3],
      [Date.now() + 60_000, -1],
    ]) {
      expect((await run(['-Q', '-t', `moments:0:${at}`])).output).toBe(`moments [0] offset ${offset}\n`);
    }
  });

  test('is told who leads what', async () => {
    await produce('known', numbered(1));
    const { output } = await run(['-L', '-J', '-t', 'known']);
    const told = JSON.parse(output);
    const [{ id }] = told.brokers;
    expect(told).toMatchObject({
      controllerid: id,
      brokers: [{ id, name: broker.address }],
      topics: [
        {
          topic: 'known',
          partitions: [0, 1].map((partition) => ({
            partition,
            leader: id,
            replicas: [{ id }],
            isrs: [{ id }],
          })),
        },
      ],
    });
  });

  test('is told what is not there', async () => {
    await produce('small', numbered(1));
    expect((await run(['-C', '-e', '-t', 'small', '-p', '9'])).errors).toMatch(/partition 9 does not exist/);
    const { output } = await run(['-L', '-J', '-t', 'no/such']);
    expect(JSON.parse(output).topics).toMatchObject([{ error: expect.stringMatching(/Invalid topic/) }]);
  });

  test('is told that a record is too large', async () => {
    const line = `k:${'x'.repeat(1_100_000)}\n`;
    const large = ['-P', '-t', 'large', '-K', ':', '-p', '0', '-X', 'message.max.bytes=2000000'];
    const { errors } = await run(large, line);
    expect(errors).toMatch(/Message size too large/);
    expect(await consume('large', from('beginning'))).toEqual([]);
  });

  test('reads by group, and goes on where it stopped', async () => {
    await produce('grouped', numbered(30), ['-X', 'partitioner=murmur2_random']);
    const group = ['-G', 'kcats', 'grouped', '-q', '-f', '%k\\n', '-X', 'auto.offset.reset=earliest'];
    const seen = (await run([...group, '-c', '20'])).output.trim().split('\n');
    expect(seen).toHaveLength(20);
    const rest = (await run([...group, '-c', '10'])).output.trim().split('\n');
    expect([...seen, ...rest].sort()).toEqual(
      numbered(30)
        .map((line) => line.replace(/:.*/, ''))
        .sort(),
    );
  });

  test('two of a group have a part each', async () => {
    const range = ['-X', 'partition.assignment.strategy=range', '-X', 'auto.offset.reset=earliest'];
    await produce('parted', ['a:1'], ['-p', '0']);
    await produce('parted', ['b:1'], ['-p', '1']);
    const one = () => run(['-G', 'parters', 'parted', '-q', '-c', '1', '-f', '%p\\n', ...range]);
    const both = await Promise.all([one(), one()]);
    // Whoever came first may have read one partition and left before the other came: both were read, once
    // each.
    expect(both.map(({ output }) => output.trim()).sort()).toEqual(['0', '1']);
  });

  test('reads the same after the broker ended, in both ways', async () => {
    await produce('restarted', numbered(100), ['-p', '0', '-X', 'enable.idempotence=true']);
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await broker.endAndStart(signal);
      expect(await consume('restarted', from('beginning'))).toHaveLength(100);
    }
  });

  test('had nothing that the broker complained about', () => {
    expect(broker.errors).toBe('');
  });
});
