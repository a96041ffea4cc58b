// The command `serve`: one broker on this machine, from its ready line to its exit code. With --brokers it
// is a cluster on this machine instead, which `serve-cluster.ts` runs with one of these processes for each
// node.
//
//   0 stopped on request   1 the disk failed   2 bad usage, bad configuration, address or data directory taken
//   70 a bug of ours, with its stack
//
// SIGTERM and SIGINT stop it cleanly; the second one ends it at once, and the next start recovers. The end
// of the parent stops it too, where the parent keeps a channel to it: nobody else would end it then.

import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { Broker } from '../broker.ts';
import { Runtime } from '../runtime.ts';
import { leaveMessage } from './child-node.ts';
import { CollectionCounter, countsMessage, type NodeCounts } from './counts.ts';
import { lockDirectory } from './lock-file.ts';
import { logTrace, newLogger } from './logger.ts';
import { Metrics, type MetricsServer, serveMetrics } from './metrics.ts';
import { type HostPorts, hostPorts } from './ports.ts';
import { serveClusterCommand } from './serve-cluster.ts';
import { type ServeOptions, type ServeSettings, serveSettings } from './serve-settings.ts';
import type { TraceListener } from './trace.ts';

const exitCode = { ok: 0, failed: 1, usage: 2, bug: 70, killed: 130 } as const;

/** A node that waits for its controllers would not hear a signal for ever; recovery of its logs may need this long. */
const stopUnreadyAfterMs = 5_000;

/** Serves until it is stopped; the exit code. */
export async function serveCommand(options: ServeOptions): Promise<number> {
  if (options.brokers !== undefined) return await serveClusterCommand(options);
  const settings = serveSettings(options);
  if (!settings.ok) return complain(settings.error);
  const { dataDir } = settings.value;
  let lock: ReturnType<typeof lockDirectory>;
  try {
    mkdirSync(dataDir, { recursive: true });
    lock = lockDirectory(dataDir);
  } catch (error) {
    return complain([`the data directory ${dataDir}: ${error instanceof Error ? error.message : error}`]);
  }
  if (!lock.ok) return complain([lock.error]);
  process.once('exit', lock.value);
  try {
    return await serve(settings.value);
  } finally {
    process.off('exit', lock.value);
    lock.value();
  }
}

async function serve(settings: ServeSettings): Promise<number> {
  const logger = newLogger(settings.logLevel);
  const listeners: TraceListener[] = [];
  if (settings.logLevel !== 'silent') listeners.push(logTrace(logger));
  let metricsServer: MetricsServer | undefined;
  const metrics = settings.metrics === undefined ? undefined : new Metrics();
  if (metrics !== undefined && settings.metrics !== undefined) {
    const served = await serveMetrics(metrics, settings.metrics);
    if (!served.ok) return complain([`--metrics: ${served.error}`]);
    metricsServer = served.value;
    listeners.push(metrics);
  }
  const ports = hostPorts({ dataDir: settings.dataDir, listeners });
  try {
    return await new Promise<number>((end) => {
      const serving = new Serving(settings, ports, logger, metricsServer, end);
      if (metrics !== undefined) {
        metrics.traffic = ports.network.traffic;
        metrics.disk = ports.diskCounts;
        metrics.requests = () => serving.requestCounts();
      }
      serving.start();
    });
  } finally {
    metricsServer?.close();
    ports.close();
    logger.flush();
  }
}

/** One broker from start to end; `end` is called once with the exit code. */
class Serving {
  readonly #settings: ServeSettings;
  readonly #ports: HostPorts;
  readonly #logger: Logger;
  readonly #metricsServer: MetricsServer | undefined;
  readonly #runtime: Runtime;
  readonly #end: (code: number) => void;
  #broker: Broker | undefined;
  /** From the first time that the parent asked for counts. */
  #collections: CollectionCounter | undefined;
  #stopping = false;
  #ended = false;

  constructor(
    settings: ServeSettings,
    ports: HostPorts,
    logger: Logger,
    metricsServer: MetricsServer | undefined,
    end: (code: number) => void,
  ) {
    this.#settings = settings;
    this.#ports = ports;
    this.#logger = logger;
    this.#metricsServer = metricsServer;
    this.#runtime = new Runtime(ports, (error, label) => this.#onBug(error, label));
    this.#end = (code) => {
      process.off('SIGTERM', this.#onSignal);
      process.off('SIGINT', this.#onSignal);
      process.off('disconnect', this.#onOrphaned);
      process.off('message', this.#onMessage);
      process.off('uncaughtException', this.#onUncaught);
      this.#runtime.tasks.stop();
      this.#ended = true;
      end(code);
    };
  }

  requestCounts(): ReadonlyMap<string, number> {
    return this.#broker?.requestCounts() ?? new Map();
  }

  start(): void {
    process.on('SIGTERM', this.#onSignal);
    process.on('SIGINT', this.#onSignal);
    if (process.connected) process.on('disconnect', this.#onOrphaned).on('message', this.#onMessage);
    // Callbacks of ports that are not tasks end here when they throw.
    process.on('uncaughtException', this.#onUncaught);
    const { properties } = this.#settings;
    const started = this.#runtime.tasks.spawn('start', Broker.start(this.#runtime, { properties }));
    started.onSettled((outcome) => {
      if (!outcome.ok) this.#end(complain(outcome.error, this.#ports.network.listenFailed ? 2 : 1));
      else this.#ready(outcome.value);
    });
  }

  #ready(broker: Broker): void {
    this.#broker = broker;
    for (const warning of broker.warnings) this.#logger.warn(warning);
    broker.halted.onSettled((reason) => this.#end(complain([reason], exitCode.failed)));
    const data = this.#settings.dataDir;
    const { host, port } = broker.address;
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    if (this.#settings.json) {
      const metrics = this.#metricsServer && { metrics: this.#metricsServer.address };
      const ready = { host, port, clusterId: broker.clusterId, nodeId: broker.nodeId, data: resolve(data) };
      print(JSON.stringify({ ready: true, ...ready, ...metrics, pid: process.pid }));
    } else {
      print(`odradek ready on ${address} (cluster ${broker.clusterId}, node ${broker.nodeId}, data ${data})`);
    }
    if (this.#stopping) this.#stop(broker);
  }

  readonly #onSignal = (signal: string): void => {
    if (this.#stopping) {
      this.#logger.warn(`${signal} again: ending at once`);
      process.exit(exitCode.killed);
    }
    this.#stopping = true;
    this.#logger.info(`${signal}: stopping`);
    if (this.#broker !== undefined) return this.#stop(this.#broker);
    // Before it is ready, recovery runs to its end first: it is what makes the next start clean.
    setTimeout(() => this.#stopUnready(), stopUnreadyAfterMs).unref();
  };

  /** The parent: of a cluster that stops as a whole, or one that wants to know what was done so far. */
  readonly #onMessage = (message: unknown): void => {
    if (message === countsMessage) {
      process.send?.({ counts: this.#counts() });
      return;
    }
    if (message !== leaveMessage || this.#broker === undefined) return;
    const left = this.#runtime.tasks.spawn('leave', this.#broker.leave());
    left.onSettled(() => process.send?.(leaveMessage));
  };

  #counts(): NodeCounts {
    this.#collections ??= new CollectionCounter();
    this.#collections.refresh();
    return {
      requests: Object.fromEntries(this.requestCounts()),
      traffic: this.#ports.network.traffic,
      disk: this.#ports.diskCounts,
      garbageCollections: this.#collections.collections,
      garbageCollectionMs: this.#collections.milliseconds,
    };
  }

  readonly #onOrphaned = (): void => {
    if (!this.#stopping) this.#onSignal('the parent is gone');
  };

  #stop(broker: Broker): void {
    const stopped = this.#runtime.tasks.spawn('stop', broker.stop());
    stopped.onSettled((outcome) => {
      if (outcome.ok) this.#end(exitCode.ok);
      // A disk that failed on the way has halted the broker, and that was told already.
      else if (!broker.halted.settled) this.#end(complain([outcome.error], exitCode.failed));
    });
  }

  #stopUnready(): void {
    if (this.#broker !== undefined || this.#ended) return;
    this.#logger.warn('ending before it was ready; the next start recovers');
    this.#end(exitCode.ok);
  }

  readonly #onUncaught = (error: unknown): void => this.#onBug(error, 'a callback of a port');

  #onBug(error: unknown, label: string): void {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`odradek: a bug in "${label}":\n${stack}\n`);
    // At once and without a clean shutdown: after a bug nothing in memory is worth writing.
    process.exit(exitCode.bug);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(problems: readonly string[], code: number = exitCode.usage): number {
  for (const problem of problems) process.stderr.write(`odradek serve: ${problem}\n`);
  return code;
}
