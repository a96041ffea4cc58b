// Whatever a reader gets was sent, was sent there, was not refused, and is unharmed.

import type { Material, Observation } from '../material.ts';
import { checker, type Report } from '../verdict.ts';

export const records = checker({
  name: 'records',
  doc: 'records that are read were written, in this place, with these bytes',
  invariants: {
    'phantom-record': 'a record was read that nobody sent, or that was sent to another partition',
    'failed-write-visible': 'a record was read whose send had failed for sure',
    'silent-corruption': 'damaged bytes were served as a valid record',
  },

  check(material: Material, report: Report): void {
    const told = new Set<string>();
    for (const observation of material.observations()) {
      report.judged(1);
      const anomaly = anomalyOf(material, observation);
      if (anomaly === undefined) continue;
      const { topic, partition, offset, value, at, by } = observation;
      const identity = `${anomaly.invariant} ${topic} ${partition} ${offset}`;
      if (told.has(identity)) continue;
      told.add(identity);
      report.violated(
        anomaly.invariant,
        at,
        `${by} read ${value ?? 'bytes that are no value'} at ${topic}/${partition} offset ${offset}: ${anomaly.why}`,
        { topic, partition, offset, value },
      );
    }
  },
});

function anomalyOf(material: Material, read: Observation): { invariant: string; why: string } | undefined {
  if (read.value === null) return { invariant: 'silent-corruption', why: 'its checksum does not match' };
  if (
    read.valueTopic !== read.topic ||
    (read.valuePartition >= 0 && read.valuePartition !== read.partition)
  ) {
    const place = `${read.valueTopic}/${read.valuePartition < 0 ? '*' : read.valuePartition}`;
    return { invariant: 'phantom-record', why: `it was written for ${place}` };
  }
  const send = material.sendOf(read.value);
  if (send === undefined) return { invariant: 'phantom-record', why: 'nobody sent it' };
  if (send.outcome === 'failed') {
    return { invariant: 'failed-write-visible', why: `its producer was told that it failed (${send.error})` };
  }
  return undefined;
}
