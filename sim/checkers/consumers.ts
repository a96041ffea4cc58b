// What one consumer reads of one partition between an assignment (or a seek, or a reset) and the next: every visible
// record, once, in order; and it begins where the group had committed, or where it was told to. Readers of the
// simulator go where a log begins when they are out of range: so where a leader had deleted more than the next one,
// they may leave out what is there again, or be sent back (contract/log-starts.ts).

import { partitionKey } from '../../engine/index.ts';
import { evidenceOf } from '../contract/because.ts';
import type { Material } from '../material.ts';
import type { Fetched, Scan, ViewBegan } from '../record/history.ts';
import { checker, type Finding, type Report } from '../verdict.ts';

const never = Number.MAX_SAFE_INTEGER;

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
    const { offset: before, at: since } = fetched[index - 1] as Fetched;
    const { offset, at } = fetched[index] as Fetched;
    report.judged(1);
    const facts = { topic: view.topic, partition: view.partition, session: view.session, before, offset };
    const move = { ...facts, position: before + 1, fromStep: since.step, at, lawful };
    if (offset <= before) {
      const prose = `${view.session} read ${place} offset ${offset} after ${before}, without a seek between`;
      tellRewind(material, report, move, prose, facts);
    } else if (offset > before + 1) {
      const prose = `${view.session} read ${place} offset ${offset} right after ${before}`;
      tellSkip(material, report, move, visible, prose, facts);
    }
  }
}

/** A reader that stood at `position` from `fromStep` on, and read `offset` next. */
interface Move {
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
  readonly fromStep: number;
  readonly offset: number;
  readonly at: Fetched['at'];
  /** Something was lost: then it may have moved anywhere. */
  readonly lawful: boolean;
}

function tellRewind(
  material: Material,
  report: Report,
  { topic, partition, position, fromStep, offset, at, lawful }: Move,
  prose: string,
  facts: Finding['evidence'],
): void {
  const from = material.logStarts.displaced(topic, partition, position, fromStep, at.step);
  const back =
    from === undefined ? undefined : material.logStarts.sentBack(topic, partition, from, offset, at.step);
  if (back === undefined) report.found(lawful, 'consumer-rewind', at, prose, facts);
  else report.witnessed('consumer-rewind', at, `${prose}: ${back.prose}`, { ...facts, ...evidenceOf(back) });
}

/** Says nothing where nothing visible was left out. */
function tellSkip(
  material: Material,
  report: Report,
  { topic, partition, position, fromStep, offset, at, lawful }: Move,
  visible: readonly number[],
  prose: string,
  facts: Finding['evidence'],
): void {
  const skipped = firstIn(visible, position, offset);
  if (skipped === undefined) return;
  const from = material.logStarts.displaced(topic, partition, position, fromStep, at.step);
  const beyond = firstIn(visible, Math.max(position, from?.offset ?? 0), offset);
  const back =
    from === undefined || beyond !== undefined
      ? undefined
      : material.logStarts.sentBack(topic, partition, from, skipped, never);
  const said = `${prose}, leaving out ${skipped}`;
  if (back === undefined) report.found(lawful, 'consumer-skip', at, said, { ...facts, skipped });
  else {
    const evidence = { ...facts, skipped, ...evidenceOf(back) };
    report.witnessed('consumer-skip', at, `${said}: ${back.prose}`, evidence);
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
  const { offset, at } = first;
  const move = { topic, partition, fromStep: view.at.step, offset, at, lawful };
  const began = `${view.session} began ${topic}/${partition} at offset ${offset}`;
  if (offset < low) {
    const prose = `${began}, below ${low}, which the group ${group} had committed`;
    tellRewind(material, report, { ...move, position: low }, prose, facts);
  }
  if (offset <= high) return;
  const prose = `${began}, where the group ${group} had committed at most ${high}`;
  tellSkip(material, report, { ...move, position: high }, visible, prose, facts);
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
  const { offset } = first;
  const facts = { topic, partition, session, before: from, offset };
  const move = { topic, partition, position: from, fromStep: at.step, offset, at: first.at, lawful };
  const read = `${session} sought ${topic}/${partition} offset ${from} and read ${offset} first`;
  if (offset < from) tellRewind(material, report, move, read, facts);
  else tellSkip(material, report, move, visible, read, facts);
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
