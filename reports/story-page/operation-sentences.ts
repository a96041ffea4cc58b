// What clients do, as events and as sentences: one row for each kind, complete by its type. Read by the page and by
// the script inside it.

import type { Who } from '../../sim/told/engine-sentences.ts';

/** What an operation came to: see the history of the simulator. */
export type OperationOutcome = 'ok' | 'failed' | 'unknown' | 'pending';

interface PartitionFields {
  readonly topic: string;
  readonly partition: number;
}

interface EndFields {
  readonly outcome: OperationOutcome;
  /** Empty when there is none. */
  readonly error: string;
  readonly invokedUs: number;
}

interface RecordsFields extends PartitionFields {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly records: number;
}

export interface OperationFields {
  /** Offset -1: none was told. */
  'record-sent': PartitionFields &
    EndFields & { offset: number; value: string; acks: number; attempts: number };
  'records-read': RecordsFields;
  'records-processed': RecordsFields & { group: string };
  'offsets-committed': EndFields & { group: string; offsets: string };
  'offsets-asked': EndFields & { group: string; offsets: string };
  'end-asked': PartitionFields & EndFields & { highWatermark: number };
  'view-began': PartitionFields & { group: string; why: string };
  'view-ended': PartitionFields & { why: string };
  'corruption-reported': PartitionFields & { offset: number };
  'partition-scanned': PartitionFields & {
    logStartOffset: number;
    logEndOffset: number;
    records: number;
    complete: boolean;
    through: number;
  };
}

export type OperationKind = keyof OperationFields;
export type OperationEvent<K extends OperationKind = OperationKind> = {
  [kind in K]: { readonly kind: kind } & OperationFields[kind];
}[K];

type Rows = { readonly [K in OperationKind]: (event: OperationEvent<K>, who: Who) => string };

const partitionOf = ({ topic, partition }: PartitionFields) =>
  partition < 0 ? topic : `${topic}/${partition}`;

const acksInWords = (acks: number) => `acks=${acks === -1 ? 'all' : acks}`;

function records({ firstOffset, lastOffset, records }: RecordsFields): string {
  return records === 1
    ? `the record at offset ${firstOffset}`
    : `${records} records, offsets ${firstOffset} to ${lastOffset}`;
}

function endOf({ outcome, error }: EndFields, good: string): string {
  if (outcome === 'ok') return good;
  if (outcome === 'failed') return `has failed for certain (${error})`;
  return outcome === 'pending' ? 'never ends' : `may have happened or not (${error || 'no answer'})`;
}

export const operationSentences: Rows = {
  'record-sent': (event, { name }) => {
    const where = event.offset < 0 ? '' : ` at offset ${event.offset}`;
    const tries = event.attempts > 1 ? `, tried ${event.attempts} times` : '';
    const end = endOf(event, `is acknowledged${where} (${acksInWords(event.acks)})`);
    return `the sending of ${event.value} by ${name} to ${partitionOf(event)} ${end}${tries}`;
  },
  'records-read': (event, { name }) => `${name} reads ${records(event)} of ${partitionOf(event)}`,
  'records-processed': (event, { name }) =>
    `${name} has finished with ${records(event)} of ${partitionOf(event)}, for the group ${event.group}`,
  'offsets-committed': (event, { name }) =>
    `the commit of the group ${event.group} by ${name} (${event.offsets}) ${endOf(event, 'is done')}`,
  'offsets-asked': (event, { name }) =>
    `${name} asks for the offsets of the group ${event.group}: it ${endOf(event, `is told ${event.offsets}`)}`,
  'end-asked': (event, { name }) =>
    `${name} asks for the end of ${partitionOf(event)}: it ${endOf(event, `is told ${event.highWatermark}`)}`,
  'view-began': (event, { name }) =>
    `${name} begins to read ${partitionOf(event)} (${event.why}${event.group === '' ? '' : `, group ${event.group}`})`,
  'view-ended': (event, { name }) => `${name} no longer reads ${partitionOf(event)} (${event.why})`,
  'corruption-reported': (event, { name }) =>
    `${name} meets damaged bytes at offset ${event.offset} of ${partitionOf(event)}`,
  'partition-scanned': (event, { named }) => {
    const through = event.through < 0 ? '' : ` through ${named(event.through)}`;
    const all = event.complete ? '' : ' and does not reach the end';
    return (
      `the final scan reads ${partitionOf(event)}${through} from ${event.logStartOffset} up to` +
      ` ${event.logEndOffset} and finds ${event.records} records${all}`
    );
  },
};
