// Kafka's own command-line tools against a cluster of three brokers in processes: what they tell an operator when a
// broker is killed, and that what he then does with them is done.

import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClusterProcess } from './cluster-process.ts';
import { Operator } from './kafka-operator.ts';
import { KafkaTools, kafkaToolsMissing } from './kafka-tools.ts';
import { fieldsOf, linesOf, rowsOf } from './kafka-tools-words.ts';
import { eventually } from './mass-client.ts';

const reason = kafkaToolsMissing === undefined ? '' : ` (skipped: ${kafkaToolsMissing})`;

describe.skipIf(kafkaToolsMissing !== undefined)(`Kafka's own tools and a cluster${reason}`, () => {
  const plan = join(tmpdir(), `odradek-kafka-tools-${process.pid}.json`);
  let cluster: ClusterProcess;
  let tools: KafkaTools;
  let operator: Operator;
  /** How a tool finds the broker that is never killed. */
  let at: string;
  /** Of the quorum, when the cluster has just begun. */
  let leader: number;
  let victim: number;
  let other: number;

  beforeAll(async () => {
    tools = new KafkaTools();
    cluster = await ClusterProcess.start({ brokers: 3 });
    const anybody = new Operator(tools, cluster.bootstrapServers);
    const status = await anybody.told(`MetadataQuorumCommand ${anybody.at} describe --status`);
    leader = Number(/^LeaderId:\s+(\d)$/m.exec(status)?.[1]);
    [victim, other] = [1, 2, 3].filter((id) => id !== leader) as [number, number];
    const { host, port } = cluster.node(leader);
    operator = new Operator(tools, `${host}:${port}`);
    at = operator.at;
  });
  afterAll(async () => {
    await tools?.stop();
    await cluster?.discard();
    rmSync(plan, { force: true });
  });

  const quorum = async (): Promise<Record<string, string>[]> =>
    rowsOf(await operator.told(`MetadataQuorumCommand ${at} describe --replication`));

  interface Told {
    readonly partition: number;
    readonly leader: number;
    readonly replicas: number[];
    readonly inSync: number[];
  }

  /** The partitions that a topic command describes, without the line of the topic. */
  async function described(words: string): Promise<Told[]> {
    const lines = fieldsOf(await operator.topics(`--describe ${words}`)).filter(
      ({ Partition }) => Partition !== undefined,
    );
    const ids = (text = ''): number[] =>
      text
        .split(',')
        .filter((id) => id !== '')
        .map(Number);
    return lines.map(({ Partition, Leader, Replicas, Isr }) => ({
      partition: Number(Partition),
      leader: Number(Leader),
      replicas: ids(Replicas),
      inSync: ids(Isr).sort(),
    }));
  }

  /** Moves partition 0 of the topic `moved`, and waits until the tool says that it has come there. */
  async function move(replicas: readonly number[]): Promise<void> {
    writeFileSync(
      plan,
      JSON.stringify({ version: 1, partitions: [{ topic: 'moved', partition: 0, replicas }] }),
    );
    const command = `ReassignPartitionsCommand ${at} --reassignment-json-file`;
    const started = await operator.told(command, { more: [plan, '--execute'] });
    expect(started).toContain('Successfully started partition reassignment for moved-0');
    await eventually('the partition is moved', async () => {
      const output = await operator.told(command, { more: [plan, '--verify'] });
      return output.includes('Reassignment of partition moved-0 is completed.');
    });
  }

  test('all of it is well', async () => {
    expect(await operator.topics('--create --topic spread --partitions 3 --replication-factor 3')).toBe(
      'Created topic spread.\n',
    );
    expect(await operator.topics(`--create --topic moved --replica-assignment ${leader}`)).toBe(
      'Created topic moved.\n',
    );
    await eventually('every replica is in sync', async () => {
      return (await described('--topic spread')).every(({ inSync }) => inSync.length === 3);
    });
    const spread = await described('--topic spread');
    expect(spread.map(({ leader }) => leader).sort()).toEqual([1, 2, 3]);
    for (const { leader, replicas, inSync } of spread) {
      expect([replicas[0], [...replicas].sort(), inSync]).toEqual([leader, [1, 2, 3], [1, 2, 3]]);
    }
    expect(await operator.topics('--describe --under-replicated-partitions')).toBe('');
    const roles = (await quorum()).map(({ NodeId, Status }) => [Number(NodeId), Status]);
    expect(roles.sort()).toEqual([1, 2, 3].map((id) => [id, id === leader ? 'Leader' : 'Follower']));
  });

  test('a dead broker is missed', async () => {
    await cluster.kill(victim);
    await eventually('nobody waits for it any more', async () => {
      return (await described('--under-replicated-partitions')).length === 3;
    });
    for (const { leader, inSync } of await described('--under-replicated-partitions')) {
      expect(inSync).toEqual([1, 2, 3].filter((id) => id !== victim));
      expect(inSync).toContain(leader);
    }
    expect(await operator.topics('--describe --unavailable-partitions')).toBe('');
    const endpoints = await operator.told(`ClusterTool list-endpoints ${at} --include-fenced-brokers`);
    const states = rowsOf(endpoints).map(({ ID, STATE }) => [Number(ID), STATE]);
    expect(states.sort()).toEqual([1, 2, 3].map((id) => [id, id === victim ? 'fenced' : 'unfenced']));
    const lags = await quorum();
    for (const { NodeId, Lag } of lags) expect(Number(Lag) > 0).toBe(Number(NodeId) === victim);
  });

  test('a partition is moved meanwhile, to where a broker lives', async () => {
    await move([other]);
    expect(await described('--topic moved')).toEqual([
      { partition: 0, leader: other, replicas: [other], inSync: [other] },
    ]);
    expect(await operator.told(`ReassignPartitionsCommand ${at} --list`)).toBe(
      'No partition reassignments found.\n',
    );
  });

  test('a leader cannot be elected who is dead', async () => {
    const { code, output } = await operator.run(
      `LeaderElectionCommand ${at} --election-type preferred --all-topic-partitions`,
    );
    expect(code).toBe(1);
    expect(linesOf(output)).toEqual([
      expect.stringMatching(/spread-\d: \S+PreferredLeaderNotAvailableException/),
    ]);
  });

  test('when it is back it follows, leads what it should, and takes a partition over', async () => {
    await cluster.startAgain(victim);
    await eventually(
      'it is in sync',
      async () => (await described('--under-replicated-partitions')).length === 0,
    );
    const [theirs] = (await described('--topic spread')).filter(({ replicas }) => replicas[0] === victim);
    expect(theirs?.leader).not.toBe(victim);
    const elected = await operator.told(
      `LeaderElectionCommand ${at} --election-type preferred --all-topic-partitions`,
    );
    expect(elected).toBe(
      `Successfully completed leader election (PREFERRED) for partitions spread-${theirs?.partition}\n`,
    );
    expect((await described('--topic spread')).map(({ leader, replicas }) => leader === replicas[0])).toEqual(
      [true, true, true],
    );
    await move([victim]);
    expect(await described('--topic moved')).toMatchObject([
      { leader: victim, replicas: [victim], inSync: [victim] },
    ]);
    await eventually('it has all of the metadata', async () =>
      (await quorum()).every(({ Lag }) => Lag === '0'),
    );
  });

  test('nothing was wrong with any of them', async () => {
    // The command that began it ends with 1, because it saw one of its nodes killed.
    expect(await cluster.stop()).toEqual([1, 0]);
    expect(cluster.errors).not.toMatch(/a bug in/);
  });
});
