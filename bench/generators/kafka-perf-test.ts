// Kafka's own ProducerPerformance as a generator, which `kafka-producer-perf-test.sh` starts. It makes its own records,
// without keys, and tells now and then how many were acknowledged: the ledger is judged by counts. It knows neither a
// start nor an end by time. So it is stopped (SIGSTOP) when it has told its first records, goes on when the load
// begins, and is stopped for good when the time is over: what was under way then, or not told yet, is unfinished.
//
// Its latencies are left out: they count from the send, in sums over its reports, and percentiles come only at an end
// of its own.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { kafkaHome, kafkaIn, noJava } from '../programs/kafka.ts';
import { ClientNode } from '../tasks.ts';
import { ThroughputSeries } from '../throughput.ts';
import { EndOffsets } from './end-offsets.ts';
import { GeneratorError, type GeneratorLoad, type LoadResult } from './load.ts';
import type { GeneratorPlan } from './plan.ts';
import { sharedClockUs, sleepUntil } from './protocol.ts';

const script = 'kafka-producer-perf-test.sh';
/** What it is called in sentences. */
const generatorName = 'kafka-perf-test';
const toolClass = 'org.apache.kafka.tools.ProducerPerformance';
/** As the script has it. */
const heapDefault = '-Xmx512M';
/** More than it can send in any load. */
const recordsMax = 2_147_483_647;
/** What it has not told when it is stopped is not known to be acknowledged. */
const reportEveryMs = 100;
/** A topic that has not become longer for so long is at rest. */
const restMs = 200;

/** How the tool is started. */
export interface PerfTest {
  readonly file: string;
  /** Before those of the load. */
  readonly words: readonly string[];
  readonly version: string;
}

/** The script of an installed Kafka, in $KAFKA_HOME/bin or on the path; else java with the jars that are there. */
export function findPerfTest(env: NodeJS.ProcessEnv): PerfTest | undefined {
  const home = env.KAFKA_HOME === undefined ? [] : [join(env.KAFKA_HOME, 'bin')];
  const folders = [...home, ...(env.PATH ?? '').split(delimiter)];
  const file = folders.map((folder) => join(folder, script)).find(isExecutable);
  if (file !== undefined) {
    const installation = kafkaIn(dirname(dirname(realpathSync(file))));
    return { file, words: [], version: installation?.version ?? 'of the tool on this machine' };
  }
  const { libs, version } = kafkaIn(kafkaHome(env)) ?? {};
  if (libs === undefined || version === undefined) return undefined;
  if (!existsSync(join(libs, `kafka-tools-${version}.jar`)) || noJava() !== undefined) return undefined;
  const heap = (env.KAFKA_HEAP_OPTS ?? heapDefault).split(/\s+/).filter((word) => word !== '');
  return { file: 'java', words: [...heap, '-cp', join(libs, '*'), toolClass], version };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** `help` is what the tool says of itself: its words have changed with Kafka 4, and the older ones cause warnings. */
export function perfTestWords(plan: GeneratorPlan, help: string): string[] {
  const { topic, workload } = plan;
  const properties = Object.entries(producerPropertiesOf(plan)).map(([name, value]) => `${name}=${value}`);
  const sizes = ['--num-records', String(recordsMax), '--record-size', String(workload.record.bytes)];
  const reports = help.includes('--reporting-interval')
    ? ['--reporting-interval', String(reportEveryMs)]
    : [];
  const given = help.includes('--command-property') ? '--command-property' : '--producer-props';
  return ['--topic', topic, ...sizes, '--throughput', '-1', ...reports, given, ...properties];
}

/** What it says when asked for help; it may end with 0 or 1 then. */
async function helpOf({ file, words }: PerfTest): Promise<string> {
  const told = await promisify(execFile)(file, [...words, '--help']).catch((error) => error);
  return `${told.stdout ?? ''}${told.stderr ?? ''}`;
}

function producerPropertiesOf({ address, workload }: GeneratorPlan): Record<string, string> {
  const { producer, acks } = workload;
  const all: Record<string, string | number | boolean | undefined> = {
    'bootstrap.servers': `${address.host}:${address.port}`,
    acks: String(acks),
    'enable.idempotence': producer.enableIdempotence ?? acks === 'all',
    'linger.ms': producer.lingerMs,
    'batch.size': producer.batchSizeBytes,
    'buffer.memory': producer.bufferMemoryBytes,
    'compression.type': producer.compressionType,
    'max.in.flight.requests.per.connection': producer.maxInFlightRequestsPerConnection,
    'max.request.size': producer.maxRequestSizeBytes,
    'request.timeout.ms': producer.requestTimeoutMs,
    'delivery.timeout.ms': producer.deliveryTimeoutMs,
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

/** "N records sent, R records/sec ...": what was acknowledged since the line before, or (with percentiles) in all. */
export function parsePerfTestLine(line: string): { records: number; total: boolean } | undefined {
  const [, records] = /^(\d+) records sent, [\d.,]+ records\/sec /.exec(line) ?? [];
  return records === undefined ? undefined : { records: Number(records), total: / 50th,/.test(line) };
}

export async function perfTestLoad(plan: GeneratorPlan): Promise<GeneratorLoad> {
  const tool = findPerfTest(process.env);
  if (tool === undefined) throw new GeneratorError(`${script} is not there, nor are jars with ${toolClass}`);
  const load = new PerfTestLoad(plan, tool, perfTestWords(plan, await helpOf(tool)));
  await load.prepare();
  return load;
}

class PerfTestLoad implements GeneratorLoad {
  readonly ready: GeneratorLoad['ready'];
  readonly series: ThroughputSeries;
  readonly #plan: GeneratorPlan;
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  readonly #begun: Promise<void>;
  readonly #node = new ClientNode('.');
  readonly #offsets: EndOffsets;
  #begin: () => void = () => {};
  /** In the topic when the load starts. */
  #before = 0;
  #acknowledged = 0;
  #complaint = '';

  constructor(plan: GeneratorPlan, tool: PerfTest, words: readonly string[]) {
    const { warmupSeconds, durationSeconds } = plan.workload;
    this.#plan = plan;
    this.series = new ThroughputSeries(warmupSeconds, durationSeconds);
    this.#offsets = new EndOffsets(plan, this.#node, this.series);
    const child = spawn(tool.file, [...tool.words, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    process.once('exit', () => child.kill('SIGKILL'));
    this.#begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.#take(line));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.#complaint = (this.#complaint + chunk).slice(-1000);
    });
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    const settings = { producer: producerPropertiesOf(plan), consumer: null };
    // The script becomes the Java machine: `exec`.
    this.ready = { version: tool.version, settings, processIds: child.pid === undefined ? [] : [child.pid] };
  }

  get secondsCounted(): number {
    return this.#offsets.secondsCounted;
  }

  /** Until it sends, and then stands still. */
  async prepare(): Promise<void> {
    await this.#unlessEnded(this.#begun);
    this.#child.kill('SIGSTOP');
    this.#before = (await this.#recordsAtRest()) ?? 0;
  }

  async run(startAtUs: number): Promise<LoadResult> {
    this.#child.kill('SIGCONT');
    const counting = this.#offsets.countSeconds(startAtUs, this.#before);
    await this.#unlessEnded(sleepUntil(startAtUs + this.#plan.untilSeconds * 1e6));
    // Not ended yet, so that its processor time can still be read.
    this.#child.kill('SIGSTOP');
    await counting;
    return await this.#result();
  }

  async #unlessEnded(work: Promise<void>): Promise<void> {
    const early = await Promise.race([this.#ended, work]);
    if (early === undefined) return;
    throw new GeneratorError(`${generatorName} ended before its time: ${early}\n${this.#complaint}`);
  }

  outcomes(): undefined {
    return undefined;
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    this.#node.close();
  }

  #take(line: string): void {
    const told = parsePerfTestLine(line);
    if (told === undefined) return;
    this.#begin();
    this.#acknowledged = told.total ? told.records : this.#acknowledged + told.records;
  }

  /** How many there are when no more arrive: what it sent may still be on its way. */
  async #recordsAtRest(): Promise<number | undefined> {
    for (let last: number | undefined; ; await sleepUntil(sharedClockUs() + restMs * 1000)) {
      const now = await this.#offsets.records();
      if (now === undefined || now === last) return now;
      last = now;
    }
  }

  /** What is there beyond what it told as acknowledged was under way when it was stopped. */
  async #result(): Promise<LoadResult> {
    const there = await this.#recordsAtRest();
    if (there === undefined) throw new GeneratorError('the broker does not tell how much was written');
    const acknowledged = this.#acknowledged;
    const intended = Math.max(there, acknowledged);
    const notes = [
      `${generatorName} was stopped when its time was over: what it had not told as acknowledged then is unfinished`,
      `${generatorName} has no latencies that could be compared`,
      `${generatorName} had begun before the clock started, with ${this.#before} records`,
      'how much is under way follows from buffer.memory, not from outstandingRecords',
    ];
    const unfinished = intended - acknowledged;
    return { intended, acknowledged, failed: 0, unfinished, latencies: [], delivery: null, notes };
  }
}
