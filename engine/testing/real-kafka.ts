// Apache Kafka itself, where a machine has it: one node, broker and controller, on free ports and a folder of its own,
// both gone afterwards, also when the test that wanted it is interrupted.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { HeldPorts } from '../host/held-ports.ts';
import { metadata } from '../protocol/apis/metadata.ts';
import { Witness } from './differential/witness.ts';

const host = '127.0.0.1';
/** Of one start, in which a virtual machine gets what other tests leave of two cores. */
const readyTimeoutMs = 60_000;
const pollMs = 50;
const startsMax = 3;
/** Of what it said last, so much is told when it does not start. */
const outputLettersMax = 10_000;
const clusterId = 'T2RyYWRlaydzIEthZmthIA';

/** A small heap, and nothing that pays off only in a virtual machine that lives long. */
const javaOptions = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** The folder with Kafka's jars: that of `KAFKA_HOME`, else the one that git ignores at our root. */
export function kafkaLibs(): string | undefined {
  const homes = [process.env.KAFKA_HOME, join(import.meta.dirname, '../../.kafka')];
  return homes
    .flatMap((home) => (home ? [join(home, 'libs')] : []))
    .find((libs) => versionIn(libs) !== undefined);
}

/** Of the broker in a folder of jars. */
function versionIn(libs: string): string | undefined {
  const versions = jarsIn(libs).map((jar) => /^kafka_[\d.]+-(\d.*)\.jar$/.exec(jar)?.[1]);
  return versions.find((version) => version !== undefined);
}

function jarsIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Why there can be no Kafka of that version (`4.3`) here; undefined when there can. */
export function whyNoKafka(wanted: string): string | undefined {
  const libs = kafkaLibs();
  if (libs === undefined) return 'there are no jars of Kafka in KAFKA_HOME/libs or .kafka/libs';
  const version = versionIn(libs);
  if (version?.startsWith(`${wanted}.`) !== true) return `the Kafka here is ${version}, not ${wanted}`;
  return spawnSync(java(), ['-version']).status === 0 ? undefined : 'there is no java';
}

function java(): string {
  const { JAVA_HOME: home } = process.env;
  return home ? join(home, 'bin', 'java') : 'java';
}

export class RealKafka {
  readonly address: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'odradek-real-kafka-'));
  readonly #properties = join(this.#folder, 'server.properties');
  #child: ChildProcess | undefined;
  #exit: Promise<number | null> = Promise.resolve(null);
  #output = '';

  private constructor(port: number, controllerPort: number, properties: Readonly<Record<string, string>>) {
    this.address = `${host}:${port}`;
    const lines = Object.entries({
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.quorum.voters': `1@${host}:${controllerPort}`,
      'controller.listener.names': 'CONTROLLER',
      listeners: `PLAINTEXT://${this.address},CONTROLLER://${host}:${controllerPort}`,
      'log.dirs': join(this.#folder, 'data'),
      'default.replication.factor': '1',
      'offsets.topic.replication.factor': '1',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      ...properties,
    }).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(this.#properties, lines.join(''));
  }

  /**
   * Settles when it takes requests and has told itself to be alive. On a busy machine a start may fail for reasons that
   * are not Kafka's (a port that another process was quicker to take, seconds that were not given to it): it is then
   * begun anew, with other ports and an empty folder, and only the last failure is told.
   */
  static async start(properties: Readonly<Record<string, string>> = {}): Promise<RealKafka> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await RealKafka.#startOnce(properties);
      } catch (error) {
        if (attempt === startsMax) throw error;
        console.warn(`start ${attempt} of ${startsMax} of Kafka failed: ${String(error)}`);
      }
    }
  }

  static async #startOnce(properties: Readonly<Record<string, string>>): Promise<RealKafka> {
    const held = await HeldPorts.hold(host, 0, 2);
    if (!held.ok) throw new Error(held.error);
    const [port = 0, controllerPort = 0] = held.value.ports;
    const kafka = new RealKafka(port, controllerPort, properties);
    try {
      kafka.#run('kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', kafka.#properties);
      const code = await kafka.#exit;
      if (code !== 0) throw new Error(`the format ended with ${code}: ${kafka.#output}`);
      held.value.release();
      kafka.#run('kafka.Kafka', kafka.#properties);
      await kafka.#ready();
      return kafka;
    } catch (error) {
      held.value.release();
      await kafka.discard();
      throw error;
    }
  }

  /** Ends it at once, whatever it is doing, and takes its data away. */
  async discard(): Promise<void> {
    this.#child?.stdin?.end();
    await this.#exit;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #run(main: string, ...parameters: readonly string[]): void {
    const classPath = [join(kafkaLibs() ?? '', '*'), process.env.CLASSPATH].filter(Boolean).join(delimiter);
    const command = [java(), ...javaOptions, '-cp', classPath, main, ...parameters];
    const tied = [join(import.meta.dirname, 'tied-process.ts'), this.#folder, ...command];
    const child = spawn(process.execPath, tied, { stdio: 'pipe' });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        this.#output = (this.#output + text).slice(-outputLettersMax);
      });
    }
    // It may be gone before its input is closed.
    child.stdin.on('error', () => {});
    this.#exit = new Promise((resolve) => child.once('close', resolve));
  }

  async #ready(): Promise<void> {
    let ended: number | null | undefined;
    void this.#exit.then((code) => {
      ended = code;
    });
    const witness = new Witness(this.address, 'ready');
    // An answer that does not come takes seconds as well: what is counted is time, not questions.
    const endMs = performance.now() + readyTimeoutMs;
    while (performance.now() < endMs) {
      const answer = await witness.ask(metadata, 12, { topics: [] });
      const { brokers = [] } = answer as { brokers?: unknown[] };
      if (brokers.length > 0) return witness.close();
      if (ended !== undefined) throw new Error(`Kafka ended with ${ended}: ${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    throw new Error(`Kafka is not ready in time: ${this.#output}`);
  }
}
