// An offset names one record, for everybody and for ever; and an acknowledgement tells the truth about it.

import { partitionKey } from '../../engine/index.ts';
import { listOf } from '../lists.ts';
import type { Material } from '../material.ts';
import { valueName } from '../record/value.ts';
import { type At, checker, type Report } from '../verdict.ts';

interface Seen {
  readonly value: string;
  readonly by: string;
  readonly at: At;
  /** When it was sent: a reader may have fetched it, and an answer may have left, at any time since. */
  readonly since: number;
  /** What the acknowledgement promised; a reader was shown what is committed. */
  readonly acks: number;
}

export const offsets = checker({
  name: 'offsets',
  doc: 'one offset, one record',
  invariants: {
    'inconsistent-offset': 'two observations (reads, acknowledgements) of one offset show different records',
  },

  check(material: Material, report: Report): void {
    const seen = new Map<string, Map<number, Seen>>();
    const places = new Map<string, number[]>();
    for (const { topic, partition, offset, value, by, at } of material.observations()) {
      if (value === null) continue;
      report.judged(1);
      const key = partitionKey(topic, partition);
      listOf(places, `${key} ${value}`).push(offset);
      compare(material, report, seen, topic, partition, offset, {
        value,
        by,
        at,
        since: Math.min(at.step, material.sendOf(value)?.invoked.step ?? at.step),
        acks: -1,
      });
    }
    for (const send of material.sends) {
      if (send.outcome !== 'ok' || send.offset < 0) continue;
      const { topic, ackedPartition: partition, offset } = send;
      report.judged(1);
      const at = send.completed ?? send.invoked;
      const value = valueName(send);
      compare(material, report, seen, topic, partition, offset, {
        value,
        by: `the answer to ${send.session}`,
        at,
        since: send.invoked.step,
        acks: send.acks,
      });
      const elsewhere = places.get(`${partitionKey(topic, partition)} ${value}`);
      if (elsewhere === undefined || elsewhere.includes(offset)) continue;
      report.found(
        material.contracts.place(send.acks, topic, partition, offset, send.invoked.step).lawful,
        'inconsistent-offset',
        at,
        `${value} was acknowledged at ${topic}/${partition} offset ${offset}, but reads show it at ${elsewhere[0]}`,
        { topic, partition, offset, value, elsewhere: elsewhere[0] ?? -1 },
      );
    }
  },
});

function compare(
  material: Material,
  report: Report,
  seen: Map<string, Map<number, Seen>>,
  topic: string,
  partition: number,
  offset: number,
  now: Seen,
): void {
  const key = partitionKey(topic, partition);
  let log = seen.get(key);
  if (log === undefined) {
    log = new Map();
    seen.set(key, log);
  }
  const before = log.get(offset);
  if (before === undefined) {
    log.set(offset, now);
    return;
  }
  if (before.value === now.value) return;
  const firstStep = Math.min(before.since, now.since);
  const weakest = [0, 1].find((acks) => before.acks === acks || now.acks === acks) ?? -1;
  report.found(
    material.contracts.place(weakest, topic, partition, offset, firstStep).lawful,
    'inconsistent-offset',
    now.at,
    `${topic}/${partition} offset ${offset} is ${before.value} for ${before.by} and ${now.value} for ${now.by}`,
    { topic, partition, offset, value: before.value, other: now.value },
  );
}
