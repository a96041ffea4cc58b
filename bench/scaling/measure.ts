// One half of a round: a cluster of so many brokers, load that costs next to nothing, and what came of it. The
// partitions are spread over the brokers by the controller, as always; each broker gets the frames of those that it
// leads. Acknowledged is what the replayer counted; that much more must stand in the logs afterwards, to the record.

import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Address, Admin, type Task } from '../../engine/index.ts';
import { useOf } from '../process-use.ts';
import { SeededRandom } from '../random.ts';
import { ClientNode } from '../tasks.ts';
import { type ClusterNode, ClusterProcess } from './cluster-process.ts';
import { produceFrames, recordsPerBatch } from './frames.ts';

const topic = 'scaling';
const adminWithinMs = 20_000;
const latestOffset = -1;
const runFile = promisify(execFile);

export interface ScalingOptions {
  readonly replayProgram: string;
  readonly folder: string;
  readonly partitions: number;
  readonly recordBytes: number;
  readonly batchBytes: number;
  readonly connectionsPerBroker: number;
  /** Requests under way on each connection. */
  readonly depth: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
  readonly seed: string;
}

export interface Scaled {
  readonly recordsPerSecond: number;
  readonly megabytesPerSecond: number;
  /** Of all brokers together. */
  readonly brokerCpuUsPerRecord: number;
  readonly clientCpuUsPerRecord: number;
  /** Of each broker: percent of one core. */
  readonly brokerCpuPercents: readonly number[];
}

interface Replayed {
  readonly acknowledged: number;
  readonly refused: number;
  readonly firstError: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export async function measureCluster(brokers: number, options: ScalingOptions): Promise<Scaled> {
  const folder = join(options.folder, `scaling-${brokers}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const cluster = await ClusterProcess.start(brokers, join(folder, 'cluster'), {});
  const client = new ClientNode(folder);
  try {
    const bootstrap: Address[] = cluster.nodes.map(({ host, port }) => ({ host, port }));
    const admin = new Admin(client.runtime, {
      bootstrapServers: bootstrap,
      defaultApiTimeoutMs: adminWithinMs,
    });
    const leaders = await client.run('create the topic', createTopic(admin, options.partitions));
    const targets = cluster.nodes.flatMap((node) => targetOf(node, leaders, folder, options));
    // A broker may not have heard yet that it leads: what is refused in the warm-up is not looked at.
    await replay(options, options.warmupSeconds, targets);
    const before = await client.run('end offsets', recordsIn(admin, options.partitions));
    const uses = cluster.nodes.map(({ processId }) => useOf(processId));
    const replayed = await replay(options, options.seconds, targets);
    if (replayed.refused > 0)
      throw new Error(
        `${replayed.refused} requests were refused, the first with error ${replayed.firstError}`,
      );
    const usesAfter = cluster.nodes.map(({ processId }) => useOf(processId));
    const after = await client.run('end offsets', recordsIn(admin, options.partitions));
    admin.close();
    const records = replayed.acknowledged * recordsPerBatch({ ...options, topic, nowMs: 0 });
    if (after - before !== records)
      throw new Error(`${records} records were acknowledged, the logs grew by ${after - before}`);
    const cpuUs = uses.map((use, at) => {
      const later = usesAfter[at];
      if (use === undefined || later === undefined) throw new Error('a broker ended while it was measured');
      return later.userUs + later.systemUs - use.userUs - use.systemUs;
    });
    return {
      recordsPerSecond: records / replayed.seconds,
      megabytesPerSecond: (records * options.recordBytes) / replayed.seconds / 1e6,
      brokerCpuUsPerRecord: cpuUs.reduce((sum, us) => sum + us, 0) / records,
      clientCpuUsPerRecord: (replayed.cpuSeconds * 1e6) / records,
      brokerCpuPercents: cpuUs.map((us) => us / replayed.seconds / 1e4),
    };
  } finally {
    client.close();
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The words of one broker for the replayer; none for one that leads nothing. */
function targetOf(
  node: ClusterNode,
  leaders: readonly number[],
  folder: string,
  options: ScalingOptions,
): string[] {
  const led = leaders.flatMap((leader, partition) => (leader === node.id ? [partition] : []));
  if (led.length === 0) return [];
  const random = new SeededRandom(`${options.seed}/frames/${node.id}`);
  const path = join(folder, `frames-${node.id}`);
  writeFileSync(path, produceFrames({ ...options, topic, nowMs: Date.now() }, led, random));
  return [node.host, String(node.port), String(options.connectionsPerBroker), path];
}

async function replay(
  options: ScalingOptions,
  seconds: number,
  targets: readonly string[],
): Promise<Replayed> {
  const words = [String(seconds), String(options.depth), ...targets];
  const { stdout } = await runFile(options.replayProgram, words);
  return JSON.parse(stdout) as Replayed;
}

/** The leader of each partition. */
function* createTopic(admin: Admin, partitions: number): Task<number[]> {
  const [created] = yield* admin.createTopics([
    { name: topic, partitionsCount: partitions, replicationFactor: 1 },
  ]);
  if (created?.error != null) throw new Error(`the topic could not be made: ${created.error}`);
  const [described] = yield* admin.describeTopics([topic]);
  if (described === undefined || described.partitions.length !== partitions)
    throw new Error('the topic has no leaders yet');
  return [...described.partitions].sort((a, b) => a.partition - b.partition).map(({ leaderId }) => leaderId);
}

function* recordsIn(admin: Admin, partitions: number): Task<number> {
  const questions = Array.from({ length: partitions }, (_, partition) => ({
    topic,
    partition,
    timestamp: latestOffset,
  }));
  const answers = yield* admin.listOffsets(questions);
  return answers.reduce((sum, { offset }) => sum + offset, 0);
}
