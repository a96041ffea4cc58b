import { describe, expect, test } from 'vitest';
import { type TraceEvent, type TraceEventKind, traceEventDocs } from '../trace-events.ts';
import { type LogLevel, logTrace, newLogger } from './logger.ts';
import { Metrics } from './metrics.ts';
import { HostTrace } from './trace.ts';

/** What happens with every request. */
const hot: readonly TraceEventKind[] = [
  'request-received',
  'response-sent',
  'append-planned',
  'log-appended',
  'produce-answered',
  'records-fetched',
  'offset-commit-began',
  'offset-committed',
];

function logging(level: LogLevel): HostTrace {
  return new HostTrace([logTrace(newLogger(level))]);
}

describe('the trace of the host', () => {
  test('wants nothing when nobody listens', () => {
    const trace = new HostTrace([]);
    for (const kind of Object.keys(traceEventDocs)) expect(trace.wants(kind as TraceEventKind)).toBe(false);
  });

  test('wants nothing of what happens with every request for a log at level info', () => {
    const trace = logging('info');
    expect(hot.filter((kind) => trace.wants(kind))).toEqual([]);
    expect(trace.wants('broker-started') && trace.wants('broker-halted')).toBe(true);
    expect(trace.wants('connection-opened')).toBe(false);
  });

  test('wants more for a log that says more', () => {
    expect(logging('debug').wants('connection-opened')).toBe(true);
    expect(hot.filter((kind) => !logging('trace').wants(kind))).toEqual([]);
    expect(logging('silent').wants('broker-halted')).toBe(false);
  });

  test('wants what the metrics count, both ends of a connection', () => {
    const trace = new HostTrace([new Metrics()]);
    for (const kind of ['connection-opened', 'connection-closed', 'log-appended'] as const) {
      expect(trace.wants(kind)).toBe(true);
    }
    expect(trace.wants('append-planned')).toBe(false);
  });

  test('tells each listener only what it wants', () => {
    const heard: [string, TraceEventKind][] = [];
    const listener = (name: string, ...kinds: TraceEventKind[]) => ({
      kinds: new Set(kinds),
      hear: ({ kind }: TraceEvent) => void heard.push([name, kind]),
    });
    const trace = new HostTrace([listener('a', 'note'), listener('b', 'note', 'broker-stopped')]);
    trace.emit({ kind: 'note', text: 'x' });
    trace.emit({ kind: 'broker-stopped', brokerId: 1 });
    expect(heard).toEqual([
      ['a', 'note'],
      ['b', 'note'],
      ['b', 'broker-stopped'],
    ]);
  });
});
