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
  const { topic, partition, offset, value } = finding.evidence;
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
    } else if (entry.kind === 'fetched' && entry.value !== null && entry.value === value) {
      add(
        entry.at,
        entry.client,
        `${entry.client} reads ${value} at ${entry.topic}/${entry.partition} offset ${entry.offset}`,
      );
    }
  }
  if (typeof topic !== 'string' || typeof partition !== 'number') return found;
  const watcher = new LogWatcher(typeof offset === 'number' ? offset : -1);
  for (const line of trace) {
    const fields = line.event as Readonly<Record<string, unknown>>;
    if (fields['topic'] !== topic || fields['partition'] !== partition) continue;
    const text = watcher.see(line, `${topic}/${partition}`);
    if (text !== undefined && found.length < recordHappeningsMax) add(line, line.node, text);
  }
  return found;
}

const recordHappeningsMax = 40;

function ended(send: Extract<HistoryEntry, { kind: 'send' }>): string {
  if (send.outcome === 'ok') {
    const where = send.offset < 0 ? '' : ` at ${send.topic}/${send.ackedPartition} offset ${send.offset}`;
    return `is acknowledged${where} (acks=${send.acks === -1 ? 'all' : send.acks})`;
  }
  if (send.outcome === 'failed') return `has failed for certain: ${send.error ?? 'no reason given'}`;
  return `may have happened or not: ${send.error ?? 'no answer'}`;
}

/** Which events of a partition matter to one offset: given, written, made durable, and everything that cuts the log. */
class LogWatcher {
  readonly #offset: number;
  #stage: 'wanted' | 'planned' | 'written' | 'durable' = 'wanted';

  constructor(offset: number) {
    this.#offset = offset;
  }

  see({ event, node }: TraceLine, place: string): string | undefined {
    const offset = this.#offset;
    switch (event.kind) {
      case 'append-planned':
        if (offset < event.baseOffset || offset > event.lastOffset) return undefined;
        this.#stage = 'planned';
        return `${node} gives the offsets ${event.baseOffset}..${event.lastOffset} of ${place} to a batch`;
      case 'log-appended':
        if (this.#stage !== 'planned' || event.logEndOffset <= offset) return undefined;
        this.#stage = 'written';
        return `the batch is in the file of ${place} (not durable yet); the log ends at ${event.logEndOffset}`;
      case 'log-flushed':
        if (this.#stage !== 'written' || event.recoveryPoint <= offset) return undefined;
        this.#stage = 'durable';
        return `fsync: everything of ${place} below ${event.recoveryPoint} is durable`;
      case 'append-failed':
        return `an append to ${place} at ${event.baseOffset} fails: ${event.reason}`;
      case 'log-recovered':
        return (
          `${node} recovers ${place}: ${event.logStartOffset}..${event.logEndOffset},` +
          ` ${event.truncatedBytes} bytes of a bad tail cut away`
        );
      case 'log-truncated':
        return `${place} is cut to ${event.logEndOffset}`;
      case 'log-start-moved':
        return `the start of ${place} moves to ${event.logStartOffset} (${event.reason})`;
      case 'segment-deleted':
        return `a segment of ${place} from ${event.baseOffset} is deleted (${event.reason})`;
      default:
        return undefined;
    }
  }
}
