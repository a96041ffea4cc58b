// What the commands are surrounded by: where they write, who watches, and how somebody stops them. Worldly,
// because that is the process and its signals; tests bring surroundings of their own.

import { BarProgress, PlainProgress, type Progress, silence } from './progress.ts';
import { defaultWorker } from './swarm.ts';

export interface Surroundings {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly isTerminal: boolean;
  /** Whether this is the published package, not a checkout. */
  readonly packed: boolean;
  /** The module of the threads. */
  readonly worker: URL;
  /** Calls `stop` when somebody wants an end, once; what it returns listens no longer. Without it nobody ever does. */
  readonly onInterrupt?: (stop: () => void) => () => void;
  /** Whether this is a job of GitHub Actions. */
  readonly onGithub?: boolean;
}

export const usage = 2;
export const crash = 70;
/** What a shell says of a command that a signal ended: 128 and the signal. */
const interrupted = 130;

export function realSurroundings(): Surroundings {
  const error = (text: string) => void process.stderr.write(`${text}\n`);
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    error,
    isTerminal: process.stderr.isTTY === true,
    packed: !import.meta.url.endsWith('.ts'),
    worker: defaultWorker(),
    onInterrupt: (stop) => untilSignal(stop, error),
    onGithub: process.env['GITHUB_ACTIONS'] === 'true',
  };
}

/** The first Ctrl-C (or SIGTERM, from whoever ends containers) asks for an end, the second is one. */
function untilSignal(stop: () => void, error: (text: string) => void): () => void {
  let asked = false;
  const onSignal = () => {
    if (asked) process.exit(interrupted);
    asked = true;
    error('ending after the runs under way, then storing them; once more to end at once');
    stop();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}

export function refused(complaints: readonly string[], around: Surroundings): number {
  for (const complaint of complaints) around.error(complaint);
  return usage;
}

export function progressFor(json: boolean, around: Surroundings): Progress {
  if (json) return silence;
  if (around.isTerminal) return new BarProgress();
  return plainProgress(around);
}

/** Lines, also on a terminal: where nobody knows the end, a bar has no length. */
export function plainProgress(around: Surroundings, lineEveryMs?: number): Progress {
  const every = lineEveryMs === undefined ? {} : { lineEveryMs };
  return new PlainProgress({ line: around.error, monotonicMs: () => performance.now(), ...every });
}
