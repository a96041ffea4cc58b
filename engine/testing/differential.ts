// Two brokers, the same questions: where do the answers differ? By hand, for brokers that run already; the test of this
// name starts its own.
//
//   npx node engine/testing/differential.ts 127.0.0.1:9092 127.0.0.1:19092
//
// Each should be alone (`serve --brokers 1`, a Kafka that is broker and controller; node id 1, fresh), with the
// properties that the test gives to both, and formatted as both are unless told otherwise: with eligible leader
// replicas, which put min.insync.replicas into the cluster's configuration. Every run makes topics and groups of its
// own and leaves them there. One block for each answer that differs; those that are meant to
// (differential/known-differences.ts) are counted, and shown with --known. The exit code is 1 when there are others.

import process from 'node:process';
import { chapters } from './differential/chapters.ts';
import { differences, differing } from './differential/comparison.ts';
import { Witness } from './differential/witness.ts';

async function questioned(hostPort: string, run: string): Promise<Witness> {
  const witness = new Witness(hostPort, run);
  for (const chapter of chapters) await chapter.tell(witness);
  await witness.allTold();
  witness.close();
  return witness;
}

async function main(): Promise<void> {
  const [first, second, ...options] = process.argv.slice(2);
  if (first === undefined || second === undefined) {
    process.stderr.write('usage: differential.ts HOST:PORT HOST:PORT [--known]\n');
    process.exitCode = 2;
    return;
  }
  const run = Date.now().toString(36);
  const [ours, theirs] = await Promise.all([questioned(first, run), questioned(second, run)]);
  const found = differences(ours, theirs);
  const unknown = found.filter(({ known }) => known === undefined);
  for (const difference of options.includes('--known') ? found : unknown) {
    const [oursCut, theirsCut] = differing(difference);
    process.stdout.write(`${difference.question}\n  ${first}  ${oursCut}\n  ${second}  ${theirsCut}\n`);
    if (difference.known !== undefined) process.stdout.write(`  known: ${difference.known.reason}\n`);
  }
  const known = found.length - unknown.length;
  process.stdout.write(
    `${ours.answers.size} questions, ${unknown.length} differences, ${known} known differences\n`,
  );
  process.exitCode = unknown.length > 0 ? 1 : 0;
}

await main();
