// The log of the real server: JSON lines on standard error, so that standard output stays for the ready line. What the
// engine tells by its trace is logged at the level of the table below; what only a picture needs, at `trace`.

import { destination, type Logger, pino } from 'pino';
import { type TraceEventKind, traceEventDocs } from '../trace-events.ts';
import type { TraceListener } from './trace.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export function newLogger(level: LogLevel): Logger {
  return pino(
    { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    destination(2),
  );
}

/** Kinds that are not here are logged at `trace`. */
const levels: ReadonlyMap<TraceEventKind, Exclude<LogLevel, 'silent'>> = new Map([
  ['broker-started', 'info'],
  ['broker-stopped', 'info'],
  ['broker-halted', 'error'],
  ['append-failed', 'error'],
  ['connection-opened', 'debug'],
  ['connection-closed', 'debug'],
  ['segment-rolled', 'info'],
  ['segment-deleted', 'info'],
  ['log-start-moved', 'debug'],
  ['log-recovered', 'info'],
  // Every election that a log lost ends so. Kafka logs it at INFO too (UnifiedLog.truncateTo).
  ['log-truncated', 'info'],
  ['log-deleted', 'info'],
  ['topic-created', 'info'],
  ['topic-deleted', 'info'],
  ['config-changed', 'info'],
  ['group-state', 'info'],
  ['coordinator-loaded', 'info'],
  ['coordinator-unloaded', 'info'],
  ['duplicate-answered', 'debug'],
  ['leader-began', 'info'],
  ['follower-began', 'info'],
  ['isr-proposed', 'info'],
  ['broker-registered', 'info'],
  ['broker-fenced', 'info'],
  ['broker-unfenced', 'info'],
  ['raft-state', 'info'],
  ['raft-vote-granted', 'debug'],
  ['controller-activated', 'info'],
  ['controller-resigned', 'info'],
  ['note', 'info'],
]);

/** Logs the kinds that the logger's level lets through, and wants no others. */
export function logTrace(logger: Logger): TraceListener {
  const kinds = Object.keys(traceEventDocs) as TraceEventKind[];
  return {
    kinds: new Set(kinds.filter((kind) => logger.isLevelEnabled(levelOf(kind)))),
    hear({ kind, ...fields }) {
      logger[levelOf(kind)](fields, kind);
    },
  };
}

function levelOf(kind: TraceEventKind): Exclude<LogLevel, 'silent'> {
  return levels.get(kind) ?? 'trace';
}
