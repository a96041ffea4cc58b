// The loopback probe: what the network of this machine carries between two threads when the bytes mean
// nothing. As many connections as the load has, messages of its size, as many under way as its clients may
// have, a small answer to each.
//
// The far side is `loopback-peer.ts` in a worker: on another core, without a share in this thread's event
// loop.

import { once } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Limit } from '../result.ts';

const probeMs = 1_000;

export interface LoopbackPattern {
  readonly connections: number;
  /** Messages of one connection that may be without an answer. */
  readonly depth: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

export async function probeLoopback(pattern: LoopbackPattern): Promise<Limit> {
  const { connections, depth, requestBytes, responseBytes } = pattern;
  const file = import.meta.url.endsWith('.ts') ? './loopback-peer.ts' : './loopback-peer.js';
  const worker = new Worker(fileURLToPath(new URL(file, import.meta.url)), {
    workerData: { requestBytes, responseBytes },
  });
  try {
    const [port] = (await once(worker, 'message')) as [number];
    const sockets = await Promise.all(Array.from({ length: connections }, () => connectTo(port)));
    const startMs = performance.now();
    const messages = await exchange(sockets, pattern, startMs + probeMs);
    const tookMs = performance.now() - startMs;
    for (const socket of sockets) socket.destroy();
    const large = Math.max(requestBytes, responseBytes);
    return {
      of: 'loopback',
      cpuUsPerRecord: null,
      pattern:
        `${connections} connections, ${depth} under way on each, ` +
        `${requestBytes} B there and ${responseBytes} B back`,
      megabytesPerSecond: (messages * large) / 1e3 / tookMs,
      operationsPerSecond: (messages * 1000) / tookMs,
    };
  } finally {
    await worker.terminate();
  }
}

async function connectTo(port: number): Promise<net.Socket> {
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** Answers that came before `untilMs`. */
function exchange(
  sockets: readonly net.Socket[],
  pattern: LoopbackPattern,
  untilMs: number,
): Promise<number> {
  const request = new Uint8Array(pattern.requestBytes).fill(0xa5);
  let answers = 0;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(answers), Math.max(0, untilMs - performance.now()));
    for (const socket of sockets) {
      let bytes = 0;
      socket.on('data', (chunk) => {
        bytes += chunk.length;
        const whole = Math.floor(bytes / pattern.responseBytes);
        bytes -= whole * pattern.responseBytes;
        answers += whole;
        for (let index = 0; index < whole; index++) socket.write(request);
      });
      socket.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      for (let index = 0; index < pattern.depth; index++) socket.write(request);
    }
  });
}
