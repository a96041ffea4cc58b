// The way to the finding, in the order of time: the faults, what became of the nodes, of the partition and of the
// record it speaks of, the steps that caused the step of the finding, and the finding. One readable line each.

import type { Finding, HistoryEntry, KeptRun, TraceLine, TrailStep } from '../../sim/index.ts';
import { type Named, nodeNames, sentenceOf } from '../../sim/told/sentences.ts';
import { type ToldLine, trailSentences } from '../../sim/told/trail-sentences.ts';
import { offsetOf, recordHappenings, watchedKinds } from '../evidence.ts';
import { clipped } from '../format.ts';

/** Why a line is there. */
export const chainSorts = {
  fault: 'a fault',
  life: 'a node',
  leader: 'who leads',
  record: 'the record',
  cause: 'a cause',
  turn: 'the point of no return',
  finding: 'the finding',
} as const;

export type ChainSort = keyof typeof chainSorts;

export interface ChainLine extends ToldLine {
  readonly sort: ChainSort;
}

export interface Chain {
  readonly lines: readonly ChainLine[];
  /** Lines that there was no room for. */
  readonly leftOut: number;
}

/** Lines of one chain. */
export const chainLinesMax = 60;
/** Of these, causes: the last ones explain most. */
const causesMax = 20;
const leadersMax = 25;
const proseMax = 1_500;

/** What of a kept run its chain is made of. */
type Chained = Pick<KeptRun, 'outcome' | 'trail' | 'pointOfNoReturn'>;

export function chainOf(kept: Chained, finding: Finding | null): Chain {
  const { trace = [], history = [], effects } = kept.outcome;
  const named = nodeNames(trace);
  const lines: ChainLine[] = [];
  for (const { fault, target, tookEffect, began, ended, detail } of effects) {
    if (!tookEffect) continue;
    lines.push({ ...began, node: target, sort: 'fault', text: `${fault} hits ${target}: ${detail}` });
    if (ended !== null && ended.timeUs > began.timeUs) {
      lines.push({ ...ended, node: target, sort: 'fault', text: `${fault} of ${target} is over` });
    }
  }
  lines.push(...causeLines(kept.trail, finding, named));
  lines.push(...lifeLines(trace, named), ...leaderLines(finding, trace, named));
  lines.push(...recordLines(finding, trace, history));
  const turn = kept.pointOfNoReturn ?? null;
  if (turn !== null) {
    lines.push({
      ...turn,
      node: '',
      sort: 'turn',
      text: `the point of no return: ${turn.prose}`,
    });
  }
  if (finding !== null) {
    const prose = clipped(finding.prose, proseMax).replace(/;? *lawful: */, '; permitted by: ');
    const text = `the finding, ${finding.invariant}: ${prose}`;
    lines.push({ step: finding.step, timeUs: finding.timeUs, node: '', sort: 'finding', text });
  }
  return chosen(inOrder(lines), finding);
}

/** The trail from where its client began: what was before it set the stage. */
function causeLines(trail: readonly TrailStep[], finding: Finding | null, named: Named): ChainLine[] {
  const { topic, partition } = finding?.evidence ?? {};
  const offset = finding === null ? undefined : offsetOf(finding);
  const isWatched = (event: TraceLine['event']) =>
    offset !== undefined &&
    watchedKinds.has(event.kind) &&
    'partition' in event &&
    event.topic === topic &&
    event.partition === partition;
  const boot = trail.findLastIndex(({ events }) => events.some(({ event }) => event.kind === 'node-booted'));
  return trailSentences(trail.slice(Math.max(0, boot)), named, ({ event }) => !isWatched(event))
    .slice(-causesMax)
    .map((line) => ({ ...line, sort: 'cause' }));
}

const lifeKinds: ReadonlySet<string> = new Set([
  'node-crashed',
  'power-lost',
  'node-halted',
  'broker-halted',
  'node-paused',
  'node-resumed',
  'disk-wiped',
  'sync-lied',
  'sync-failed',
  'bits-rotted',
  'engine-crashed',
]);

function lifeLines(trace: readonly TraceLine[], named: Named): ChainLine[] {
  return trace.flatMap((line) => {
    const startsAgain = line.event.kind === 'node-booted' && line.incarnation > 1;
    if (!startsAgain && !lifeKinds.has(line.event.kind)) return [];
    return [told(line, 'life', startsAgain ? `${line.node} starts again` : sentenceOf(line, named))];
  });
}

function told({ step, timeUs, node }: TraceLine, sort: ChainSort, text: string): ChainLine {
  return { step, timeUs, node, sort, text };
}

/** Who led the partition of the finding, and whose log was cut; without a partition, who was the controller. */
function leaderLines(finding: Finding | null, trace: readonly TraceLine[], named: Named): ChainLine[] {
  const { topic, partition, group, offset } = finding?.evidence ?? {};
  let passed = false;
  const lines: ChainLine[] = [];
  let [leader, epoch, inSync] = [-2, -1, ''];
  for (const line of trace) {
    const { event } = line;
    const ofGroup = typeof group === 'string' && 'group' in event && event.group === group;
    const ofPartition =
      topic !== undefined && 'partition' in event && event.topic === topic && event.partition === partition;
    if (event.kind === 'partition-committed' && ofPartition) {
      const isNews = event.leader !== leader || event.leaderEpoch !== epoch || event.isr !== inSync;
      [leader, epoch, inSync] = [event.leader, event.leaderEpoch, event.isr];
      if (isNews) lines.push(told(line, 'leader', sentenceOf(line, named)));
    } else if (event.kind === 'leader-began' && ofPartition && event.leaderEpoch > 0) {
      lines.push(told(line, 'leader', sentenceOf(line, named)));
    } else if (event.kind === 'offset-committed' && ofGroup && ofPartition) {
      // The first commit behind the record says that the group has it behind itself.
      if (!passed && typeof offset === 'number' && event.offset > offset) {
        passed = true;
        lines.push(told(line, 'record', sentenceOf(line, named)));
      }
    } else if (event.kind === 'group-state' && ofGroup) {
      lines.push(told(line, 'leader', sentenceOf(line, named)));
    } else if (
      event.kind === 'controller-activated' &&
      (topic === undefined || String(topic).startsWith('__'))
    ) {
      lines.push(told(line, 'leader', sentenceOf(line, named)));
    }
  }
  return nearest(lines, finding?.timeUs ?? 0, leadersMax);
}

function recordLines(
  finding: Finding | null,
  trace: readonly TraceLine[],
  history: readonly HistoryEntry[],
): ChainLine[] {
  const happenings = recordHappenings(finding, trace, history).map(
    (line): ChainLine => ({ ...line, sort: 'record' }),
  );
  const { topic, partition } = finding?.evidence ?? {};
  const scan = history.find(
    (entry) => entry.kind === 'scan' && entry.topic === topic && entry.partition === partition,
  );
  if (scan?.kind === 'scan') {
    const text =
      `the final scan reads ${scan.topic}/${scan.partition} from ${scan.logStartOffset} up to ${scan.logEndOffset}` +
      ` and finds ${scan.records.length} records`;
    happenings.push({ ...scan.at, node: 'scanner', sort: 'record', text });
  }
  return happenings;
}

/** In the order of steps, each sentence of a moment once; a fault is told before what it does. */
function inOrder(lines: readonly ChainLine[]): ChainLine[] {
  const order = Object.keys(chainSorts);
  const sorted = [...lines].sort(
    (a, b) => a.step - b.step || a.timeUs - b.timeUs || order.indexOf(a.sort) - order.indexOf(b.sort),
  );
  const seen = new Set<string>();
  return sorted.filter(({ step, text }) => {
    const key = `${step} ${text}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function nearest(lines: readonly ChainLine[], timeUs: number, most: number): ChainLine[] {
  if (lines.length <= most) return [...lines];
  const kept = [...lines]
    .sort((a, b) => Math.abs(a.timeUs - timeUs) - Math.abs(b.timeUs - timeUs))
    .slice(0, most);
  const keep = new Set(kept);
  return lines.filter((line) => keep.has(line));
}

function chosen(lines: readonly ChainLine[], finding: Finding | null): Chain {
  const centre = finding?.timeUs ?? lines.at(-1)?.timeUs ?? 0;
  const must = lines.filter(({ sort }) => sort === 'finding' || sort === 'turn');
  const others = lines.filter(({ sort }) => sort !== 'finding' && sort !== 'turn');
  const kept = new Set([...must, ...nearest(others, centre, chainLinesMax - must.length)]);
  return { lines: lines.filter((line) => kept.has(line)), leftOut: lines.length - kept.size };
}
