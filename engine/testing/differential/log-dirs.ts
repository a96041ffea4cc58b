// DescribeLogDirs: what lies in the directory of a node, byte by byte, for both write the same files.

import { describeLogDirs } from '../../protocol/apis/describe-log-dirs.ts';
import { produce } from '../../protocol/apis/produce.ts';
import { batchOf } from './batches.ts';
import { produceTo } from './produce.ts';
import { topicOf } from './topics.ts';
import type { Values, Witness } from './witness.ts';

interface Directory {
  topics: { name: string; partitions: { partitionIndex: number }[] }[];
}

export async function tellLogDirs(of: Witness): Promise<void> {
  const topic = of.name('stored');
  const id = await topicOf(of, topic);
  for (const count of [3, 100]) await of.ask(produce, 9, produceTo(topic, id, batchOf({ count })));
  const about = (name: string, ...partitions: number[]) => ({ topic: name, partitions });
  const rows: readonly (readonly [question: string, topics: Values[] | null])[] = [
    ['all', null],
    ['nothing', []],
    ['one', [about(topic, 0)]],
    ['an empty one', [about(topic, 1)]],
    ['both', [about(topic, 1, 0)]],
    ['one twice', [about(topic, 0, 0)]],
    ['a topic twice', [about(topic, 0), about(topic, 1)]],
    ['no partitions', [about(topic)]],
    ['partition 9', [about(topic, 0, 9)]],
    ['unknown topic', [about('nowhere', 0)]],
    ['bad topic name', [about('a/b', 0)]],
  ];
  for (let version = 1; version <= 5; version++) {
    for (const [question, topics] of rows) {
      const answer = await of.ask(describeLogDirs, version, { topics });
      of.keep(`DescribeLogDirs v${version}: ${question}`, comparable(answer, topic));
      if (topics === null) of.keep(`DescribeLogDirs v${version}: sizes`, diskSizes(answer));
    }
  }
}

/** Without places and sizes of disks, and without topics of other chapters; in one order. */
function comparable(answer: unknown, topic: string): unknown {
  const { results = [], ...whole } = answer as { results?: (Directory & Values)[] };
  const told = results.map(({ logDir, totalBytes, usableBytes, topics, ...directory }) => ({
    ...directory,
    topics: topics
      .filter(({ name }) => name === topic)
      .map(({ name, partitions }) => ({
        name,
        partitions: [...partitions].sort((one, other) => one.partitionIndex - other.partitionIndex),
      })),
  }));
  return { ...whole, results: told };
}

/** Whether they are told: they are those of one disk, and change while it is asked. */
function diskSizes(answer: unknown): unknown {
  const { results } = answer as { results: { totalBytes: number; usableBytes: number }[] };
  return results.map(({ totalBytes, usableBytes }) => [totalBytes > 0, usableBytes > 0]);
}
