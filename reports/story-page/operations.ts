// What clients did and saw, as events of the page: a history has operations with a beginning and an end, the picture
// and its filters want one row for each thing that happened at a moment. Reads of one poll are one event.

import type { HistoryEntry } from '../../sim/index.ts';
import type { OperationEvent, OperationKind, OperationOutcome } from './operation-sentences.ts';
import type { PageEvent } from './page-event.ts';

type Entry<K extends HistoryEntry['kind']> = Extract<HistoryEntry, { kind: K }>;
type Ended = Entry<'send' | 'commit' | 'offset-fetch' | 'watermark'>;
type Seen = Entry<'fetched' | 'processed'>;

/** In the order of the history; who mixes them with a trace sorts. */
export function operationEvents(history: readonly HistoryEntry[]): PageEvent[] {
  const found: PageEvent[] = [];
  const views = new Map<number, Entry<'view'>>();
  const polls = new Map<
    string,
    PageEvent & { event: OperationEvent<'records-read' | 'records-processed'> }
  >();
  for (const entry of history) {
    if (entry.kind === 'view') views.set(entry.view, entry);
    if (entry.kind === 'fetched' || entry.kind === 'processed') {
      const key = `${entry.kind} ${pollOf(entry)}`;
      const poll = polls.get(key);
      if (poll !== undefined) {
        polls.set(key, poll);
        Object.assign(poll.event, { lastOffset: entry.offset, records: poll.event.records + 1 });
        continue;
      }
      const made = seen(entry);
      polls.set(key, made);
      found.push(made);
    } else {
      const event = eventOf(entry, views);
      if (event !== undefined) found.push(event);
    }
  }
  return found;
}

function pollOf(entry: Seen): string {
  const who = entry.kind === 'fetched' ? `${entry.client} ${entry.view}` : entry.session;
  return `${who} ${entry.topic} ${entry.partition} ${entry.at.step} ${entry.at.timeUs}`;
}

function seen(entry: Seen): PageEvent & { event: OperationEvent<'records-read' | 'records-processed'> } {
  const { topic, partition, offset } = entry;
  const records = { topic, partition, firstOffset: offset, lastOffset: offset, records: 1 };
  if (entry.kind === 'fetched') {
    return { ...entry.at, node: entry.client, incarnation: 1, event: { kind: 'records-read', ...records } };
  }
  const event = { kind: 'records-processed', ...records, group: entry.group } as const;
  return { ...entry.at, ...lifeOf(entry.session), event };
}

function eventOf(
  entry: Exclude<HistoryEntry, Seen>,
  views: ReadonlyMap<number, Entry<'view'>>,
): PageEvent | undefined {
  switch (entry.kind) {
    case 'send': {
      const { topic, acks, attempts } = entry;
      const partition = entry.ackedPartition < 0 ? entry.partition : entry.ackedPartition;
      const what = {
        topic,
        partition,
        offset: entry.offset,
        value: `${entry.session}/${entry.n}`,
        acks,
        attempts,
      };
      return ended(entry, 'record-sent', what);
    }
    case 'commit':
      return ended(entry, 'offsets-committed', { group: entry.group, offsets: listed(entry.offsets) });
    case 'offset-fetch':
      return ended(entry, 'offsets-asked', { group: entry.group, offsets: listed(entry.offsets) });
    case 'watermark': {
      const { topic, partition, highWatermark } = entry;
      return ended(entry, 'end-asked', { topic, partition, highWatermark });
    }
    case 'view': {
      const { topic, partition, why } = entry;
      const event = { kind: 'view-began', topic, partition, why, group: entry.group ?? '' } as const;
      return { ...entry.at, ...lifeOf(entry.session), event };
    }
    case 'view-ended': {
      const view = views.get(entry.view);
      if (view === undefined) return undefined;
      const { topic, partition } = view;
      const event = { kind: 'view-ended', topic, partition, why: entry.why } as const;
      return { ...entry.at, ...lifeOf(view.session), event };
    }
    case 'corruption-reported': {
      const { topic, partition, offset } = entry;
      const event = { kind: 'corruption-reported', topic, partition, offset } as const;
      return { ...entry.at, node: entry.client, incarnation: 1, event };
    }
    case 'scan': {
      const { topic, partition, logStartOffset, logEndOffset, complete, through = -1 } = entry;
      const ends = { logStartOffset, logEndOffset, records: entry.records.length, complete, through };
      const event = { kind: 'partition-scanned', topic, partition, ...ends } as const;
      return { ...entry.at, node: 'scanner', incarnation: 1, event };
    }
    case 'group':
      return undefined;
  }
}

/** What never ended is told where it began: it has no other place. */
function ended(
  entry: Ended,
  kind: OperationKind,
  what: Readonly<Record<string, string | number>>,
): PageEvent {
  const at = entry.completed ?? entry.invoked;
  const outcome: OperationOutcome = entry.outcome;
  const event = { kind, ...what, outcome, error: entry.error ?? '', invokedUs: entry.invoked.timeUs };
  return { ...at, ...lifeOf(entry.session), event: event as PageEvent['event'] };
}

/** `consumer-1#2` is the second life of consumer-1. */
function lifeOf(session: string): { node: string; incarnation: number } {
  const [node = session, life = '1'] = session.split('#');
  return { node, incarnation: Number(life) };
}

function listed(offsets: Entry<'commit'>['offsets']): string {
  return offsets.map(({ topic, partition, offset }) => `${topic}/${partition} ${offset}`).join(', ');
}
