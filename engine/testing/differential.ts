// Two brokers, the same questions: where do the answers differ? By hand, for it needs a Kafka to compare with:
//
//   npx node engine/testing/differential.ts 127.0.0.1:9092 127.0.0.1:19092
//
// Each should be alone (one broker, node id 1, fresh), with offsets.topic.num.partitions=1 and
// group.initial.rebalance.delay.ms=0; Kafka formatted with `--feature eligible.leader.replicas.version=0`, for
// otherwise it puts min.insync.replicas on every topic. Every run makes topics and groups of its own and leaves them
// there. One block for each answer that differs; those that are meant to (differential/known-differences.ts) are
// counted, and shown with --known. The exit code is 1 when there are others.

import process from 'node:process';
import { tellApiVersions } from './differential/api-versions.ts';
import { tellConfigs } from './differential/configs.ts';
import { tellFetch, tellListOffsets, tellOffsetForLeaderEpoch } from './differential/fetch.ts';
import { tellGroups } from './differential/groups.ts';
import { knownDifference } from './differential/known-differences.ts';
import { tellOffsets } from './differential/offsets.ts';
import { tellDeleteRecords, tellIdempotence, tellProduce } from './differential/produce.ts';
import { tellTopics } from './differential/topics.ts';
import { Witness } from './differential/witness.ts';

const chapters = [
  tellApiVersions,
  tellTopics,
  tellConfigs,
  tellProduce,
  tellIdempotence,
  tellFetch,
  tellListOffsets,
  tellOffsetForLeaderEpoch,
  tellDeleteRecords,
  tellGroups,
  tellOffsets,
];

/** Of a property or an API that only one of them has. */
const absent = '(nothing)';
const contextLetters = 60;

async function questioned(hostPort: string, run: string): Promise<Witness> {
  const witness = new Witness(hostPort, run);
  for (const chapter of chapters) await chapter(witness);
  witness.close();
  return witness;
}

/** Both answers without what they share at the beginning and at the end, but for a little context. */
function differing(ours: string, theirs: string): [string, string] {
  const shortest = Math.min(ours.length, theirs.length);
  let alike = 0;
  while (alike < shortest && ours[alike] === theirs[alike]) alike++;
  let alikeAtEnd = 0;
  while (alikeAtEnd < shortest - alike && ours.at(-1 - alikeAtEnd) === theirs.at(-1 - alikeAtEnd))
    alikeAtEnd++;
  const cut = (text: string) => {
    const from = Math.max(0, alike - contextLetters);
    const to = Math.min(text.length, text.length - alikeAtEnd + contextLetters);
    return `${from > 0 ? '...' : ''}${text.slice(from, to)}${to < text.length ? '...' : ''}`;
  };
  return [cut(ours), cut(theirs)];
}

async function main(): Promise<void> {
  const [first, second, ...options] = process.argv.slice(2);
  if (first === undefined || second === undefined) {
    process.stderr.write('usage: differential.ts HOST:PORT HOST:PORT [--known]\n');
    process.exitCode = 2;
    return;
  }
  const run = Date.now().toString(36);
  const [one, other] = await Promise.all([questioned(first, run), questioned(second, run)]);
  let known = 0;
  let unknown = 0;
  for (const question of new Set([...one.answers.keys(), ...other.answers.keys()])) {
    const [ours = absent, theirs = absent] = [one, other].map((of) => of.answers.get(question));
    if (ours === theirs) continue;
    const reason = knownDifference(question, ours, theirs);
    if (reason === undefined) unknown++;
    else known++;
    if (reason !== undefined && !options.includes('--known')) continue;
    const [oursCut, theirsCut] = differing(ours, theirs);
    process.stdout.write(`${question}\n  ${first}  ${oursCut}\n  ${second}  ${theirsCut}\n`);
    if (reason !== undefined) process.stdout.write(`  known: ${reason}\n`);
  }
  process.stdout.write(`${one.answers.size} questions, ${unknown} differences, ${known} known differences\n`);
  process.exitCode = unknown > 0 ? 1 : 0;
}

await main();
