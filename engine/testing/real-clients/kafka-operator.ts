// An operator with Kafka's tools in front of one cluster: the commands that tests type again and again, and what they
// make of the answers. Each fails when its tool warns or complains of anything that does not belong to it.

import type { KafkaTools, ToolExtra, ToolResult } from './kafka-tools.ts';
import { linesOf, rowsOf } from './kafka-tools-words.ts';

/** What the console consumer says to every group of the classic protocol. */
const advertisement =
  'The consumer rebalance protocol (KIP-848) is production-ready! Set group.protocol=consumer to try it out. ' +
  'See https://kafka.apache.org/documentation/#consumer_rebalance_protocol\n';

export class Operator {
  readonly #tools: KafkaTools;
  /** How a tool finds the cluster; a word of most command lines. */
  readonly at: string;

  constructor(tools: KafkaTools, bootstrapServers: string) {
    this.#tools = tools;
    this.at = `--bootstrap-server ${bootstrapServers}`;
  }

  /** Whatever comes of it. */
  run(line: string, extra?: ToolExtra): Promise<ToolResult> {
    return this.#tools.run(line, extra);
  }

  /** What a tool prints that ends well and complains of nothing but what is expected. */
  async told(line: string, extra: ToolExtra = {}): Promise<string> {
    const { code, output, errors } = await this.run(line, extra);
    if (code === 0 && errors === (extra.complaint ?? '')) return output;
    throw new Error(`${line}\nended with ${code} and said\n${errors}\n${output}`.slice(0, 4000));
  }

  topics(words: string): Promise<string> {
    return this.told(`TopicCommand ${this.at} ${words}`);
  }

  configs(words: string): Promise<string> {
    return this.told(`ConfigCommand ${this.at} ${words}`);
  }

  /** The rows about groups, by partition. */
  async groups(words: string, complaint = ''): Promise<Record<string, string>[]> {
    const rows = rowsOf(await this.told(`ConsumerGroupCommand ${this.at} ${words}`, { complaint }));
    return rows.sort((a, b) => Number(a.PARTITION) - Number(b.PARTITION));
  }

  /** What is described of a group that nobody is in. */
  emptyGroup(group: string, words = '--offsets'): Promise<Record<string, string>[]> {
    const complaint = `\nConsumer group '${group}' has no active members.\n`;
    return this.groups(`--describe --group ${group} ${words}`, complaint);
  }

  /** By `topic:partition`. */
  async offsets(words: string): Promise<Record<string, number>> {
    const lines = linesOf(await this.told(`GetOffsetShell ${this.at} ${words}`));
    const pairs = lines.map((line) => /^(.*):(\d+)$/.exec(line) ?? []);
    return Object.fromEntries(pairs.map(([, partition = '', offset]) => [partition, Number(offset)]));
  }

  /** A record for each line. */
  async produce(words: string, lines: readonly string[]): Promise<void> {
    const input = lines.map((line) => `${line}\n`).join('');
    await this.told(`ConsoleProducer ${this.at} ${words}`, { input });
  }

  /** So many records, as the lines that are printed of them. */
  async consume(words: string, count: number): Promise<string[]> {
    const said = words.includes('--group') ? advertisement : '';
    const complaint = `${said}Processed a total of ${count} messages\n`;
    return linesOf(
      await this.told(`ConsoleConsumer ${this.at} --max-messages ${count} ${words}`, { complaint }),
    );
  }
}
