// The command `check`: judges a history of clients, whoever recorded it. This file touches the real world
// because it reads a file of any size, piece by piece; all that thinks is in client-side/.
//
//   0 valid   1 an anomaly that is bad   2 bad usage or input   3 unknown

import { closeSync, openSync, readSync } from 'node:fs';
import { type AnomalyType, anomalyRows, isAnomalyType } from './client-side/anomalies.ts';
import { limits } from './client-side/format.ts';
import { type ClientVerdict, type JudgeOptions, judgeHistory } from './client-side/judge.ts';
import { HistoryParser } from './client-side/parse.ts';
import { complaintText, verdictText } from './client-side/report.ts';

export interface CheckOptions {
  readonly subVia?: string;
  /** False for `--no-ww-deps`. */
  readonly wwDeps?: boolean;
  readonly ignore?: readonly string[];
  readonly json?: boolean;
}

export interface CheckSurroundings {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

const exitCodes = { valid: 0, violated: 1, usage: 2, unknown: 3 } as const;

/** Bytes read at once. */
const pieceBytes = 4 * 1024 * 1024;
/** Bytes of one character. */
const utf8BytesMax = 3;

const realSurroundings: CheckSurroundings = {
  out: (text) => void process.stdout.write(`${text}\n`),
  error: (text) => void process.stderr.write(`${text}\n`),
};

export async function checkCommand(
  file: string,
  options: CheckOptions,
  around: CheckSurroundings = realSurroundings,
): Promise<number> {
  const startedMs = performance.now();
  const asked = optionsOf(options);
  if (typeof asked === 'string') return refused([asked], around);
  const parser = new HistoryParser();
  try {
    readLines(file, parser);
  } catch (error) {
    return refused([`${file}: ${error instanceof Error ? error.message : String(error)}`], around);
  }
  if (parser.complaints.length > 0) {
    return refused(
      parser.complaints.map((complaint) => complaintText(file, complaint)),
      around,
    );
  }
  const readMs = performance.now() - startedMs;
  const verdict = judgeHistory(parser.ledger, { ...parser.header?.options, ...asked });
  const machine = {
    readSeconds: readMs / 1000,
    seconds: (performance.now() - startedMs) / 1000,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  };
  around.out(
    options.json === true
      ? JSON.stringify({ file, ...verdict, machine }, null, 1)
      : verdictText(file, verdict),
  );
  return exitCodeOf(verdict);
}

function exitCodeOf({ valid }: ClientVerdict): number {
  if (valid === 'unknown') return exitCodes.unknown;
  return valid ? exitCodes.valid : exitCodes.violated;
}

function refused(complaints: readonly string[], around: CheckSurroundings): number {
  for (const complaint of complaints) around.error(complaint);
  return exitCodes.usage;
}

/** Only what was said: what was not is left to the header of the file. */
function optionsOf({ subVia = 'auto', wwDeps, ignore = [] }: CheckOptions): JudgeOptions | string {
  if (!['auto', 'assign', 'subscribe'].includes(subVia)) return '--sub-via: auto, assign or subscribe';
  const ignored: AnomalyType[] = [];
  for (const type of ignore.flatMap((list) => list.split(','))) {
    if (!isAnomalyType(type)) {
      return `--ignore: ${type} is no anomaly; there are ${anomalyRows.map((row) => row.type).join(', ')}`;
    }
    ignored.push(type);
  }
  return {
    ...(subVia === 'auto' ? {} : { subscribed: subVia === 'subscribe' }),
    ...(wwDeps === false ? { ww: false } : {}),
    ...(ignored.length === 0 ? {} : { ignore: ignored }),
  };
}

/** Whole lines at a time; what a piece cuts off waits for the next. */
function readLines(file: string, parser: HistoryParser): void {
  const handle = openSync(file, 'r');
  try {
    const piece = Buffer.allocUnsafe(pieceBytes);
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const bytes = readSync(handle, piece, 0, pieceBytes, null);
      if (bytes === 0) break;
      const end = piece.subarray(0, bytes).lastIndexOf(0x0a) + 1;
      if (end === 0) {
        rest = Buffer.concat([rest, piece.subarray(0, bytes)]);
        // Bytes are at least as many as characters: such a line is refused as soon as it is known to be too
        // long.
        if (rest.length > limits.lineCharacters * utf8BytesMax) break;
        continue;
      }
      const whole = Buffer.concat([rest, piece.subarray(0, end)]);
      for (const line of whole.toString('utf8', 0, whole.length - 1).split('\n')) parser.line(line);
      if (parser.hasEnough) return;
      rest = Buffer.from(piece.subarray(end, bytes));
    }
    if (rest.length > 0) parser.line(rest.toString('utf8'));
    parser.end();
  } finally {
    closeSync(handle);
  }
}
