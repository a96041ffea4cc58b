// A sweep as a table for a terminal. Pure.

import type { Sweep } from '../result.ts';

const headings = [
  'records/s',
  'MB/s',
  'p50 ms',
  'p99 ms',
  'broker us/record',
  'client us/record',
  'share',
  '',
];

export function sweepLines({ name, over, points }: Sweep): string[] {
  const rows = points.map(({ at, run }) => {
    const [latency] = run.latencies;
    return [
      ...over.map((path) => String(at[path])),
      run.throughput.recordsPerSecond.toFixed(0),
      run.throughput.megabytesPerSecond.toFixed(2),
      ms(latency?.whole.p50Us),
      ms(latency?.whole.p99Us),
      cost(run.broker),
      cost(run.client),
      run.share === null ? '-' : `${(run.share.share * 100).toFixed(1)} % of ${run.share.binding}`,
      run.stamps.map((stamp) => stamp.name).join(' '),
    ];
  });
  const table = [[...over, ...headings], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length))) ?? [];
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return [`${name}  [sweep over ${over.join(', ')}]`, ...lines.map((line) => `  ${line.trimEnd()}`)];
}

function ms(us: number | null | undefined): string {
  return us === null || us === undefined ? '-' : (us / 1000).toFixed(2);
}

function cost(of: Sweep['points'][number]['run']['broker']): string {
  if (of === null || of.userUsPerRecord === null || of.systemUsPerRecord === null) return '-';
  return (of.userUsPerRecord + of.systemUsPerRecord).toFixed(2);
}
