// Apache Kafka as it comes: a folder whose `libs` hold its jars, started as one node that is broker and controller,
// with the options of Java that Kafka's own start script has ($KAFKA_HEAP_OPTS and $KAFKA_JVM_PERFORMANCE_OPTS as
// there). Beside what one node cannot do without it keeps its defaults, unless a workload or a target names a property.
//
// Killed with its parent, except when that dies by SIGKILL: it has no channel by which it would notice.

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HostRandom } from '../../engine/host/index.ts';
import type { Address } from '../../engine/index.ts';
import { projectRoot } from '../environment.ts';
import type { BrokerProgram, BrokerStart } from './broker-program.ts';

const host = '127.0.0.1';
const readyWithinMs = 60_000;
const askEveryMs = 50;
const defaultHeap = '-Xmx1G -Xms1G';
const defaultPerformance =
  '-server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent';

export interface KafkaInstallation {
  readonly version: string;
  /** Where its jars are. */
  readonly libs: string;
}

/** Where it is looked for; nothing need be there. */
export function kafkaHome(env: NodeJS.ProcessEnv = process.env): string {
  return env.KAFKA_HOME ?? join(projectRoot(), '.kafka');
}

/** Of the folder of an installation, or of jars alone; undefined where no broker is among them. */
export function kafkaIn(folder: string): KafkaInstallation | undefined {
  for (const libs of [join(folder, 'libs'), folder]) {
    const isFolder = statSync(libs, { throwIfNoEntry: false })?.isDirectory() === true;
    const jars = isFolder ? readdirSync(libs) : [];
    const version = jars.flatMap((jar) => /^kafka_[\d.]+-(\d[^-]*)\.jar$/.exec(jar)?.[1] ?? [])[0];
    if (version !== undefined) return { version, libs };
  }
  return undefined;
}

/** Why it cannot be started here, though it is there. */
export function noJava(): string | undefined {
  return spawnSync('java', ['-version']).status === 0 ? undefined : 'there is no java to run it with';
}

export function kafkaProgram({ libs }: KafkaInstallation): BrokerProgram {
  return {
    async spawn(start) {
      const ports = [start.port === 0 ? await freePort() : start.port, await freePort()] as const;
      const file = `${start.dataDir}.properties`;
      mkdirSync(start.dataDir, { recursive: true });
      writeFileSync(file, kafkaProperties(start, ...ports));
      const java = ['-cp', join(libs, '*')];
      if (!existsSync(join(start.dataDir, 'meta.properties'))) await format(java, file);
      const options = [
        ...wordsOf(process.env.KAFKA_HEAP_OPTS ?? defaultHeap),
        ...wordsOf(process.env.KAFKA_JVM_PERFORMANCE_OPTS ?? defaultPerformance),
      ];
      const child = spawn('java', [...options, ...java, 'kafka.Kafka', file], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      return { child, ready: listening({ host, port: ports[0] }, child) };
    },
  };
}

/** Exported for its test. */
export function kafkaProperties(
  { dataDir, properties }: BrokerStart,
  port: number,
  controllerPort: number,
): string {
  const needed: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${host}:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    listeners: `PLAINTEXT://${host}:${port},CONTROLLER://${host}:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${host}:${port}`,
    'log.dirs': dataDir,
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    // As the sample file of its distribution has it; the default of 3 s only delays the first group of a run.
    'group.initial.rebalance.delay.ms': '0',
  };
  return Object.entries({ ...needed, ...properties })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function format(java: readonly string[], file: string): Promise<void> {
  const clusterId = new HostRandom().uuid();
  try {
    await promisify(execFile)('java', [
      ...java,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      clusterId,
      '-c',
      file,
    ]);
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`Kafka cannot format its directory: ${stderr ?? error}`);
  }
}

function wordsOf(options: string): string[] {
  return options.split(/\s+/).filter((word) => word !== '');
}

/** One that nobody has now: Kafka does not say which port it was given when it asks for any. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}

/** Kafka binds its port before it serves; requests that come too early wait in it. */
function listening(address: Address, child: ChildProcess): Promise<Address> {
  const untilMs = performance.now() + readyWithinMs;
  return new Promise((resolve, reject) => {
    const ask = (): void => {
      // Whoever waits is told of its end elsewhere.
      if (child.exitCode !== null || child.signalCode !== null) return;
      const socket = connect(address.port, address.host);
      socket.once('connect', () => {
        socket.destroy();
        resolve(address);
      });
      socket.once('error', () => {
        if (performance.now() > untilMs) reject(new Error(`Kafka did not listen within ${readyWithinMs} ms`));
        else setTimeout(ask, askEveryMs);
      });
    };
    ask();
  });
}
