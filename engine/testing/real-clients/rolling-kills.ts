// One client through the deaths of all brokers of a cluster, one after the other: it sends in a trickle with
// acks=all and reads by a group of two, and while each broker is dead both must go on. A broker is started
// again, and back among the in-sync replicas, before the next one dies: what an operator does who wants to
// keep two of three.

import type kafkajs from 'kafkajs';
import type { ClusterProcess } from './cluster-process.ts';
import { type JoinGroup, Seen } from './group-readers.ts';
import { type Account, Ledger } from './ledger.ts';
import { eventually, inTime, type MassClient, type MassRun, until } from './mass-client.ts';

const phaseTimeoutMs = 180_000;
const members = 2;
/** Of what is told when a run fails. */
const missingMax = 30;
const nodesTextMax = 4000;
const trickle = { recordsPerSend: 20, pauseMs: 5 };

export interface Roll {
  readonly cluster: ClusterProcess;
  /** Of any client: it tells who leads what. */
  readonly admin: kafkajs.Admin;
  readonly client: MassClient;
  readonly join: JoinGroup;
  readonly topic: string;
  readonly partitions: number;
  /** Sent and read, by at least so many, before a dead broker is started again. */
  readonly whileDeadRecords: number;
  readonly countMax?: number;
}

export interface Death {
  readonly brokerId: number;
  /** Partitions of the topic that it led, before its death and after. */
  readonly ledBefore: number;
  readonly ledAfter: number;
  readonly sentWhileDead: number;
  readonly readWhileDead: number;
}

export interface RollResult {
  readonly deaths: readonly Death[];
  readonly account: Account;
  readonly group: { readonly seen: number; readonly damaged: number; readonly failures: readonly unknown[] };
}

export async function rollThrough(roll: Roll): Promise<RollResult> {
  const { cluster, client, join, topic, partitions, countMax = 1_000_000 } = roll;
  const plan = { count: countMax, valueBytes: 100 };
  const ledger = new Ledger(plan);
  const seen = new Seen(plan);
  let enough = false;
  const order: MassRun = {
    address: cluster.bootstrapServers,
    topic,
    partitions,
    replicas: 3,
    compression: 'none',
    idempotent: true,
    ledger,
    trickle: { ...trickle, enough: () => enough },
  };
  await inTime('making the topic', phaseTimeoutMs, client.createTopic(order));
  await inSync(roll);
  const readers = await Promise.all(
    Array.from({ length: members }, () => join(cluster.bootstrapServers, topic, `${topic}-group`, seen)),
  );
  let producerFailure: unknown;
  try {
    const sent = client.produce(order);
    // Awaited below; until then its failure is shown by what does not go on.
    sent.catch((error) => {
      producerFailure = error;
    });
    const deaths: Death[] = [];
    for (const { id } of cluster.nodes) deaths.push(await dieAndComeBack(roll, id, ledger, seen));
    enough = true;
    await inTime('sending', phaseTimeoutMs, sent);
    // First what is in the log, then whether the group has read all of it: what one lacks is not the other's fault.
    await inTime('reading', phaseTimeoutMs, client.consume(order));
    const all = ledger.account().sent;
    await until('the group has read all', () => seen.numbers.size >= all);
    const failures = readers.flatMap(({ failure }) => failure() ?? []);
    const group = { seen: seen.numbers.size, damaged: seen.damaged, failures };
    return { deaths, account: ledger.account(), group };
  } catch (error) {
    // What stood still is told with where everything else stood.
    const { sent, acknowledged, found, lost } = ledger.account();
    const failures = [producerFailure, ...readers.map(({ failure }) => failure())].map(String);
    const missing = firstMissing(seen, sent);
    const books = {
      ...{ sent, acknowledged, found, lost, missing },
      seen: seen.numbers.size,
      dead: cluster.killed,
      failures,
    };
    const nodes = cluster.errors.slice(-nodesTextMax);
    throw new Error(`${error instanceof Error ? error.message : error}: ${JSON.stringify(books)}\n${nodes}`);
  } finally {
    enough = true;
    await inTime('leaving the group', phaseTimeoutMs, Promise.all(readers.map((reader) => reader.close())));
  }
}

/** The first records that the group has not read. */
function firstMissing(seen: Seen, sent: number): number[] {
  const missing: number[] = [];
  for (let number = 0; number < sent && missing.length < missingMax; number++)
    if (!seen.numbers.has(number)) missing.push(number);
  return missing;
}

async function dieAndComeBack(roll: Roll, brokerId: number, ledger: Ledger, seen: Seen): Promise<Death> {
  const { cluster, whileDeadRecords } = roll;
  await goesOn('before a death', whileDeadRecords, ledger, seen);
  const ledBefore = await ledBy(roll, brokerId);
  await cluster.kill(brokerId);
  await eventually(`others lead what broker ${brokerId} led`, async () => {
    const partitions = await partitionsOf(roll);
    return partitions.every(({ leader }) => leader > 0 && leader !== brokerId);
  });
  const from = { sent: ledger.account().sent, read: seen.numbers.size };
  await goesOn(`while broker ${brokerId} is dead`, whileDeadRecords, ledger, seen);
  const sentWhileDead = ledger.account().sent - from.sent;
  const readWhileDead = seen.numbers.size - from.read;
  const ledAfter = await ledBy(roll, brokerId);
  await cluster.startAgain(brokerId);
  await inSync(roll);
  return { brokerId, ledBefore, ledAfter, sentWhileDead, readWhileDead };
}

/** Records are sent, and the group reads. */
async function goesOn(when: string, records: number, ledger: Ledger, seen: Seen): Promise<void> {
  const read = seen.numbers.size + records;
  const { sent } = ledger.account();
  await until(`sending goes on ${when}`, () => ledger.account().sent >= sent + records);
  await until(`the group goes on ${when}`, () => seen.numbers.size >= read);
}

async function inSync(roll: Roll): Promise<void> {
  await eventually('every replica is in sync', async () =>
    (await partitionsOf(roll)).every(({ isr, replicas }) => isr.length === 3 && replicas.length === 3),
  );
}

async function ledBy(roll: Roll, brokerId: number): Promise<number> {
  return (await partitionsOf(roll)).filter(({ leader }) => leader === brokerId).length;
}

async function partitionsOf({ admin, topic, partitions }: Roll): Promise<kafkajs.PartitionMetadata[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const told = topics[0]?.partitions ?? [];
  if (told.length !== partitions) throw new Error(`${told.length} partitions of ${topic} are told`);
  return told;
}
