// What belongs to a finding: the life of the record it speaks of, from being sent to being gone.

import type { Finding, HistoryEntry, TraceLine } from '../sim/index.ts';
import type { Happening } from './run-facts.ts';

/** What happened to the partition and the value that the finding speaks of. */
export function recordHappenings(
  finding: Finding | null,
  trace: readonly TraceLine[],
  history: readonly HistoryEntry[],
): Happening[] {
  if (finding === null) return [];
  const { topic, partition, value } = finding.evidence;
  const offset = offsetOf(finding);
  const found: Happening[] = [];
  const add = (at: { step: number; timeUs: number }, node: string, text: string) => {
    found.push({ step: at.step, timeUs: at.timeUs, node, text, sort: 'record' });
  };
  for (const entry of history) {
    if (found.length >= recordHappeningsMax) break;
    if (entry.kind === 'send' && `${entry.session}/${entry.n}` === value) {
      add(entry.invoked, entry.client, `${entry.client} is asked to send ${value} to ${entry.topic}`);
      if (entry.completed !== null)
        add(entry.completed, entry.client, `${entry.client}: ${value} ${ended(entry)}`);
    } else if (entry.kind === 'processed' && entry.value !== null && entry.value === value) {
      const who = entry.session.replace(/#\d+$/, '');
      add(entry.at, who, `${who} has finished with ${value}, for the group ${entry.group}`);
    } else if (entry.kind === 'fetched' && entry.value !== null && entry.value === value) {
      add(
        entry.at,
        entry.client,
        `${entry.client} reads ${value} at ${entry.topic}/${entry.partition} offset ${entry.offset}`,
      );
    }
  }
  if (typeof topic !== 'string' || typeof partition !== 'number') return found;
  const watcher = new LogWatcher(`${topic}/${partition}`, offset ?? -1);
  for (const line of trace) {
    const fields = line.event as Readonly<Record<string, unknown>>;
    if (fields['topic'] !== topic || fields['partition'] !== partition) continue;
    const text = watcher.see(line);
    if (text !== undefined && found.length < recordHappeningsMax) add(line, line.node, text);
  }
  return found;
}

/** The offset that a finding speaks of, or the first of its batch. */
export function offsetOf({ evidence }: Finding): number | undefined {
  const offset = evidence['offset'] ?? evidence['baseOffset'];
  return typeof offset === 'number' && offset >= 0 ? offset : undefined;
}

/** Whether a line of a record says that a replica lost it, or that its offset was given again. */
export function tellsLoss(text: string): boolean {
  return / is gone there$|another batch/.test(text);
}

const recordHappeningsMax = 40;

/** What `recordHappenings` tells of the partition, when the finding names an offset: nobody need tell it again. */
export const watchedKinds: ReadonlySet<string> = new Set([
  'append-planned',
  'log-appended',
  'log-flushed',
  'append-failed',
  'log-recovered',
  'log-truncated',
  'log-start-moved',
  'segment-deleted',
]);

function ended(send: Extract<HistoryEntry, { kind: 'send' }>): string {
  if (send.outcome === 'ok') {
    const where = send.offset < 0 ? '' : ` at ${send.topic}/${send.ackedPartition} offset ${send.offset}`;
    return `is acknowledged${where} (acks=${send.acks === -1 ? 'all' : send.acks})`;
  }
  if (send.outcome === 'failed') return `has failed for certain: ${send.error ?? 'no reason given'}`;
  return `may have happened or not: ${send.error ?? 'no answer'}`;
}

/** How far one replica is with the batch at the offset. */
interface Replica {
  /** undefined until it said which. */
  leads: boolean | undefined;
  stage: 'wanted' | 'planned' | 'written' | 'durable';
  /** It is not the batch that the offset first belonged to. */
  isOther: boolean;
}

/** Which events of a partition matter to one offset: given, copied, durable, and everything that cuts a log. */
class LogWatcher {
  readonly #place: string;
  readonly #offset: number;
  readonly #replicas = new Map<string, Replica>();
  /** The first batch that held the offset. */
  #crc: number | undefined;

  constructor(place: string, offset: number) {
    this.#place = place;
    this.#offset = offset;
  }

  see({ event, node }: TraceLine): string | undefined {
    const [offset, place] = [this.#offset, this.#place];
    const replica = this.#replicas.get(node) ?? { leads: undefined, stage: 'wanted', isOther: false };
    this.#replicas.set(node, replica);
    switch (event.kind) {
      case 'leader-began':
      case 'follower-began':
        replica.leads = event.kind === 'leader-began';
        return undefined;
      case 'append-planned': {
        if (offset < event.baseOffset || offset > event.lastOffset) return undefined;
        replica.stage = 'planned';
        return this.#given(node, replica, event);
      }
      case 'log-appended':
        if (replica.stage !== 'planned' || event.logEndOffset <= offset) return undefined;
        replica.stage = 'written';
        return (
          `${replica.isOther ? 'the other' : 'the'} batch with offset ${offset} is in the file of ${node},` +
          ' not durable yet'
        );
      case 'log-flushed':
        if (replica.stage !== 'written' || event.recoveryPoint <= offset) return undefined;
        replica.stage = 'durable';
        return `fsync: everything of ${place} below ${event.recoveryPoint} is durable on ${node}`;
      case 'append-failed':
        return `an append to ${place} at ${event.baseOffset} fails on ${node}: ${event.reason}`;
      case 'log-recovered': {
        const { logStartOffset, logEndOffset, truncatedBytes } = event;
        if (logEndOffset === 0 && truncatedBytes === 0 && replica.stage === 'wanted') return undefined;
        const cut = truncatedBytes > 0 ? `, ${truncatedBytes} bytes of a bad tail cut away` : '';
        const range =
          logStartOffset > 0 ? `from ${logStartOffset} up to ${logEndOffset}` : `up to ${logEndOffset}`;
        return `${node} opens ${place}: its log goes ${range}${cut}${this.#without(replica, logEndOffset)}`;
      }
      case 'log-truncated':
        return `${node} cuts ${place} back to ${event.logEndOffset}${this.#without(replica, event.logEndOffset)}`;
      case 'log-start-moved':
        return `the start of ${place} on ${node} moves to ${event.logStartOffset} (${event.reason})`;
      case 'segment-deleted':
        return `a segment of ${place} from ${event.baseOffset} is deleted on ${node} (${event.reason})`;
      default:
        return undefined;
    }
  }

  #given(node: string, replica: Replica, batch: { readonly [K in Given]: number }): string {
    const { baseOffset, lastOffset, leaderEpoch, crc } = batch;
    replica.isOther = this.#crc !== undefined && this.#crc !== crc;
    this.#crc ??= crc;
    const range =
      baseOffset === lastOffset ? `offset ${baseOffset}` : `offsets ${baseOffset} to ${lastOffset}`;
    const at = `${range} of ${this.#place}`;
    if (replica.leads === true) {
      const which = replica.isOther ? 'another batch' : 'a batch';
      return `${node}, leader of epoch ${leaderEpoch}, gives ${at} to ${which}`;
    }
    const which = replica.isOther ? 'another batch' : 'the batch';
    return `${node} ${replica.leads === false ? 'copies' : 'takes'} ${which} of epoch ${leaderEpoch} at ${at}`;
  }

  /** Says so when this replica had the offset and has it no more. */
  #without(replica: Replica, logEndOffset: number): string {
    if (logEndOffset > this.#offset || replica.stage === 'wanted') return '';
    replica.stage = 'wanted';
    return `: offset ${this.#offset} is gone there`;
  }
}

type Given = 'baseOffset' | 'lastOffset' | 'leaderEpoch' | 'crc';
