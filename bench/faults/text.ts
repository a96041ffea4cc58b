// Faults, their stall against the analytic answer, and a drained backlog, as lines for a terminal. Pure.

import type { DrainReport, FaultReport, WorkloadRun } from '../result.ts';
import { stallAgreesWithin, stallReportOf } from './stall.ts';

/** Name and text of each line. */
export function faultLines(run: WorkloadRun): [name: string, text: string][] {
  const lines: [string, string][] = run.faults.map((fault) => ['fault', faultText(fault)]);
  const report = stallReportOf(run);
  if (report !== undefined) {
    const { stallSeconds, answeredAfterSeconds, drainedAfterSeconds, usualUs, durationSeconds } =
      report.stall;
    const answers = `answers again after ${answeredAfterSeconds.toFixed(3)} s`;
    const gone = `${answers}, backlog gone in ${drainedAfterSeconds.toFixed(3)} s`;
    const of = `${stallSeconds.toFixed(3)} s of ${durationSeconds} s, ${gone}`;
    lines.push(['stall', `${of}, ${ms(usualUs)} without it`]);
    for (const { percentile, reportedUs, analyticUs, error } of report.rows) {
      const name = percentile === 100 ? 'max' : `p${percentile}`;
      const percent = `${error < 0 ? '' : '+'}${(error * 100).toFixed(2)} %`;
      lines.push([
        '',
        `${name.padEnd(6)} reported ${ms(reportedUs)}, analytic ${ms(analyticUs)}: ${percent}`,
      ]);
    }
    const bound = `${stallAgreesWithin * 100} % of the analytic answer`;
    lines.push(['', report.agrees ? `all within ${bound}` : `NOT WITHIN ${bound}`]);
    if (!report.clean)
      lines.push([
        '',
        'NOT A CLEAN STALL: the generator was late or the backlog slow to go, on a busy machine',
      ]);
  }
  if (run.drain !== null) lines.push(['drain', drainText(run.drain)]);
  return lines;
}

function faultText(fault: FaultReport): string {
  const { fromSecond, untilSecond, recoveredAfterSeconds, drainedAfterSeconds, backlogMaxRecords } = fault;
  const span = `${fault.fault} from second ${fromSecond.toFixed(3)} to ${untilSecond.toFixed(3)}: ${fault.what}`;
  const back = after(recoveredAfterSeconds, 'throughput back at 90 %');
  if (backlogMaxRecords === null) return `${span}; ${back}`;
  const drained = after(drainedAfterSeconds, 'backlog gone');
  return `${span}; ${back}, ${drained}, ${backlogMaxRecords} records waited at the worst`;
}

function after(seconds: number | null, what: string): string {
  return seconds === null ? `${what}: never` : `${what} after ${seconds.toFixed(3)} s`;
}

function drainText({ backlogRecords, drainedAfterSeconds }: DrainReport): string {
  return drainedAfterSeconds === null
    ? `${backlogRecords} records were not worked off in time`
    : `${backlogRecords} records worked off after ${drainedAfterSeconds.toFixed(2)} s, while producers went on`;
}

function ms(us: number): string {
  return `${(us / 1000).toFixed(1)} ms`;
}
