// What one consumer reads of one partition between an assignment (or a seek, or a reset) and the next: every visible
// record, once, in order; and it begins where the group had committed, or where it was told to.

import { partitionKey } from '../../engine/index.ts';
import type { Material } from '../material.ts';
import type { Fetched, Scan, ViewBegan } from '../record/history.ts';
import { checker, type Report } from '../verdict.ts';

export const consumers = checker({
  name: 'consumers',
  doc: 'a consumer neither skips nor rewinds',
  invariants: {
    'consumer-skip':
      'consecutive reads of one view leave out a visible record, or begin above the committed or sought offset',
    'consumer-rewind': 'a view returns an offset again, or begins below the committed or sought offset',
  },

  check(material: Material, report: Report): void {
    const visible = new Map<string, number[]>();
    for (const [key, scan] of material.scans) {
      visible.set(
        key,
        scan.records.map((record) => record.offset),
      );
    }
    for (const [number, fetched] of material.fetchedByView) {
      const view = material.views.get(number);
      const first = fetched[0];
      if (view === undefined || first === undefined) continue;
      const offsets = visible.get(partitionKey(view.topic, view.partition)) ?? [];
      judgeStart(material, report, view, first, offsets);
      judgeSeek(material, report, view, first, offsets);
      judgeOrder(material, report, view, fetched, offsets);
      const scan = material.scans.get(partitionKey(view.topic, view.partition));
      if (scan !== undefined) judgeHistory(material, report, view, fetched, scan);
    }
  },
});

function judgeOrder(
  material: Material,
  report: Report,
  view: ViewBegan,
  fetched: readonly Fetched[],
  visible: readonly number[],
): void {
  const place = `${view.topic}/${view.partition}`;
  const lawful = material.losses.lossySince(view.at.step, view.topic, view.partition);
  for (let index = 1; index < fetched.length; index++) {
    const before = (fetched[index - 1] as Fetched).offset;
    const { offset, at } = fetched[index] as Fetched;
    report.judged(1);
    const facts = { topic: view.topic, partition: view.partition, session: view.session, before, offset };
    if (offset <= before) {
      const prose = `${view.session} read ${place} offset ${offset} after ${before}, without a seek between`;
      report.found(lawful, 'consumer-rewind', at, prose, facts);
    } else if (offset > before + 1) {
      const skipped = firstIn(visible, before + 1, offset);
      if (skipped === undefined) continue;
      const prose = `${view.session} read ${place} offset ${offset} right after ${before}, leaving out ${skipped}`;
      report.found(lawful, 'consumer-skip', at, prose, { ...facts, skipped });
    }
  }
}

/**
 * A reader that went on from one history into another without noticing: the offsets are whole, but what the log has
 * where it had read records that are gone, it left out. One that noticed has another view.
 */
function judgeHistory(
  material: Material,
  report: Report,
  view: ViewBegan,
  fetched: readonly Fetched[],
  scan: Scan,
): void {
  const values = new Map(scan.records.map(({ offset, value }) => [offset, value]));
  let leftOut: Fetched | undefined;
  for (const record of fetched) {
    const { offset, value, at } = record;
    const instead = values.get(offset);
    if (value === null || instead === undefined || instead === null) continue;
    if (instead !== value) {
      leftOut ??= record;
      continue;
    }
    if (leftOut === undefined) continue;
    const { topic, partition, session } = view;
    const prose =
      `${session} read ${leftOut.value} at ${topic}/${partition} offset ${leftOut.offset}, which is not there, and` +
      ` went on at ${offset} in another history, leaving out ${values.get(leftOut.offset)}`;
    const facts = { topic, partition, session, before: leftOut.offset, offset };
    report.found(material.losses.lossySince(0, topic, partition), 'consumer-skip', at, prose, facts);
    return;
  }
}

/** Only groups begin at a place that can be judged; the workloads use auto.offset.reset=earliest. */
function judgeStart(
  material: Material,
  report: Report,
  view: ViewBegan,
  first: Fetched,
  visible: readonly number[],
): void {
  if (view.group === null || view.why !== 'assigned') return;
  const { topic, partition, group } = view;
  const committed = material.committed(group, topic, partition, view.at.step, first.at.step);
  const low = committed.mayBeNone ? 0 : Math.min(...committed.offsets);
  const high = Math.max(0, ...committed.offsets);
  report.judged(1);
  const lawful = material.losses.anyLossy;
  const facts = { topic, partition, group, session: view.session, offset: first.offset, low, high };
  if (first.offset < low) {
    const prose =
      `${view.session} began ${topic}/${partition} at offset ${first.offset},` +
      ` below ${low}, which the group ${group} had committed`;
    report.found(lawful, 'consumer-rewind', first.at, prose, facts);
  }
  const skipped = first.offset > high ? firstIn(visible, high, first.offset) : undefined;
  if (skipped === undefined) return;
  const prose =
    `${view.session} began ${topic}/${partition} at offset ${first.offset}, leaving out ${skipped}:` +
    ` the group ${group} had committed at most ${high}`;
  report.found(lawful, 'consumer-skip', first.at, prose, { ...facts, skipped });
}

/** Whoever seeks reads on from there: also from the middle of a batch, and behind what retention took. */
function judgeSeek(
  material: Material,
  report: Report,
  { topic, partition, session, from, at }: ViewBegan,
  first: Fetched,
  visible: readonly number[],
): void {
  if (from === null) return;
  report.judged(1);
  const lawful = material.losses.lossySince(at.step, topic, partition);
  const facts = { topic, partition, session, before: from, offset: first.offset };
  const read = `${session} sought ${topic}/${partition} offset ${from} and read ${first.offset} first`;
  if (first.offset < from) report.found(lawful, 'consumer-rewind', first.at, read, facts);
  const skipped = first.offset > from ? firstIn(visible, from, first.offset) : undefined;
  if (skipped === undefined) return;
  report.found(lawful, 'consumer-skip', first.at, `${read}, leaving out ${skipped}`, { ...facts, skipped });
}

/** The first of the sorted `offsets` from `low` up to, not including, `high`. */
function firstIn(offsets: readonly number[], low: number, high: number): number | undefined {
  let from = 0;
  let to = offsets.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((offsets[middle] as number) < low) from = middle + 1;
    else to = middle;
  }
  const found = offsets[from];
  return found !== undefined && found < high ? found : undefined;
}
