// A large run for the tests of this folder: five brokers and some clients that talk, with crashes among it.

import type { KeptRun, TraceLine } from '../../sim/index.ts';
import { effect, keptRun, line } from '../testing-suite.ts';

const nodes = ['broker-1', 'broker-2', 'broker-3', 'broker-4', 'broker-5', 'produce-1'];

/** A trace of `count` events over two seconds of virtual time. */
export function manyEvents(count: number): TraceLine[] {
  const events: TraceLine[] = nodes.map((node, index) =>
    line(index + 1, 0, node, { kind: 'node-booted', role: node.startsWith('broker') ? 'broker' : 'client' }),
  );
  for (let at = nodes.length; at < count; at++) {
    const timeUs = Math.floor((at * 2_000_000) / count);
    events.push(line(at + 1, timeUs, nodes[(at >> 1) % nodes.length] as string, eventAt(at)));
  }
  return events;
}

/** Requests that arrive, appends, and now and then a crash. */
function eventAt(at: number): TraceLine['event'] {
  const place = { topic: 'orders', partition: at % 3 };
  const asked = { api: at % 16 < 8 ? 'Produce' : 'Fetch', version: 9, correlationId: at >> 2 };
  const local = `produce-1:${40_000 + ((at % 40) >> 2)}`;
  if (at % 2_500 === 0) return { kind: 'node-crashed', reason: 'a fault' };
  if (at % 2_500 === 1) return { kind: 'node-booted', role: 'broker' };
  switch (at % 4) {
    case 0:
      return { kind: 'request-sent', ...asked, peer: `broker-${1 + (at % 5)}:9092`, local };
    case 1:
      return { kind: 'request-received', ...asked, peer: local };
    case 2:
      return { kind: 'log-appended', ...place, logEndOffset: at, bytes: 90, batches: 1 };
    default: {
      const moved = { highWatermark: at - 3, logEndOffset: at, leaderEpoch: 0, leads: true };
      return { kind: 'high-watermark-moved', ...place, ...moved };
    }
  }
}

export function largeRun(count: number): KeptRun {
  const effects = [effect('crash', 1_000_000, 1_100_000), effect('network-delay', 400_000, 1_900_000)];
  return keptRun('17', 'violation', { trace: manyEvents(count), effects });
}
