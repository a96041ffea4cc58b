// The chart of a partition: log end (line) and high watermark (broken line) of each replica over time, who leads in
// which epoch, and who is in sync.

import type { PartitionSeries, ReplicaPoint } from '../replicas.ts';
import type { ChartBox } from './layout.ts';
import { type Canvas, clipped, shortened } from './paint.ts';
import { firstAt } from './view.ts';

export function paintChart(canvas: Canvas): void {
  const { layout, pen, palette } = canvas;
  const box = layout.chart;
  if (box === null) return;
  const { series } = box;
  const range = rangeOf(canvas, series);
  const y = (offset: number) =>
    box.bottom -
    4 -
    ((offset - range.least) * (box.bottom - box.top - 26)) / Math.max(1, range.most - range.least);
  pen.fillStyle = palette.ink;
  const title = `${series.name}: log end (line) and high watermark (broken line) of each replica`;
  pen.fillText(shortened(pen, title, layout.right - layout.left - 8), layout.left + 5, box.top + 6);
  pen.fillStyle = palette.quiet;
  pen.textAlign = 'right';
  pen.fillText(`offset ${range.most}`, layout.left - 8, y(range.most));
  pen.fillText(String(range.least), layout.left - 8, y(range.least));
  pen.fillText('leader', layout.left - 8, box.epochs + 8);
  pen.textAlign = 'left';
  clipped(canvas, () => {
    box.strips.forEach(({ node }) => {
      paintReplica(canvas, series.replicas.get(node) ?? [], colourOf(canvas, box, node), y);
    });
    paintReigns(canvas, box);
  });
  for (const strip of box.strips) paintStrip(canvas, box, strip);
}

export function colourOf({ palette }: Canvas, { strips }: ChartBox, node: string): string {
  const place = strips.findIndex((strip) => strip.node === node);
  return palette.replicas[Math.max(0, place) % palette.replicas.length] as string;
}

/** The offsets that are to be seen in the window, with a margin. */
function rangeOf({ model }: Canvas, series: PartitionSeries): { least: number; most: number } {
  const { fromUs, toUs } = model.wanted.view;
  let [least, most] = [Number.MAX_SAFE_INTEGER, 0];
  for (const points of series.replicas.values()) {
    for (const { timeUs, logEnd, highWatermark } of pointsIn(points, fromUs, toUs)) {
      if (timeUs > toUs || logEnd < 0) continue;
      most = Math.max(most, logEnd);
      least = Math.min(least, logEnd, highWatermark < 0 ? logEnd : highWatermark);
    }
  }
  return least > most
    ? { least: 0, most: Math.max(1, series.top) }
    : { least, most: Math.max(least + 1, most) };
}

/** The points of the window, and the one before: it holds until the first of them. */
function pointsIn(points: readonly ReplicaPoint[], fromUs: number, toUs: number): ReplicaPoint[] {
  const times = points.map(({ timeUs }) => timeUs);
  return points.slice(Math.max(0, firstAt(times, fromUs) - 1), firstAt(times, toUs) + 1);
}

function paintReplica(
  { pen, layout, model }: Canvas,
  points: readonly ReplicaPoint[],
  colour: string,
  y: (offset: number) => number,
): void {
  const { fromUs, toUs } = model.wanted.view;
  const inside = pointsIn(points, fromUs, toUs);
  pen.strokeStyle = colour;
  for (const which of ['logEnd', 'highWatermark'] as const) {
    pen.setLineDash(which === 'logEnd' ? [] : [5, 4]);
    pen.lineWidth = which === 'logEnd' ? 1.8 : 1.4;
    pen.beginPath();
    inside.forEach((point, index) => {
      if (point[which] < 0) return;
      const x = layout.x(point.timeUs);
      const before = inside[index - 1]?.[which] ?? -1;
      if (before < 0) pen.moveTo(x, y(point[which]));
      else pen.lineTo(x, y(point[which]));
      pen.lineTo(layout.x(Math.min(toUs, inside[index + 1]?.timeUs ?? model.head.endUs)), y(point[which]));
    });
    pen.stroke();
  }
  pen.setLineDash([]);
  pen.lineWidth = 1;
}

function paintReigns(canvas: Canvas, box: ChartBox): void {
  const { pen, layout, model } = canvas;
  box.series.reigns.forEach(({ timeUs, node, epoch }, index) => {
    const from = Math.max(layout.left, layout.x(timeUs));
    const to = Math.min(layout.right, layout.x(box.series.reigns[index + 1]?.timeUs ?? model.head.endUs));
    if (to <= from) return;
    pen.fillStyle = colourOf(canvas, box, node);
    pen.globalAlpha = 0.85;
    pen.fillRect(from, box.epochs + 1, to - from, 14);
    pen.globalAlpha = 1;
    pen.fillStyle = canvas.palette.paper;
    const text = `${node}, epoch ${epoch}`;
    if (to - from > 24) pen.fillText(shortened(pen, text, to - from - 6), from + 4, box.epochs + 8.5);
  });
}

function paintStrip(canvas: Canvas, box: ChartBox, { node, top }: { node: string; top: number }): void {
  const { pen, layout, model } = canvas;
  const colour = colourOf(canvas, box, node);
  // The names of the strips say which colour is whose.
  pen.fillStyle = colour;
  pen.textAlign = 'right';
  pen.font = '600 10.5px system-ui, sans-serif';
  pen.fillText(shortened(pen, `${node} in sync`, layout.left - 14), layout.left - 8, top + 5);
  pen.textAlign = 'left';
  pen.font = '12px system-ui, sans-serif';
  clipped(canvas, () => {
    box.series.inSync.forEach(({ timeUs, nodes }, index) => {
      if (!nodes.includes(node)) return;
      const from = layout.x(timeUs);
      const to = layout.x(box.series.inSync[index + 1]?.timeUs ?? model.head.endUs);
      pen.fillStyle = colour;
      pen.fillRect(from, top + 2, Math.max(1, to - from), 6);
    });
  });
}
