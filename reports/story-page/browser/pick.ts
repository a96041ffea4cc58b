// What lies under the pointer, in a sentence.

import { type Message, messageSentence } from '../messages.ts';
import { faultHeight, type Layout } from './layout.ts';
import type { Model, Selected } from './model.ts';
import { type Drawn, segmentOf } from './paint-marks.ts';

export interface Picked {
  readonly text: string;
  readonly timeUs: number;
  readonly selected: Selected | null;
}

/** How near is near, in pixels. */
const reach = 7;

export function pick(model: Model, layout: Layout, drawn: Drawn, x: number, y: number): Picked | undefined {
  if (x < layout.left || x > layout.right) return undefined;
  return (
    faultAt(layout, x, y) ??
    eventAt(model, layout, x, y) ??
    messageAt(layout, drawn.messages, x, y) ??
    lineAt(model, layout, x) ??
    chartAt(layout, x, y)
  );
}

function faultAt(layout: Layout, x: number, y: number): Picked | undefined {
  const row = layout.faults.find(({ fault, top }) => {
    const ends = fault.endedUs === null ? layout.right : layout.x(fault.endedUs);
    return y >= top && y < top + faultHeight && x >= layout.x(fault.beganUs) - 3 && x <= ends + 60;
  });
  if (row === undefined) return undefined;
  const { fault, targets, beganUs, detail } = row.fault;
  return { text: `${fault} of ${targets.join(', ')}: ${detail}`, timeUs: beganUs, selected: null };
}

/** The nearest event of the lane; of several at one place a landmark, then the last. */
function eventAt(model: Model, layout: Layout, x: number, y: number): Picked | undefined {
  const row = layout.lanes.find(({ top, height }) => y >= top && y < top + height);
  if (row === undefined) return undefined;
  const view = { fromUs: layout.timeAt(x - reach), toUs: layout.timeAt(x + reach) };
  let best: { at: number; far: number } | undefined;
  for (const at of model.shown(view)) {
    if (model.nodeOf(at) !== row.lane.node || model.groupOf(at) === 'message') continue;
    const landmark = model.isLandmark(at) ? 4 : 0;
    const far = Math.abs(layout.x(model.events.timeUs[at] as number) - x) - landmark;
    if (best === undefined || far <= best.far) best = { at, far };
  }
  if (best === undefined) return undefined;
  const { at } = best;
  return { text: model.sentence(at), timeUs: model.events.timeUs[at] as number, selected: { event: at } };
}

function messageAt(layout: Layout, messages: readonly Message[], x: number, y: number): Picked | undefined {
  const rows = new Map(layout.lanes.map((row) => [row.lane.node, row]));
  let best: { message: Message; far: number } | undefined;
  for (const message of messages) {
    const line = segmentOf({ layout }, message, rows);
    if (line === undefined) continue;
    const far = distance(x, y, line);
    if (far <= reach && (best === undefined || far < best.far)) best = { message, far };
  }
  if (best === undefined) return undefined;
  const { message } = best;
  return { text: messageSentence(message), timeUs: message.sentUs, selected: { message } };
}

function distance(
  x: number,
  y: number,
  { x1, y1, x2, y2 }: { x1: number; y1: number; x2: number; y2: number },
): number {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / length));
  return Math.hypot(x - x1 - share * dx, y - y1 - share * dy);
}

function lineAt({ head }: Model, layout: Layout, x: number): Picked | undefined {
  for (const line of [head.finding, head.turn]) {
    if (line !== null && Math.abs(layout.x(line.timeUs) - x) < 4) {
      return { text: line.label, timeUs: line.timeUs, selected: null };
    }
  }
  return undefined;
}

/** What every replica has at this moment. */
function chartAt(layout: Layout, x: number, y: number): Picked | undefined {
  const box = layout.chart;
  if (box === null || y < box.top) return undefined;
  const timeUs = Math.round(layout.timeAt(x));
  const says = box.strips.map(({ node }) => {
    const point = box.series.replicas.get(node)?.findLast((one) => one.timeUs <= timeUs);
    if (point === undefined || point.logEnd < 0) return `${node}: nothing is known`;
    const committed = point.highWatermark < 0 ? '' : `, committed below ${point.highWatermark}`;
    return `${node}: log ends at ${point.logEnd}${committed}`;
  });
  const reign = box.series.reigns.findLast((one) => one.timeUs <= timeUs);
  const leader = reign === undefined ? 'no leader yet' : `leader ${reign.node}, epoch ${reign.epoch}`;
  const inSync = box.series.inSync.findLast((one) => one.timeUs <= timeUs)?.nodes.join(', ') ?? 'unknown';
  return {
    text: [`${box.series.name}: ${leader}; in sync: ${inSync}`, ...says].join('\n'),
    timeUs,
    selected: null,
  };
}
