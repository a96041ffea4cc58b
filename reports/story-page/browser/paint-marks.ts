// What happened, as marks on the lanes; messages as arrows between them; the finding, and what is selected.

import type { Message } from '../messages.ts';
import type { LaneRow } from './layout.ts';
import { lostLengthUs } from './model.ts';
import { type Canvas, clipped, font, shortened } from './paint.ts';

/** Messages that are drawn at once; of more, every so many-th. */
const messagesMax = 3_000;
/** Up to so many have a head, and so many a name. */
const headsMax = 400;
const namesMax = 60;

/** What was drawn, for the pointer to find; and what was not, to be told. */
export interface Drawn {
  readonly messages: readonly Message[];
  readonly messagesInWindow: number;
  readonly events: number;
}

export function paintMarks(canvas: Canvas): Drawn {
  const rows = new Map(canvas.layout.lanes.map((row) => [row.lane.node, row]));
  const all = canvas.model.shownMessages();
  const every = Math.ceil(all.length / messagesMax);
  const messages = every <= 1 ? all : all.filter((_, index) => index % every === 0);
  let events = 0;
  clipped(canvas, () => {
    paintMessages(canvas, messages, rows);
    events = paintEvents(canvas, rows);
    paintLines(canvas);
    paintSelected(canvas, rows);
  });
  return { messages, messagesInWindow: all.length, events };
}

// ---- messages

/** Where a message is drawn: from its sender's lane to its receiver's, or half the way when it never arrives. */
export function segmentOf(
  { layout }: Pick<Canvas, 'layout'>,
  { from, to, sentUs, receivedUs }: Message,
  rows: ReadonlyMap<string, LaneRow>,
): { x1: number; y1: number; x2: number; y2: number } | undefined {
  const sender = rows.get(from);
  const receiver = rows.get(to);
  if (sender === undefined || receiver === undefined) return undefined;
  const [x1, y1] = [layout.x(sentUs), sender.middle];
  if (receivedUs !== null) return { x1, y1, x2: layout.x(receivedUs), y2: receiver.middle };
  const reach = Math.max(18, layout.x(sentUs + lostLengthUs) - x1);
  return { x1, y1, x2: x1 + reach, y2: y1 + (receiver.middle - y1) * 0.55 };
}

function paintMessages(
  canvas: Canvas,
  messages: readonly Message[],
  rows: ReadonlyMap<string, LaneRow>,
): void {
  const { pen, palette, layout } = canvas;
  const alpha = Math.max(0.12, Math.min(0.85, 120 / Math.max(1, messages.length)));
  const withHeads = messages.length <= headsMax;
  let named = 0;
  for (const message of messages) {
    const line = segmentOf(canvas, message, rows);
    if (line === undefined) continue;
    const isLost = message.receivedUs === null;
    const colour = isLost ? palette.bad : palette.sorts[message.sort];
    pen.globalAlpha = isLost ? Math.max(alpha, 0.6) : alpha;
    pen.strokeStyle = colour;
    pen.lineWidth = 1.2;
    pen.setLineDash(isLost ? [5, 3] : message.isResponse ? [1, 2] : []);
    pen.beginPath();
    pen.moveTo(line.x1, line.y1);
    pen.lineTo(line.x2, line.y2);
    pen.stroke();
    pen.setLineDash([]);
    if (isLost) cross(pen, line.x2, line.y2);
    else if (withHeads) head(pen, line, colour);
    const isLong = Math.hypot(line.x2 - line.x1, line.y2 - line.y1) > 40;
    if (messages.length <= namesMax && isLong && !message.isResponse && named++ < namesMax) {
      pen.globalAlpha = 1;
      pen.fillStyle = colour;
      const [x, y] = [(line.x1 + line.x2) / 2, (line.y1 + line.y2) / 2];
      pen.font = '11px system-ui, sans-serif';
      pen.fillText(shortened(pen, message.api, layout.right - x), x + 5, y);
      pen.font = font;
    }
  }
  pen.globalAlpha = 1;
  pen.lineWidth = 1;
}

function cross(pen: CanvasRenderingContext2D, x: number, y: number): void {
  pen.beginPath();
  pen.moveTo(x - 4, y - 4);
  pen.lineTo(x + 4, y + 4);
  pen.moveTo(x + 4, y - 4);
  pen.lineTo(x - 4, y + 4);
  pen.stroke();
}

function head(
  pen: CanvasRenderingContext2D,
  { x1, y1, x2, y2 }: { x1: number; y1: number; x2: number; y2: number },
  colour: string,
): void {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(x2, y2);
  for (const turn of [-0.35, 0.35])
    pen.lineTo(x2 - 8 * Math.cos(angle + turn), y2 - 8 * Math.sin(angle + turn));
  pen.fill();
}

// ---- events

/** One mark in a column of a lane says as much as a hundred. */
function paintEvents(canvas: Canvas, rows: ReadonlyMap<string, LaneRow>): number {
  const { layout, model } = canvas;
  const taken = new Set<string>();
  let count = 0;
  for (const at of model.shown()) {
    const row = rows.get(model.nodeOf(at));
    if (row === undefined) continue;
    count++;
    const group = model.groupOf(at);
    // The arrows tell of messages.
    if (group === 'message') continue;
    const x = layout.x(model.events.timeUs[at] as number);
    const landmark = model.isLandmark(at) && group !== 'operation';
    const outcome = group === 'operation' ? outcomeOf(canvas, at) : '';
    const key = `${Math.round(landmark ? x / 3 : x)} ${row.top} ${landmark ? 'landmark' : group} ${outcome}`;
    if (taken.has(key)) continue;
    taken.add(key);
    if (landmark) diamond(canvas, x, row.middle - 12, canvas.palette.groups[group]);
    else if (group === 'operation') operation(canvas, x, row.middle, outcome);
    else tick(canvas, x, row.middle + 5, 6, canvas.palette.groups[group]);
  }
  return count;
}

function outcomeOf({ model }: Canvas, at: number): string {
  const { event } = model.events.event(at);
  if (event.kind === 'records-read' || event.kind === 'records-processed') return 'read';
  return 'outcome' in event ? event.outcome : 'other';
}

function operation(canvas: Canvas, x: number, y: number, outcome: string): void {
  const { pen, palette } = canvas;
  if (outcome === 'ok') tick(canvas, x, y - 3, -9, palette.sorts.produce);
  else if (outcome === 'read') tick(canvas, x, y + 3, 8, palette.sorts.read);
  else if (outcome === 'failed') {
    pen.strokeStyle = palette.bad;
    pen.lineWidth = 2;
    cross(pen, x, y);
    pen.lineWidth = 1;
  } else if (outcome === 'unknown' || outcome === 'pending') {
    pen.strokeStyle = palette.warn;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(x, y, 4, 0, Math.PI * 2);
    pen.stroke();
    pen.lineWidth = 1;
  } else tick(canvas, x, y - 3, -6, palette.quiet);
}

function tick({ pen }: Canvas, x: number, y: number, length: number, colour: string): void {
  pen.strokeStyle = colour;
  pen.lineWidth = 1.4;
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x, y + length);
  pen.stroke();
  pen.lineWidth = 1;
}

function diamond({ pen, palette }: Canvas, x: number, y: number, colour: string): void {
  pen.fillStyle = colour;
  pen.strokeStyle = palette.paper;
  pen.beginPath();
  pen.moveTo(x, y - 5);
  pen.lineTo(x + 4, y);
  pen.lineTo(x, y + 5);
  pen.lineTo(x - 4, y);
  pen.closePath();
  pen.fill();
  pen.stroke();
}

// ---- the finding, and what is selected

function paintLines(canvas: Canvas): void {
  const { finding, turn } = canvas.model.head;
  const { palette } = canvas;
  if (turn !== null) upright(canvas, turn.timeUs, turn.label, palette.link, [2, 3], 14);
  if (finding === null) return;
  upright(canvas, finding.timeUs, finding.label, finding.isFailure ? palette.bad : palette.warn, [6, 3], 0);
}

function upright(
  { pen, layout, palette }: Canvas,
  timeUs: number,
  label: string,
  colour: string,
  dash: number[],
  lower: number,
): void {
  const x = layout.x(timeUs);
  if (x < layout.left || x > layout.right) return;
  pen.strokeStyle = colour;
  pen.lineWidth = 1.8;
  pen.setLineDash(dash);
  pen.beginPath();
  pen.moveTo(x, 18);
  pen.lineTo(x, layout.height - 16);
  pen.stroke();
  pen.setLineDash([]);
  pen.lineWidth = 1;
  pen.font = `600 ${font}`;
  const width = pen.measureText(label).width;
  const at = x + width + 12 < layout.right ? x + 5 : x - width - 5;
  const y = layout.lanesBottom + 10 + lower;
  pen.fillStyle = palette.paper;
  pen.fillRect(at - 2, y - 8, width + 4, 16);
  pen.fillStyle = colour;
  pen.fillText(label, at, y);
  pen.font = font;
}

function paintSelected(canvas: Canvas, rows: ReadonlyMap<string, LaneRow>): void {
  const { pen, layout, palette, model } = canvas;
  const { selected } = model.wanted;
  if (selected === null) return;
  pen.strokeStyle = palette.link;
  pen.lineWidth = 2.5;
  if ('message' in selected) {
    const line = segmentOf(canvas, selected.message, rows);
    if (line !== undefined) {
      pen.beginPath();
      pen.moveTo(line.x1, line.y1);
      pen.lineTo(line.x2, line.y2);
      pen.stroke();
    }
  } else {
    const timeUs = 'event' in selected ? (model.events.timeUs[selected.event] as number) : selected.timeUs;
    const row = 'event' in selected ? rows.get(model.nodeOf(selected.event)) : undefined;
    const x = layout.x(timeUs);
    pen.beginPath();
    if (row !== undefined) pen.arc(x, row.middle, 11, 0, Math.PI * 2);
    pen.moveTo(x, 18);
    pen.lineTo(x, layout.lanesTop);
    pen.moveTo(x, layout.lanesBottom);
    pen.lineTo(x, layout.lanesBottom + 8);
    pen.stroke();
  }
  pen.lineWidth = 1;
}
