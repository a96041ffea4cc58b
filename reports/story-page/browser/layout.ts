// Where everything of the picture lies: rows from top to bottom, the axis of time from the gutter to the right edge.

import type { HeadFault, HeadLane } from '../page-head.ts';
import type { PartitionSeries } from '../replicas.ts';
import type { Model } from './model.ts';

export interface LaneRow {
  readonly lane: HeadLane;
  readonly top: number;
  /** The bar of its life. */
  readonly middle: number;
  readonly height: number;
}

export interface FaultRow {
  readonly fault: HeadFault;
  readonly top: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly faults: readonly FaultRow[];
  /** Faults that found no row. */
  readonly faultsLeftOut: number;
  readonly lanes: readonly LaneRow[];
  readonly lanesTop: number;
  readonly lanesBottom: number;
  readonly chart: ChartBox | null;
  x(timeUs: number): number;
  timeAt(x: number): number;
}

export interface ChartBox {
  readonly series: PartitionSeries;
  readonly top: number;
  readonly bottom: number;
  /** One strip for each replica: whether it is in sync. */
  readonly strips: readonly { readonly node: string; readonly top: number }[];
  readonly epochs: number;
}

export const axisHeight = 24;
export const faultHeight = 17;
const faultRowsMax = 8;
const brokerHeight = 40;
const clientHeight = 34;
const chartHeight = 120;
const stripHeight = 12;

export function layoutOf(model: Model, width: number): Layout {
  const left = width < 720 ? 92 : 158;
  const right = width - 10;
  const { fromUs, toUs } = model.wanted.view;
  const x = (timeUs: number) => left + ((timeUs - fromUs) * (right - left)) / (toUs - fromUs);
  const timeAt = (at: number) => fromUs + ((at - left) * (toUs - fromUs)) / (right - left);
  const { rows, leftOut } = faultRows(model);
  const lanesTop = axisHeight + rowsOf(rows) * faultHeight + 8;
  const lanes: LaneRow[] = [];
  let bottom = lanesTop;
  for (const lane of model.lanes()) {
    const height = lane.role === 'client' ? clientHeight : brokerHeight;
    lanes.push({ lane, top: bottom, middle: bottom + height / 2 + 2, height });
    bottom += height;
  }
  const chart = chartOf(model, bottom + 26);
  const height = (chart === null ? bottom : (chart.strips.at(-1)?.top ?? chart.bottom) + stripHeight) + 12;
  return {
    ...{ width, height, left, right, faults: rows, faultsLeftOut: leftOut, lanes, lanesTop },
    ...{ lanesBottom: bottom, chart, x, timeAt },
  };
}

function rowsOf(rows: readonly FaultRow[]): number {
  return rows.reduce((most, { top }) => Math.max(most, (top - axisHeight) / faultHeight + 1), 0);
}

/** Faults of the window, each in the first row in which nothing else is at its time. */
function faultRows({ head, wanted }: Model): { rows: FaultRow[]; leftOut: number } {
  const { fromUs, toUs } = wanted.view;
  const rows: FaultRow[] = [];
  const freeFromUs: number[] = [];
  let leftOut = 0;
  // A fault of a moment needs room for its name all the same.
  const nameUs = (toUs - fromUs) / 6;
  for (const fault of head.faults) {
    if (fault.beganUs > toUs || (fault.endedUs ?? head.endUs) < fromUs) continue;
    const row = freeFromUs.findIndex((free) => free <= fault.beganUs);
    const place = row < 0 ? freeFromUs.length : row;
    if (place >= faultRowsMax) {
      leftOut++;
      continue;
    }
    freeFromUs[place] = Math.max(fault.endedUs ?? head.endUs, Math.max(fault.beganUs, fromUs) + nameUs);
    rows.push({ fault, top: axisHeight + place * faultHeight });
  }
  return { rows, leftOut };
}

function chartOf(model: Model, top: number): ChartBox | null {
  const series = model.series();
  if (series === undefined) return null;
  const bottom = top + 18 + chartHeight;
  const nodes = [...series.replicas.keys()].filter((node) => !model.wanted.hiddenNodes.has(node)).sort();
  const strips = nodes.map((node, index) => ({ node, top: bottom + 22 + index * stripHeight }));
  return { series, top, bottom, strips, epochs: bottom + 4 };
}
