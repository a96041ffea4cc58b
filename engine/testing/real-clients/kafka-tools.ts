// Apache Kafka's own command-line tools, run as an operator runs them, with the jars that `real-kafka` finds. Where
// there are none, or no Java for them, tests say so.
//
// `KafkaTools` runs one after the other in one Java machine (KafkaTools.java), `runAlone` one in a machine of its own.

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { kafkaLibs } from '../real-kafka.ts';
import { inTime } from './mass-client.ts';

/** What the tools print is held against the words of this one; those of another may differ. */
const kafkaVersion = '4.3.1';
const javaVersionMin = 17;
/** A tool that waits for ever is a failed test, not a hanging one. */
const toolTimeoutMs = 120_000;

const libs = kafkaLibs() ?? '';
const toolsJar = join(libs, `kafka-tools-${kafkaVersion}.jar`);

/** For machines that live for seconds, beside a broker and its tests. */
const javaOptions = [
  ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto', '-Xmx256m'],
  `-Dlog4j2.configurationFile=${join(import.meta.dirname, 'kafka-tools-log4j2.properties')}`,
];

/** Why the tools cannot be run here; undefined when they can. */
export const kafkaToolsMissing: string | undefined = missing();

function missing(): string | undefined {
  if (!existsSync(toolsJar))
    return `the jars of Kafka ${kafkaVersion} are neither in KAFKA_HOME nor in .kafka`;
  // The compiler is looked for, because a Java that can only run classes runs no source file.
  const told = spawnSync('java', ['--describe-module', 'jdk.compiler']).stdout?.toString() ?? '';
  const [, version] = /^jdk\.compiler@(\d+)/.exec(told) ?? [];
  return Number(version ?? 0) >= javaVersionMin ? undefined : `there is no JDK of version ${javaVersionMin}`;
}

const packageOfTools = 'org.apache.kafka.tools';
/** The tools that are not in the package of most. */
const elsewhere: Readonly<Record<string, string>> = {
  ConfigCommand: 'kafka.admin.ConfigCommand',
  ConsoleConsumer: `${packageOfTools}.consumer.ConsoleConsumer`,
  ConsumerGroupCommand: `${packageOfTools}.consumer.group.ConsumerGroupCommand`,
  ReassignPartitionsCommand: `${packageOfTools}.reassign.ReassignPartitionsCommand`,
};

/** `TopicCommand --list ...`, and what cannot stand in such a line. */
interface Order {
  readonly tool: string;
  readonly words: readonly string[];
}

function orderOf(line: string, more: readonly string[] = []): Order {
  const [name = '', ...words] = line.split(' ');
  return { tool: elsewhere[name] ?? `${packageOfTools}.${name}`, words: [...words, ...more] };
}

export interface ToolExtra {
  /** Words that may have spaces in them, after the others. */
  readonly more?: readonly string[];
  /** For its standard input. */
  readonly input?: string;
  /** What a tool that ends well says on standard error, because that is its way. */
  readonly complaint?: string;
}

export interface ToolResult {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

export class KafkaTools {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  readonly #errors: () => string;
  readonly #closed: Promise<unknown>;
  /** One tool after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor() {
    const jars = readdirSync(libs).map((name) => join(libs, name));
    const classPath = jars.filter((jar) => jar.endsWith('.jar') && jar !== toolsJar).join(delimiter);
    const source = join(import.meta.dirname, 'KafkaTools.java');
    this.#child = spawn('java', [...javaOptions, '-cp', classPath, source, toolsJar]);
    this.#closed = once(this.#child, 'close');
    // That it ended is told by the answer that does not come.
    this.#child.stdin.on('error', () => {});
    this.#errors = textOf(this.#child.stderr);
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Runs a tool to its end. */
  run(line: string, { more, input = '' }: ToolExtra = {}): Promise<ToolResult> {
    const answer = this.#last.then(async () => {
      this.#child.stdin.write(`${JSON.stringify({ ...orderOf(line, more), input })}\n`);
      const { value, done } = await inTime(line, toolTimeoutMs, this.#answers.next());
      if (done) throw new Error(`the Java machine of the tools ended: ${this.#errors()}`);
      return JSON.parse(value) as ToolResult;
    });
    // After a tool without an answer nobody would know whose answer the next one is.
    this.#last = answer.catch(() => this.stop());
    return answer;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}

/** For a tool whose last words come when its process ends, and for several at a time. */
export async function runAlone(line: string): Promise<ToolResult> {
  const { tool, words } = orderOf(line);
  const child = spawn('java', [...javaOptions, '-cp', join(libs, '*'), tool, ...words]);
  const output = textOf(child.stdout);
  const errors = textOf(child.stderr);
  child.stdin.end();
  const [code] = await inTime(line, toolTimeoutMs, once(child, 'close')).finally(() => child.kill('SIGKILL'));
  return { code, output: output(), errors: errors() };
}

function textOf(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (more) => {
    text += more;
  });
  return () => text;
}
