// The frame of the picture: phases, axis, faults, lanes with their lives, and the marks of what happened on them.

import { faultHeight, type LaneRow, type Layout } from './layout.ts';
import type { Model } from './model.ts';
import type { Palette } from './palette.ts';
import { niceStep, secondsText } from './view.ts';

/** What painters share. */
export interface Canvas {
  readonly pen: CanvasRenderingContext2D;
  readonly layout: Layout;
  readonly palette: Palette;
  readonly model: Model;
}

export const font = '12px system-ui, sans-serif';

export function paintFrame(canvas: Canvas): void {
  const { pen, layout, palette } = canvas;
  pen.fillStyle = palette.paper;
  pen.fillRect(0, 0, layout.width, layout.height);
  pen.font = font;
  pen.textBaseline = 'middle';
  clipped(canvas, () => {
    paintPhases(canvas);
    paintBands(canvas);
  });
  paintAxis(canvas);
  clipped(canvas, () => paintFaults(canvas));
  for (const row of layout.lanes) paintLane(canvas, row);
}

/** Nothing of what `paint` does reaches into the gutter. */
export function clipped({ pen, layout }: Canvas, paint: () => void): void {
  pen.save();
  pen.beginPath();
  pen.rect(layout.left, 0, layout.right - layout.left, layout.height);
  pen.clip();
  paint();
  pen.restore();
}

export function shortened(pen: CanvasRenderingContext2D, text: string, width: number): string {
  if (pen.measureText(text).width <= width) return text;
  let length = text.length - 1;
  while (length > 1 && pen.measureText(`${text.slice(0, length)}\u2026`).width > width) length--;
  return `${text.slice(0, length)}\u2026`;
}

function paintPhases({ pen, layout, palette, model }: Canvas): void {
  const { phases, endUs } = model.head;
  phases.forEach(({ name, beganUs }, index) => {
    const from = Math.max(layout.left, layout.x(beganUs));
    const to = Math.min(layout.right, layout.x(phases[index + 1]?.beganUs ?? endUs));
    if (to <= from) return;
    if (index % 2 === 0) {
      pen.fillStyle = palette.phase;
      pen.fillRect(from, 0, to - from, layout.height);
    }
    pen.fillStyle = palette.quiet;
    if (to - from > 70)
      pen.fillText(shortened(pen, `phase: ${name}`, to - from - 8), from + 5, layout.height - 7);
  });
}

/** Faults lie over the lanes that they hurt. */
function paintBands({ pen, layout, palette, model }: Canvas): void {
  pen.fillStyle = palette.fault;
  for (const { targets, beganUs, endedUs } of model.head.faults) {
    const from = layout.x(beganUs);
    const to = Math.max(from + 2, layout.x(endedUs ?? model.head.endUs));
    if (to < layout.left || from > layout.right) continue;
    pen.globalAlpha = 0.16;
    for (const { lane, top, height } of layout.lanes) {
      if (targets.includes(lane.node)) pen.fillRect(from, top + 1, to - from, height - 2);
    }
    pen.globalAlpha = 1;
  }
}

function paintAxis({ pen, layout, palette, model }: Canvas): void {
  const { fromUs, toUs } = model.wanted.view;
  const step = Math.max(1, niceStep((toUs - fromUs) / Math.max(2, (layout.right - layout.left) / 110)));
  pen.strokeStyle = palette.line;
  pen.fillStyle = palette.quiet;
  pen.lineWidth = 1;
  pen.textAlign = 'center';
  for (let at = Math.ceil(fromUs / step) * step; at <= toUs; at += step) {
    const x = Math.round(layout.x(at)) + 0.5;
    pen.beginPath();
    pen.moveTo(x, 18);
    pen.lineTo(x, layout.height - 16);
    pen.stroke();
    pen.fillText(secondsText(at, step), x, 10);
  }
  pen.textAlign = 'right';
  pen.fillText('seconds', layout.left - 8, 10);
  pen.textAlign = 'left';
}

function paintFaults({ pen, layout, palette, model }: Canvas): void {
  for (const { fault, top } of layout.faults) {
    const from = Math.max(layout.left, layout.x(fault.beganUs));
    const to = Math.max(from + 4, Math.min(layout.right, layout.x(fault.endedUs ?? model.head.endUs)));
    pen.fillStyle = palette.fault;
    pen.globalAlpha = 0.85;
    pen.fillRect(from, top + 2, to - from, faultHeight - 4);
    pen.globalAlpha = 1;
    const name = `${fault.fault}: ${fault.targets.join(', ')}`;
    const isWide = to - from > 60;
    const room = isWide ? to - from - 8 : Math.max(60, layout.right - to - 8);
    pen.fillStyle = isWide ? '#1c2530' : palette.ink;
    pen.fillText(shortened(pen, name, room), isWide ? from + 5 : to + 4, top + faultHeight / 2 + 1);
  }
}

function paintLane(canvas: Canvas, row: LaneRow): void {
  const { pen, layout, palette } = canvas;
  const { lane, top, middle } = row;
  pen.strokeStyle = palette.line;
  pen.beginPath();
  pen.moveTo(0, top + 0.5);
  pen.lineTo(layout.right, top + 0.5);
  pen.stroke();
  pen.fillStyle = lane.role === 'client' ? palette.quiet : palette.ink;
  pen.font = lane.role === 'client' ? font : `600 ${font}`;
  pen.textAlign = 'right';
  pen.fillText(shortened(pen, lane.node, layout.left - 14), layout.left - 8, middle);
  pen.textAlign = 'left';
  pen.font = font;
  clipped(canvas, () => paintLives(canvas, row));
}

function paintLives(canvas: Canvas, { lane, middle }: LaneRow): void {
  const { pen, layout, palette, model } = canvas;
  const thickness = lane.role === 'client' ? 6 : 10;
  pen.strokeStyle = palette.line;
  pen.setLineDash([2, 4]);
  pen.beginPath();
  pen.moveTo(layout.left, middle);
  pen.lineTo(layout.right, middle);
  pen.stroke();
  pen.setLineDash([]);
  for (const { beganUs, endedUs, end, incarnation } of lane.lives) {
    const from = layout.x(beganUs);
    const to = layout.x(endedUs ?? model.head.endUs);
    if (to < layout.left - 12 || from > layout.right + 12) continue;
    pen.fillStyle = palette.life;
    pen.fillRect(from, middle - thickness / 2, Math.max(2, to - from), thickness);
    if (incarnation > 1) paintBoot(canvas, from, middle);
    if (end !== null) paintEnd(canvas, end, to, middle);
  }
  for (const { beganUs, endedUs } of lane.pauses) {
    const from = layout.x(beganUs);
    const to = Math.max(from + 3, layout.x(endedUs ?? model.head.endUs));
    pen.fillStyle = palette.paper;
    pen.fillRect(from, middle - thickness / 2, to - from, thickness);
    pen.strokeStyle = palette.warn;
    pen.setLineDash([4, 3]);
    pen.strokeRect(from, middle - thickness / 2, to - from, thickness);
    pen.setLineDash([]);
  }
}

function paintBoot({ pen, palette }: Canvas, x: number, y: number): void {
  pen.fillStyle = palette.good;
  pen.beginPath();
  pen.moveTo(x, y - 9);
  pen.lineTo(x + 10, y);
  pen.lineTo(x, y + 9);
  pen.fill();
}

/** A cross: the process died; a bolt: power was lost; a square: it gave up; a bar: it was stopped. */
function paintEnd({ pen, palette }: Canvas, end: string, x: number, y: number): void {
  pen.fillStyle = palette.bad;
  pen.strokeStyle = palette.bad;
  pen.lineWidth = 3;
  pen.beginPath();
  if (end === 'power-lost') {
    for (const [dx, dy] of bolt) pen.lineTo(x + dx, y + dy);
    pen.fill();
  } else if (end === 'halted') pen.fillRect(x - 6, y - 6, 12, 12);
  else if (end === 'stopped') pen.fillRect(x - 2, y - 9, 4, 18);
  else {
    pen.moveTo(x - 6, y - 6);
    pen.lineTo(x + 6, y + 6);
    pen.moveTo(x + 6, y - 6);
    pen.lineTo(x - 6, y + 6);
    pen.stroke();
  }
  pen.lineWidth = 1;
}

const bolt: readonly (readonly [number, number])[] = [
  ...([
    [2, -12],
    [-5, 1],
    [0, 1],
    [-3, 12],
    [6, -2],
    [1, -2],
    [5, -12],
  ] as const),
];
