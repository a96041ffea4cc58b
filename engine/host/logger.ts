// The log of the real server: JSON lines on standard error, so that standard output stays for the ready line. What the
// engine tells by its trace is logged at the level of the table below; what only a picture needs, at `trace`.

import { destination, type Logger, pino } from 'pino';
import type { TraceEvent, TraceEventKind } from '../trace-events.ts';

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
  ['log-truncated', 'warn'],
  ['topic-created', 'info'],
  ['topic-deleted', 'info'],
  ['config-changed', 'info'],
  ['group-state', 'info'],
  ['coordinator-loaded', 'info'],
  ['duplicate-answered', 'debug'],
  ['note', 'info'],
]);

/** Hears the trace and logs it. */
export function logTrace(logger: Logger): (event: TraceEvent) => void {
  return (event) => {
    const level = levels.get(event.kind) ?? 'trace';
    if (!logger.isLevelEnabled(level)) return;
    const { kind, ...fields } = event;
    logger[level](fields, kind);
  };
}
