// Faults while the load ran: rate, backlog and corrected latency around each, how long until it was over, and how a
// backlog was worked off.

import type { DrainReport, WorkloadRun } from '../../bench/result.ts';
import { maybe, number } from '../format.ts';
import { type Cell, paragraph, table } from '../page.ts';
import { frame, line, logAxis, markAreas, narrow, type Plot, partColours, plot, zeroAxis } from './chart.ts';
import { type Block, perRun, type Section, type Told } from './section.ts';
import type { Targets } from './targets.ts';
import { capital, drawable, latencyName, tickDuration, time } from './words.ts';

export function faultsSection(told: Told): Section {
  const blocks = perRun(told, ({ run, id }) => [
    ...(run.faults.length > 0
      ? [recovery(run), ...run.faults.flatMap((_, index) => around(run, index, id, told.targets))]
      : []),
    ...(run.drain === null ? [] : [drained(run.drain), ...drainPlot(run.drain, id, told.targets)]),
  ]);
  const hasFaults = told.runs.some(({ run }) => run.faults.length > 0);
  return {
    ...{ id: 'faults', title: 'Faults and backlogs' },
    blocks: hasFaults ? [paragraph(read, 'quiet'), ...blocks] : blocks,
  };
}

const read =
  'The shade is the fault. Backlog is what the offered rate says was meant to be sent so far, less' +
  ' what was acknowledged so' +
  ' far, at the end of each second; it is known of open loops only. Latencies are those of the second' +
  ' in which a record was' +
  ' meant to be sent, so that the wait is seen where it began.';

function recovery({ faults }: WorkloadRun): string {
  const seconds = (value: number | null) => (value === null ? 'never' : `${number(value, 1)} s`);
  const rows = faults.map((fault): Cell[] => [
    fault.fault,
    fault.what,
    { right: `${number(fault.fromSecond, 1)} s` },
    { right: `${number(fault.untilSecond, 1)} s` },
    { right: seconds(fault.answeredAfterSeconds) },
    { right: seconds(fault.recoveredAfterSeconds) },
    { right: seconds(fault.drainedAfterSeconds) },
    { right: maybe(fault.backlogMaxRecords, number) },
  ]);
  const heads = [
    ...['from', 'until', 'answers again after', '90 % of the rate after', 'backlog gone after'],
    'backlog at most, records',
  ];
  return table(['fault', 'what was done', ...heads.map((right) => ({ right }))], rows);
}

/** Seconds before and after a fault that are drawn. */
const beforeSeconds = 5;
const afterSeconds = 20;

/** Backlog is what was offered and not acknowledged so far: it is known where the loop is open. */
function around(run: WorkloadRun, index: number, id: string, targets: Targets): Block[] {
  const fault = run.faults[index];
  if (fault === undefined) return [];
  const from = Math.max(0, Math.floor(fault.fromSecond) - beforeSeconds);
  const until = Math.ceil(fault.untilSecond) + afterSeconds;
  const seconds = run.seconds.filter(({ second }) => second >= from && second <= until);
  if (seconds.length === 0) return [];
  const shade = markAreas([{ from: fault.fromSecond, to: fault.untilSecond, text: fault.fault }]);
  const span = { from, until, shade, name: `${fault.fault} at ${number(fault.fromSecond, 1)} s` };
  const offered = run.throughput.offeredRecordsPerSecond;
  const rate = series(`${id}-fault${index}-rate`, span, {
    ...{ name: 'records per second', colour: targets.colourOf(targets.ofRuns), isTime: false },
    points: seconds.map(({ second, records }) => [second, records]),
  });
  const backlogs =
    offered === null
      ? []
      : [
          series(`${id}-fault${index}-backlog`, span, {
            ...{ name: 'backlog (records)', colour: partColours[0], isTime: false },
            points: backlogOf(run, offered).filter(([second]) => second >= from && second <= until),
          }),
        ];
  const latency = run.latencies.find(
    ({ of, fromIntendedTime }) => of !== 'send-lateness' && fromIntendedTime,
  );
  const slow =
    latency === undefined
      ? []
      : [
          series(`${id}-fault${index}-p99`, span, {
            ...{ name: `p99 of ${latencyName(latency)}`, colour: partColours[1], isTime: true },
            points: latency.perSecond
              .filter(({ second }) => second >= from && second <= until)
              .map(({ second, p99Us }): [number, number | null] => [second, drawable(p99Us)]),
          }),
        ];
  return [rate, ...backlogs, ...slow];
}

/** At the end of each second: offered so far minus acknowledged so far, never below zero. */
export function backlogOf({ seconds }: Pick<WorkloadRun, 'seconds'>, offered: number): [number, number][] {
  let backlog = 0;
  return seconds.map(({ second, records }) => {
    backlog = Math.max(0, backlog + offered - records);
    return [second, backlog];
  });
}

interface Span {
  readonly from: number;
  readonly until: number;
  readonly shade: ReturnType<typeof markAreas>;
  readonly name: string;
}

interface Series {
  readonly name: string;
  readonly colour: string;
  readonly isTime: boolean;
  readonly points: readonly (readonly [number, number | null])[];
}

function series(id: string, span: Span, { name, colour, isTime, points }: Series): Plot {
  const last = points.at(-1)?.[0] ?? span.until;
  const write = (value: number | null) => (isTime ? time(value) : maybe(value, number));
  const option = {
    ...frame([], { left: 84, right: 24, top: 20 }),
    xAxis: { ...zeroAxis('second of the load', 30), min: span.from, max: last, minInterval: 1 },
    yAxis: isTime ? logAxis('latency', 64, tickDuration) : zeroAxis(name, 64),
    series: [{ ...line(name, colour), symbol: 'circle', symbolSize: 4, data: points, markArea: span.shade }],
  };
  const rows = points.map(([second, value]) => [String(second), write(value)]);
  const caption = `${capital(name)} around ${span.name} (${isTime ? 'log axis; ' : ''}n = ${points.length} seconds)`;
  return plot(id, caption, option, narrow(240), { head: ['second', name], rows });
}

function drained({ backlogRecords, drainedAfterSeconds }: DrainReport): string {
  const end =
    drainedAfterSeconds === null
      ? 'It was not worked off within the measured time.'
      : `It was worked off after ${number(drainedAfterSeconds, 1)} s, while producers went on.`;
  return paragraph(`A backlog of ${number(backlogRecords)} records waited for the consumers. ${end}`);
}

function drainPlot({ curve }: DrainReport, id: string, targets: Targets): Block[] {
  if (curve.length === 0) return [];
  const option = {
    ...frame([], { left: 90, right: 24 }),
    xAxis: zeroAxis('second', 30),
    yAxis: zeroAxis('backlog, records', 70),
    series: [
      {
        ...line('backlog', targets.colourOf(targets.ofRuns)),
        data: curve.map(({ second, backlogRecords }) => [second, backlogRecords]),
      },
    ],
  };
  const rows = curve.map(({ second, backlogRecords }) => [number(second, 1), number(backlogRecords)]);
  const caption = `Backlog while it is worked off (records; n = ${curve.length} points)`;
  return [plot(`${id}-drain`, caption, option, narrow(260), { head: ['second', 'backlog'], rows })];
}
