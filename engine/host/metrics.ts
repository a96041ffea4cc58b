// Metrics of the real server in Prometheus' text form, made from the trace and from what the ports and the server count
// anyway. Counting is plain numbers; the library is asked only when somebody reads.

import { createServer, type Server } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Address } from '../ports.ts';
import type { TraceEvent, TraceEventKind } from '../trace-events.ts';
import type { Traffic } from './connection.ts';
import type { DiskCounts } from './counts.ts';
import type { TraceListener } from './trace.ts';

/** What `hear` has a case for. */
const countedKinds: ReadonlySet<TraceEventKind> = new Set<TraceEventKind>([
  'connection-opened',
  'connection-closed',
  'log-appended',
  'log-recovered',
  'log-truncated',
  'log-deleted',
  'append-failed',
  'log-flushed',
  'records-fetched',
  'duplicate-answered',
  'topic-deleted',
]);

export class Metrics implements TraceListener {
  readonly kinds = countedKinds;
  readonly registry = new Registry();
  readonly #logEnds = new Map<string, { topic: string; partition: number; offset: number }>();
  readonly #sums = {
    connections: 0,
    appendedBytes: 0,
    appendedBatches: 0,
    failedAppends: 0,
    flushes: 0,
    fetchedBytes: 0,
    duplicates: 0,
  };
  traffic: Traffic = { receivedBytes: 0, sentBytes: 0 };
  disk: DiskCounts = { writes: 0, writtenBytes: 0, fsyncs: 0 };
  /** Requests so far by API, asked when somebody reads. */
  requests: () => ReadonlyMap<string, number> = () => new Map();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    const sums = this.#sums;
    this.#counter('odradek_received_bytes_total', 'Bytes from clients', () => this.traffic.receivedBytes);
    this.#counter('odradek_sent_bytes_total', 'Bytes to clients', () => this.traffic.sentBytes);
    this.#counter('odradek_disk_writes_total', 'Writes to files', () => this.disk.writes);
    this.#counter('odradek_disk_written_bytes_total', 'Bytes to files', () => this.disk.writtenBytes);
    this.#counter('odradek_fsyncs_total', 'fsync and fdatasync calls', () => this.disk.fsyncs);
    this.#counter('odradek_appended_bytes_total', 'Bytes appended to logs', () => sums.appendedBytes);
    this.#counter('odradek_appended_batches_total', 'Batches appended to logs', () => sums.appendedBatches);
    this.#counter('odradek_failed_appends_total', 'Appends that failed', () => sums.failedAppends);
    this.#counter('odradek_flushes_total', 'Logs made durable (fsync)', () => sums.flushes);
    this.#counter('odradek_fetched_bytes_total', 'Bytes of records to consumers', () => sums.fetchedBytes);
    this.#counter('odradek_duplicates_total', 'Produces answered as duplicates', () => sums.duplicates);
    this.#gauge('odradek_connections', 'Open connections', [], (gauge) => gauge.set(sums.connections));
    this.#gauge('odradek_log_end_offset', 'End of each log', ['topic', 'partition'], (gauge) => {
      for (const { topic, partition, offset } of this.#logEnds.values()) {
        gauge.set({ topic, partition: String(partition) }, offset);
      }
    });
    const requests = (): ReadonlyMap<string, number> => this.requests();
    const counter = new Counter({
      name: 'odradek_requests_total',
      help: 'Requests started',
      labelNames: ['api'],
      registers: [this.registry],
      collect() {
        counter.reset();
        for (const [api, count] of requests()) counter.inc({ api }, count);
      },
    });
  }

  /** Counts. */
  hear(event: TraceEvent): void {
    const sums = this.#sums;
    switch (event.kind) {
      case 'connection-opened':
        sums.connections++;
        break;
      case 'connection-closed':
        sums.connections--;
        break;
      case 'log-appended':
        sums.appendedBytes += event.bytes;
        sums.appendedBatches += event.batches;
        this.#logEnd(event);
        break;
      case 'log-recovered':
      case 'log-truncated':
        this.#logEnd(event);
        break;
      case 'append-failed':
        sums.failedAppends++;
        break;
      case 'log-flushed':
        sums.flushes++;
        break;
      case 'records-fetched':
        sums.fetchedBytes += event.bytes;
        break;
      case 'duplicate-answered':
        sums.duplicates++;
        break;
      case 'log-deleted':
        this.#logEnds.delete(`${event.topic}-${event.partition}`);
        break;
      case 'topic-deleted':
        for (const [key, { topic }] of this.#logEnds) if (topic === event.topic) this.#logEnds.delete(key);
        break;
      default:
    }
  }

  #logEnd({
    topic,
    partition,
    logEndOffset,
  }: {
    topic: string;
    partition: number;
    logEndOffset: number;
  }): void {
    const key = `${topic}-${partition}`;
    const known = this.#logEnds.get(key);
    if (known === undefined) this.#logEnds.set(key, { topic, partition, offset: logEndOffset });
    else known.offset = logEndOffset;
  }

  #counter(name: string, help: string, read: () => number): void {
    const counter = new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        counter.reset();
        counter.inc(read());
      },
    });
  }

  #gauge(name: string, help: string, labelNames: string[], read: (gauge: Gauge) => void): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [this.registry],
      collect() {
        gauge.reset();
        read(gauge);
      },
    });
  }
}

export interface MetricsServer {
  readonly address: Address;
  close(): void;
}

/** Answers GET /metrics. The error is a sentence for people. */
export function serveMetrics(metrics: Metrics, address: Address): Promise<Outcome<MetricsServer, string>> {
  const server: Server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end('metrics are at /metrics\n');
      return;
    }
    metrics.registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text),
      (error) => response.writeHead(500).end(`${error}\n`),
    );
  });
  return new Promise((resolve) => {
    server.on('error', (error) => resolve(failure(error.message)));
    server.listen(address.port, address.host, () => {
      const bound = server.address();
      const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
      const close = (): void => {
        server.close();
        server.closeAllConnections();
      };
      resolve(success({ address: { host: address.host, port }, close }));
    });
  });
}
