// Kafka's own command-line tools against the broker in a process: what an operator does in the life of a broker, and
// what the tools print of it. A tool that warns, or complains where nothing is wrong, fails its test: what it says on
// standard error is held against what is expected there, and that is mostly nothing.

import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { features } from '../../core/features.ts';
import { compressions } from '../../protocol/compression.ts';
import { brokerHandlers } from '../../server/handlers.ts';
import { BrokerProcess } from './broker-process.ts';
import { Operator } from './kafka-operator.ts';
import { KafkaTools, kafkaToolsMissing, runAlone } from './kafka-tools.ts';
import {
  type Dumped,
  dumpedFiles,
  fieldsOf,
  filesIn,
  linesOf,
  recordsCount,
  rowsOf,
} from './kafka-tools-words.ts';
import { eventually } from './mass-client.ts';

const reason = kafkaToolsMissing === undefined ? '' : ` (skipped: ${kafkaToolsMissing})`;
const withKeys = '--reader-property parse.key=true --reader-property key.separator=:';
const recordsPerCodec = 300;
const rolledRecords = 2500;
const verified = 100;

describe.skipIf(kafkaToolsMissing !== undefined)(`Kafka's own tools${reason}`, () => {
  let broker: BrokerProcess;
  let tools: KafkaTools;
  let operator: Operator;
  /** How a tool finds the broker. */
  let at: string;

  beforeAll(async () => {
    tools = new KafkaTools();
    // So few that there is a snapshot of the metadata to be read.
    broker = await BrokerProcess.start(['metadata.log.max.record.bytes.between.snapshots=3000']);
    operator = new Operator(tools, broker.address);
    at = operator.at;
  });
  afterAll(async () => {
    await tools?.stop();
    await broker?.discard();
  });

  const numbered = (count: number, prefix: string): string[] =>
    Array.from({ length: count }, (_, number) => `k${number}:${prefix}${number}`);

  describe('topics', () => {
    const orders = (number: number) => {
      const here = { Leader: '1', Replicas: '1', Isr: '1', Elr: '', LastKnownElr: '' };
      return { Topic: 'orders', Partition: `${number}`, ...here };
    };

    test('are made, described, enlarged and deleted', async () => {
      const made = await operator.topics(
        '--create --topic orders --partitions 2 --config retention.ms=3600000',
      );
      expect(made).toBe('Created topic orders.\n');
      const [head, ...partitions] = fieldsOf(await operator.topics('--describe --topic orders'));
      expect(head).toEqual({
        Topic: 'orders',
        TopicId: expect.stringMatching(/^[\w-]{22}$/),
        PartitionCount: '2',
        ReplicationFactor: '1',
        Configs: 'min.insync.replicas=1,retention.ms=3600000',
      });
      expect(partitions).toEqual([orders(0), orders(1)]);
      expect(await operator.topics('--alter --topic orders --partitions 3')).toBe('');
      const [, ...more] = fieldsOf(await operator.topics('--describe --topic orders'));
      expect(more).toEqual([orders(0), orders(1), orders(2)]);
      expect(await operator.topics('--create --topic passing')).toBe('Created topic passing.\n');
      expect(await operator.topics('--list')).toBe('orders\npassing\n');
      expect(await operator.topics('--delete --topic passing')).toBe('');
      expect(await operator.topics('--list')).toBe('orders\n');
    });

    test.each([
      ['made twice', '--create --topic orders', 'TopicExistsException'],
      ['made smaller', '--alter --topic orders --partitions 1', 'InvalidPartitionsException'],
      ['copied to nobody', '--create --topic a --replication-factor 2', 'InvalidReplicationFactorException'],
      ['called anything', '--create --topic a/b', 'InvalidTopicException'],
      ['deleted where there is none', '--delete --topic a', "Topic 'a' does not exist as expected"],
    ])('are not %s', async (_name, words, error) => {
      const { code, output, errors } = await operator.run(`TopicCommand ${at} ${words}`);
      expect(output).toMatch(/^Error while executing topic command : /);
      expect([code, errors]).toEqual([1, expect.stringContaining(error)]);
    });
  });

  test('configs are altered, shown and taken away', async () => {
    const orders = '--entity-type topics --entity-name orders';
    const title = 'Dynamic configs for topic orders are:\n';
    const line = (value: string, synonyms: string) => `  ${value} sensitive=false synonyms={${synonyms}}\n`;
    const size = 'DEFAULT_CONFIG:message.max.bytes=1048588';
    const given = line(
      'retention.ms=3600000',
      'DYNAMIC_TOPIC_CONFIG:retention.ms=3600000, DEFAULT_CONFIG:log.retention.hours=168',
    );
    await operator.configs(`--alter ${orders} --add-config max.message.bytes=5000`);
    const added = line('max.message.bytes=5000', `DYNAMIC_TOPIC_CONFIG:max.message.bytes=5000, ${size}`);
    expect(await operator.configs(`--describe ${orders}`)).toBe(title + added + given);
    await operator.configs(`--alter ${orders} --delete-config max.message.bytes`);
    expect(await operator.configs(`--describe ${orders}`)).toBe(title + given);
    expect(await operator.configs(`--describe ${orders} --all`)).toContain(
      line('max.message.bytes=1048588', size),
    );

    await operator.configs(
      '--alter --entity-type brokers --entity-name 1 --add-config log.retention.ms=7200000',
    );
    const ofBroker = await operator.configs('--describe --entity-type brokers --entity-name 1');
    expect(ofBroker).toContain(
      line(
        'log.retention.ms=7200000',
        'DYNAMIC_BROKER_CONFIG:log.retention.ms=7200000, DEFAULT_CONFIG:log.retention.hours=168',
      ),
    );
  });

  describe('a group', () => {
    const partitions = [0, 1, 2];
    const row = (partition: number, current: number, end: number) => ({
      ...{ GROUP: 'shop', TOPIC: 'orders', PARTITION: `${partition}` },
      ...{ 'CURRENT-OFFSET': `${current}`, 'LOG-END-OFFSET': `${end}`, LAG: `${end - current}` },
      ...{ 'CONSUMER-ID': '-', HOST: '-', 'CLIENT-ID': '-' },
    });
    const ends = async (): Promise<number[]> => {
      const told = await operator.offsets('--topic orders');
      return partitions.map((number) => told[`orders:${number}`] as number);
    };

    test('reads what is sent with keys, and its lag is told', async () => {
      const sent = numbered(40, 'v');
      await operator.produce(`--topic orders ${withKeys}`, sent);
      const printed = ['key', 'partition'].map((what) => `--formatter-property print.${what}=true`).join(' ');
      const reading = `--topic orders --group shop --from-beginning ${printed} --formatter-property key.separator=:`;
      const read = (await operator.consume(reading, 40)).map((line) => line.split(':'));
      expect(read.map(([, , key, value]) => `${key}:${value}`).sort()).toEqual([...sent].sort());
      const first = partitions.map((number) => read.filter(([, where]) => where === `${number}`).length);
      expect(await ends()).toEqual(first);
      expect(first.every((count) => count > 0)).toBe(true);
      const noLag = first.map((end, number) => row(number, end, end));
      expect(await operator.emptyGroup('shop')).toEqual(noLag);

      await operator.produce(`--topic orders ${withKeys}`, numbered(10, 'w'));
      const now = await ends();
      expect(now.reduce((sum, end) => sum + end)).toBe(50);
      const behind = now.map((end, number) => row(number, first[number] as number, end));
      expect(await operator.emptyGroup('shop')).toEqual(behind);
    });

    test('is set back and deleted', async () => {
      const reset = '--reset-offsets --group shop --topic orders --to-earliest --execute';
      const fromThere = (number: number) => ({ GROUP: 'shop', TOPIC: 'orders', PARTITION: `${number}` });
      expect(await operator.groups(reset)).toEqual(
        partitions.map((number) => ({ ...fromThere(number), 'NEW-OFFSET': '0' })),
      );
      const allBehind = (await ends()).map((end, number) => row(number, 0, end));
      expect(await operator.emptyGroup('shop')).toEqual(allBehind);
      expect(await operator.emptyGroup('shop', '--state')).toMatchObject([
        { GROUP: 'shop', COORDINATOR: broker.address, '(ID)': '(1)', STATE: 'Empty', '#MEMBERS': '0' },
      ]);
      expect(await operator.told(`ConsumerGroupCommand ${at} --list`)).toBe('shop\n');
      const deleted = await operator.told(`ConsumerGroupCommand ${at} --delete --group shop`);
      expect(deleted).toBe("Deletion of requested consumer groups ('shop') was successful.\n");
      expect(await operator.told(`ConsumerGroupCommand ${at} --list`)).toBe('');
    });
  });

  test('records are deleted, and what is read begins after them', async () => {
    const path = join(broker.dataDirectory, '..', 'to-delete.json');
    const partitions = [{ topic: 'orders', partition: 0, offset: 2 }];
    writeFileSync(path, JSON.stringify({ version: 1, partitions }));
    const deleted = await operator.told(`DeleteRecordsCommand ${at} --offset-json-file`, { more: [path] });
    expect(linesOf(deleted).at(-1)).toBe('partition: orders-0\tlow_watermark: 2');
    expect(await operator.offsets('--topic-partitions orders:0 --time earliest')).toEqual({ 'orders:0': 2 });
    const reading = '--topic orders --partition 0 --offset earliest --formatter-property print.offset=true';
    expect(await operator.consume(reading, 1)).toEqual([expect.stringMatching(/^Offset:2\t/)]);
  });

  test.each(compressions)('what is sent with %s is read as it was', async (compression) => {
    await operator.topics(`--create --topic codec-${compression}`);
    const sent = numbered(recordsPerCodec, 'the same again ');
    await operator.produce(`--topic codec-${compression} --compression-codec ${compression}`, sent);
    const reading = `--topic codec-${compression} --partition 0 --offset earliest`;
    expect(await operator.consume(reading, recordsPerCodec)).toEqual(sent);
    expect(await operator.offsets(`--topic codec-${compression}`)).toEqual({
      [`codec-${compression}:0`]: recordsPerCodec,
    });
  });

  test('what Kafka measures with arrives', async () => {
    await operator.topics('--create --topic rolled --config segment.bytes=1048576');
    const producing = `--topic rolled --num-records ${rolledRecords} --record-size 1000 --throughput -1`;
    expect(await operator.told(`ProducerPerformance ${at} ${producing}`)).toMatch(
      new RegExp(`^${rolledRecords} records sent, .* 99.9th\\.\n$`),
    );
    const consumed = await operator.told(
      `ConsumerPerformance ${at} --topic rolled --num-records ${rolledRecords}`,
    );
    const [names, values] = linesOf(consumed).map((line) => line.split(', '));
    expect(values?.[names?.indexOf('data.consumed.in.nMsg') ?? -1]).toBe(`${rolledRecords}`);
    const passing = '--topic passed-on --num-records 20 --producer-acks all --record-size 20';
    expect(await operator.told(`EndToEndLatency ${at} ${passing}`)).toMatch(/^Percentiles: 50th = \d+,/m);
    expect(await operator.offsets('--topic rolled')).toEqual({ 'rolled:0': rolledRecords });
    expect(await operator.offsets('--topic passed-on')).toEqual({ 'passed-on:0': 20 });
  });

  test('what the verifiable producer sends, the verifiable consumer gets in order', async () => {
    await operator.topics('--create --topic verified');
    const line = `VerifiableConsumer ${at} --topic verified --group-id verifiers --reset-policy earliest --verbose`;
    const consuming = runAlone(`${line} --max-messages ${2 * verified}`);
    const [sent] = await Promise.all([
      runAlone(`VerifiableProducer ${at} --topic verified --max-messages ${verified} --acks -1`),
      resetOfLiving(),
    ]);
    await operator.produce('--topic verified', numbered(verified, 'last '));
    const seen = await consuming;

    expect([sent.code, sent.errors, seen.code, seen.errors]).toEqual([0, '', 0, '']);
    const sentEvents = linesOf(sent.output).map((each) => JSON.parse(each));
    expect(sentEvents.find(({ name }) => name === 'tool_data')).toMatchObject({
      sent: verified,
      acked: verified,
    });
    const first = Array.from({ length: verified }, (_, number) => `${number}`);
    const acked = sentEvents.filter(({ name }) => name === 'producer_send_success');
    expect(acked.map(({ value, offset }) => [value, offset])).toEqual(first.map((value, at) => [value, at]));
    const read = linesOf(seen.output).map((each) => JSON.parse(each));
    expect(
      read.filter(({ name }) => name === 'record_data').map(({ value, offset }) => [value, offset]),
    ).toEqual([...first, ...numbered(verified, 'last ')].map((value, at) => [value, at]));
    expect(read.filter(({ name }) => name === 'offsets_committed').at(-1)).toMatchObject({
      offsets: [{ topic: 'verified', partition: 0, offset: 2 * verified }],
      success: true,
    });
  });

  /** Describes the group while its member waits for the second half, and what is said when it is to be set back. */
  async function resetOfLiving(): Promise<void> {
    await eventually('the member has read the first half', async () => {
      const { output } = await operator.run(`ConsumerGroupCommand ${at} --describe --group verifiers`);
      return rowsOf(output)[0]?.['CURRENT-OFFSET'] === `${verified}`;
    });
    const member = { GROUP: 'verifiers', 'CONSUMER-ID': expect.stringMatching(/^consumer-verifiers-1-/) };
    const there = { ...member, HOST: '/127.0.0.1', 'CLIENT-ID': 'consumer-verifiers-1' };
    expect(await operator.groups('--describe --group verifiers')).toMatchObject([{ ...there, LAG: '0' }]);
    expect(await operator.groups('--describe --group verifiers --members --verbose')).toMatchObject([
      { ...there, '#PARTITIONS': '1', 'CURRENT-ASSIGNMENT': 'verified:0' },
    ]);
    const reset = '--reset-offsets --group verifiers --topic verified --to-earliest --execute';
    expect(await operator.told(`ConsumerGroupCommand ${at} ${reset}`)).toContain(
      "Error: Assignments can only be reset if the group 'verifiers' is inactive, but the current state is Stable.",
    );
  }

  describe('the broker tells', () => {
    test('what it serves, and nothing less', async () => {
      const lines = linesOf(await operator.told(`BrokerApiVersionsCommand ${at}`));
      expect(lines[0]).toBe(`${broker.address} (id: 1 rack: null isFenced: false) -> (`);
      const served = lines
        .filter((line) => line.includes('usable: '))
        .map((line) => line.trim().replace(/,$/, ''));
      const wanted = brokerHandlers.map(({ api: { name, key }, advertised: { first, last } }) => {
        return `${name}(${key}): ${first === last ? first : `${first} to ${last}`} [usable: ${last}]`;
      });
      expect(served).toEqual(wanted.sort((a, b) => apiKeyOf(a) - apiKeyOf(b)));
      expect(lines.filter((line) => line.includes('UNKNOWN'))).toEqual([]);
    });

    test('what it is part of', async () => {
      const [, clusterId = ''] =
        /^Cluster ID: (\S{22})\n$/.exec(await operator.told(`ClusterTool cluster-id ${at}`)) ?? [];
      const status = await operator.told(`MetadataQuorumCommand ${at} describe --status`);
      const facts = Object.fromEntries(linesOf(status).map((line) => line.split(/:\s+(.*)/)));
      expect(facts).toMatchObject({ ClusterId: clusterId, LeaderId: '1', LeaderEpoch: '1' });
      expect(facts).toMatchObject({
        MaxFollowerLag: '0',
        CurrentVoters: '[{"id": 1}]',
        CurrentObservers: '[]',
      });
      const replicas = rowsOf(await operator.told(`MetadataQuorumCommand ${at} describe --replication`));
      expect(replicas).toMatchObject([
        { NodeId: '1', LogEndOffset: facts.HighWatermark, Lag: '0', Status: 'Leader' },
      ]);
      expect(rowsOf(await operator.told(`ClusterTool list-endpoints ${at}`))).toMatchObject([
        { ID: '1', HOST: broker.host, PORT: `${broker.port}`, STATE: 'unfenced', ENDPOINT_TYPE: 'broker' },
      ]);
      const described = await operator.told(`FeatureCommand ${at} describe`);
      const levels = linesOf(described).map((line) =>
        /^Feature: (\S+) .* FinalizedVersionLevel: (\S+)/.exec(line)?.slice(1),
      );
      expect(levels.map((level) => level?.[0])).toEqual(features.map(({ name }) => name).sort());
      expect(levels).toContainEqual(['metadata.version', '4.3-IV0']);
    });

    test('where its logs are and how large', async () => {
      const told = await operator.told(`LogDirsCommand ${at} --describe --topic-list orders,rolled`);
      const { brokers } = JSON.parse(linesOf(told).at(-1) ?? '');
      const [{ partitions, ...where }] = brokers[0].logDirs;
      expect(where).toEqual({ error: null, logDir: broker.dataDirectory });
      type Told = { partition: string; size: number };
      const sizes = partitions.map(({ partition, size }: Told) => [partition, size]);
      const expected = ['orders-0', 'orders-1', 'orders-2', 'rolled-0'].map((partition) => {
        const logs = filesIn(broker.dataDirectory, new RegExp(`^${partition}/.*log$`));
        return [partition, logs.reduce((sum, path) => sum + statSync(path).size, 0)];
      });
      expect(sizes.sort()).toEqual(expected);
    });

    test('that its leaders are those that are preferred', async () => {
      const election = `LeaderElectionCommand ${at} --election-type preferred`;
      expect(await operator.told(`${election} --topic orders --partition 0`)).toBe(
        'Valid replica already elected for partitions orders-0\n',
      );
      expect(await operator.told(`${election} --all-topic-partitions`)).toBe('');
    });

    // A protocol that is not served is refused by the client itself, in Kafka's words.
    test.each([
      ['transactions', 'TransactionsCommand AT list', 'The node does not support LIST_TRANSACTIONS'],
      [
        'producers',
        'TransactionsCommand AT describe-producers --topic orders --partition 0',
        'DESCRIBE_PRODUCERS',
      ],
      [
        'access rights',
        'AclCommand AT --list',
        'UnsupportedVersionException: The node does not support DESCRIBE_ACLS',
      ],
      [
        'quotas',
        'ConfigCommand AT --describe --entity-type clients',
        'UnsupportedVersionException: The node does not support DESCRIBE_CLIENT_QUOTAS',
      ],
      [
        'passwords',
        'ConfigCommand AT --alter --entity-type users --entity-name a --add-config SCRAM-SHA-256=[password=b]',
        'UnsupportedVersionException: The node does not support ALTER_USER_SCRAM_CREDENTIALS',
      ],
    ])('that it has no %s', async (_what, line, words) => {
      const { code, output, errors } = await operator.run(line.replace('AT', at));
      expect([code, output + errors]).toEqual([1, expect.stringContaining(words)]);
    });

    test('that it has no newer protocol of groups', async () => {
      const line = `ConsoleConsumer ${at} --topic orders --command-property group.protocol=consumer`;
      const { output, errors } = await operator.run(line);
      expect(output).toBe('');
      expect(errors).toContain(
        'UnsupportedVersionException: The cluster does not support the new CONSUMER group protocol. ' +
          'Set group.protocol=classic',
      );
    });

    test('that it has no coordinator of transactions, at once', async () => {
      const line = `ProducerPerformance ${at} --topic orders --num-records 1 --record-size 1 --throughput -1`;
      const { code, errors } = await operator.run(`${line} --transactional-id t --transaction-duration-ms 1`);
      expect([code, errors]).toEqual([1, expect.stringContaining('there is no transaction coordinator')]);
    });
  });

  describe('of the files of the broker, when it has ended,', () => {
    beforeAll(async () => {
      expect(await broker.end('SIGTERM')).toBe(0);
    });

    /** What DumpLogSegments makes of files; it complains of nothing else. */
    async function dumped(
      words: string,
      place: RegExp,
      complaints: readonly string[] = [],
    ): Promise<Dumped[]> {
      const files = filesIn(broker.dataDirectory, place);
      const { code, output, errors } = await operator.run(`DumpLogSegments ${words} --files`, {
        more: [files.join(',')],
      });
      expect([code, linesOf(errors).sort()]).toEqual([0, [...complaints].sort()]);
      return dumpedFiles(output);
    }

    test('the logs of topics are whole, with every codec, and indexes lead to their batches', async () => {
      // Kafka 4.3's tool says so of every segment but the first of a log, its own included.
      const complaints = filesIn(broker.dataDirectory, /^rolled-0\/0*[1-9]\d*\.log$/).flatMap((path) => [
        `Non-consecutive offsets in ${path}`,
        `  -1 is followed by ${Number(/(\d+)\.log$/.exec(path)?.[1])}`,
      ]);
      const files = await dumped(
        '--deep-iteration',
        /^[a-z0-9-]+-\d\/\d+\.(log|index|timeindex|snapshot)$/,
        complaints,
      );
      const of = (place: RegExp) => files.filter(({ path }) => place.test(path));
      for (const file of of(/\.log$/)) {
        expect(file.batches.map(({ isvalid }) => isvalid)).toEqual(file.batches.map(() => 'true'));
        expect(file.lines.filter((line) => line.startsWith('| offset: '))).toHaveLength(recordsCount(file));
      }
      const records = (place: RegExp) => of(place).reduce((sum, file) => sum + recordsCount(file), 0);
      expect(records(/orders-\d\/\d+\.log$/)).toBe(50);
      expect(records(/rolled-0\/\d+\.log$/)).toBe(rolledRecords);
      expect(of(/rolled-0\/\d+\.log$/).length).toBeGreaterThan(2);
      for (const compression of compressions) {
        const place = new RegExp(`codec-${compression}-0/\\d+\\.log$`);
        expect(of(place).flatMap(({ batches }) => batches)[0]?.compresscodec).toBe(compression);
        expect(records(place)).toBe(recordsPerCodec);
      }
      for (const { lines } of of(/rolled-0\/\d+\.(time)?index$/)) {
        expect(lines.length).toBeGreaterThan(1);
        for (const line of lines)
          expect(line).toMatch(/^offset: \d+ position: \d+$|^timestamp: \d+ offset: \d+$/);
      }
      const [last] = of(new RegExp(`rolled-0/0*${rolledRecords}\\.snapshot$`));
      expect(last?.lines).toEqual([expect.stringMatching(new RegExp(` lastOffset: ${rolledRecords - 1} `))]);
    });

    test('indexes are sane', async () => {
      const files = await dumped('--index-sanity-check', /\.(time)?index$/);
      expect(files.length).toBeGreaterThan(2 * compressions.length);
      for (const { path, lines } of files) {
        expect([`${path} passed sanity check.`, `${path} is empty.`]).toContain(lines.join());
      }
      const rolled = files.filter(({ path }) => path.includes('rolled-0'));
      expect(rolled.flatMap(({ lines }) => lines)).toEqual(
        rolled.map(({ path }) => `${path} passed sanity check.`),
      );
    });

    test('every record about groups is decoded', async () => {
      const files = await dumped('--offsets-decoder', /^__consumer_offsets-\d\/\d+\.log$/);
      expect(files).toHaveLength(3);
      const lines = files.flatMap((file) => file.lines);
      expect(lines).toHaveLength(files.reduce((sum, file) => sum + recordsCount(file), 0));
      const decoded =
        /key: \{"type":"[12]","data":\{.*\}\} payload: (\{"version":"\d","data":\{.*\}\}|<DELETE>)$/;
      for (const line of lines) expect(line).toMatch(decoded);
      const about = (text: string): string[] => lines.filter((line) => line.includes(text));
      const committed = about('{"group":"verifiers","topic":"verified","partition":0}}').at(-1);
      expect(committed).toContain(`"data":{"offset":${2 * verified},`);
      expect(about('{"group":"shop"}}').at(-1)).toContain('payload: <DELETE>');
    });

    test('every record of the metadata is decoded, in the log and in the snapshot', async () => {
      const files = await dumped(
        '--cluster-metadata-decoder',
        /^__cluster_metadata-0\/.*\.(log|checkpoint)$/,
      );
      expect(files.map(({ path }) => path.replace(/.*\./, '')).sort()).toEqual(
        expect.arrayContaining(['checkpoint', 'log']),
      );
      const decoded =
        /headerKeys: \[\] (payload: \{"type":"[A-Z_]+_RECORD",|LeaderChange: \{|Snapshot(Header|Footer) \{)/;
      for (const file of files) {
        const records = file.lines.filter((line) => line.startsWith('| '));
        expect(records).toHaveLength(recordsCount(file));
        for (const record of records) expect(record).toMatch(decoded);
        expect(file.batches.every(({ isvalid }) => isvalid === 'true')).toBe(true);
        expect(file.lines.join('\n')).toContain(
          '{"type":"TOPIC_RECORD","version":0,"data":{"name":"orders",',
        );
      }
    });
  });

  test('had nothing that the broker complained about', () => {
    expect(broker.errors).toBe('');
  });
});

function apiKeyOf(line: string): number {
  return Number(/\((\d+)\)/.exec(line)?.[1]);
}
