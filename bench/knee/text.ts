// A knee as lines for a terminal. Pure.

import type { Knee } from '../result.ts';
import { objectiveText } from './objective.ts';

export function kneeLines(knee: Knee): string[] {
  const { recordsPerSecond: rate, failedAtRecordsPerSecond: failedAt, objective } = knee;
  const found = rate === null ? 'no rate met it' : `${rate} records/s`;
  const failed = failedAt === null ? 'no rate that was tried failed it' : `${failedAt} records/s failed`;
  const lines = [`${knee.workload}  [knee of ${objectiveText(objective)}]`, `  ${found}; ${failed}`];
  const curve = knee.points.filter(({ of }) => of === 'curve');
  for (const point of [...curve].sort((a, b) => a.offeredRecordsPerSecond - b.offeredRecordsPerSecond)) {
    const share = rate === null ? '' : `${Math.round((100 * point.offeredRecordsPerSecond) / rate)} %`;
    const values = [
      `offered ${point.offeredRecordsPerSecond}`,
      `achieved ${Math.round(point.achievedRecordsPerSecond)}`,
      `p50 ${ms(point.p50Us)}`,
      `p99 ${ms(point.p99Us)}`,
      `p99.9 ${ms(point.p999Us)}`,
      point.met ? 'met' : 'not met',
    ];
    lines.push(`  ${share.padEnd(14)} ${values.join('  ')}${namesOf(point)}`);
  }
  const search = knee.points.filter(({ of }) => of === 'search');
  const bound = search.filter(
    ({ met, stamps }) => !met && stamps.some(({ name }) => name === 'GENERATOR-BOUND'),
  );
  if (bound.length > 0)
    lines.push(
      `  GENERATOR-BOUND: in ${bound.length} steps that failed the client was the limit, and not the broker`,
    );
  const against = curve.filter(
    (point) => rate !== null && point.offeredRecordsPerSecond <= rate && !point.met,
  );
  if (against.length > 0)
    lines.push(
      `  CONTRADICTED: ${against.length} points of the curve below the knee did not meet it: repeat this`,
    );
  lines.push(`  ${search.length} steps of search`);
  return lines;
}

/** Stamps that hold for every run without fsync say nothing about a point. */
function namesOf({ stamps }: Knee['points'][number]): string {
  const names = stamps.map(({ name }) => name).filter((name) => name !== 'HOST-CACHED-DISK');
  return names.length === 0 ? '' : `  ${names.join(' ')}`;
}

function ms(us: number | null): string {
  return us === null ? '-' : `${(us / 1000).toFixed(2)} ms`;
}
