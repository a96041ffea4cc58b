// The broker against Apache Kafka itself, question by question: everything that `differential` asks, of a node of each
// that is alone and fresh. Where there is no Kafka the tests are skipped, and say so.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../host/cluster.ts';
import { type Chapter, chapters } from './differential/chapters.ts';
import { type Difference, differences, differing } from './differential/comparison.ts';
import { knownDifferences } from './differential/known-differences.ts';
import { Witness } from './differential/witness.ts';
import { RealKafka, whyNoKafka } from './real-kafka.ts';

/** Whose answers are known: other versions give others. */
const missing = whyNoKafka('4.3');
const reason = missing === undefined ? '' : ` (skipped: ${missing})`;

/** Of both, beside their defaults: what makes the questions short, or their answers come soon. */
const properties = {
  'offsets.topic.num.partitions': '1',
  'group.initial.rebalance.delay.ms': '0',
  'log.initial.task.delay.ms': '100',
  'log.retention.check.interval.ms': '200',
  'producer.id.expiration.check.interval.ms': '200',
};

describe.skipIf(missing !== undefined)(`the answers of Kafka${reason}`, () => {
  let kafka: RealKafka;
  let cluster: Cluster;
  let ours: Witness;
  let theirs: Witness;
  let told = 0;

  beforeAll(async () => {
    cluster = await startCluster({ brokers: 1, properties });
    kafka = await RealKafka.start(properties);
    ours = new Witness(cluster.bootstrapServers, 'test');
    theirs = new Witness(kafka.address, 'test');
  });
  afterAll(async () => {
    ours?.close();
    theirs?.close();
    await Promise.all([kafka?.discard(), cluster?.stop()]);
  });

  test.each(chapters.map((chapter) => [chapter.name, chapter] as const))(
    '%s',
    async (_, chapter: Chapter) => {
      const before = new Set(theirs.answers.keys());
      await Promise.all([chapter.tell(ours), chapter.tell(theirs)]);
      told++;
      expect(theirs.answers.size).toBeGreaterThan(before.size);
      const found = differences(ours, theirs).filter(({ question }) => !before.has(question));
      expect(unmeant(found)).toEqual([]);
    },
  );

  // What `sim/README.md` says of five requests in flight and leaders that move: not only alike, but just so.
  test.for([3, 13])('an unknown producer may begin anywhere, Produce v%i', (version, { skip }) => {
    if (told < chapters.length) skip('not everything was asked');
    const answerOf = (of: Witness, batch: string) => {
      const question = `Produce v${version}: a stranger in an empty partition: ${batch}`;
      return /"errorCode":"(\w+)"/.exec(of.answers.get(question) ?? '')?.[1];
    };
    for (const of of [theirs, ours]) {
      expect(answerOf(of, 'the third of five in flight')).toBe('NONE');
      expect(answerOf(of, 'the first of them')).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
      expect(answerOf(of, 'the second of them')).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
      expect(answerOf(of, 'the fourth of them')).toBe('NONE');
      expect(answerOf(of, 'the fifth of them')).toBe('NONE');
    }
  });

  test('what is known to differ does', async ({ skip }) => {
    if (told < chapters.length) skip('not everything was asked');
    await Promise.all([ours.allTold(), theirs.allTold()]);
    const found = differences(ours, theirs);
    expect(unmeant(found)).toEqual([]);
    const met = new Set(found.map(({ known }) => known));
    expect(knownDifferences.filter((row) => !met.has(row))).toEqual([]);
  });
});

function unmeant(found: readonly Difference[]): object[] {
  return found
    .filter(({ known }) => known === undefined)
    .map((difference) => {
      const [ours, theirs] = differing(difference);
      return { question: difference.question, ours, theirs };
    });
}
