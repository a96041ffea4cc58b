// Whatever a reader gets was sent, was sent there, was not refused, and is unharmed.
//
// A batch that fails its checksum is found by the reader, not by the broker, which does not look at what it serves.
// But it may be there only where bits rotted, or where an fsync failed or lied: what else harms a batch, a torn write
// above all, recovery has to cut off, because it lies above the recovery point.

import { type Material, type Observation, scanName } from '../material.ts';
import type { Scan } from '../record/history.ts';
import { type At, checker, type Report } from '../verdict.ts';

export const records = checker({
  name: 'records',
  doc: 'records that are read were written, in this place, with these bytes',
  invariants: {
    'phantom-record': 'a record was read that nobody sent, or that was sent to another partition',
    'failed-write-visible':
      'a record was read whose send had failed for sure, or that a complete scan has and another has not',
    'silent-corruption': 'damaged bytes were served as a valid record',
    'damage-served': 'a log has a batch that fails its checksum, and nothing harmed what was durable',
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
    undecided(material, report);
    damage(material, report);
  },
});

/** Where a checksum failed, for a reader or for a scan: told once for each place. */
function damage(material: Material, report: Report): void {
  const found = new Map<string, { topic: string; partition: number; offset: number; by: string; at: At }>();
  const scans = [...material.scans.values(), ...[...material.replicaScans.values()].flat()];
  for (const scan of scans) {
    report.judged(1);
    const { topic, partition, at } = scan;
    for (const offset of scan.corruptAt)
      found.set(`${topic} ${partition} ${offset}`, { topic, partition, offset, by: scanName(scan), at });
  }
  for (const entry of material.parts.entries) {
    if (entry.kind !== 'corruption-reported') continue;
    const { topic, partition, offset, client: by, at } = entry;
    found.set(`${topic} ${partition} ${offset}`, { topic, partition, offset, by, at });
  }
  for (const { topic, partition, offset, by, at } of found.values()) {
    const harm = material.parts.effects.find(
      (effect) =>
        effect.tookEffect && (effect.damage === 'anything-lost' || effect.damage === 'marked-clean'),
    );
    const because = harm === undefined ? '' : `; lawful: ${harm.fault} at ${harm.target}`;
    const prose = `${by} met a batch at ${topic}/${partition} offset ${offset} that fails its checksum${because}`;
    report.found(harm !== undefined, 'damage-served', at, prose, { topic, partition, offset });
  }
}

/**
 * A send of unknown outcome may have happened or not, but only one of the two for ever: what one complete scan shows
 * below its end, every other shows too.
 */
function undecided(material: Material, report: Report): void {
  for (const [key, others] of material.replicaScans) {
    const first = material.scans.get(key);
    const scans = (first === undefined ? others : [first, ...others]).filter(({ complete }) => complete);
    for (const has of scans) {
      for (const lacks of scans) if (lacks !== has) compareScans(material, report, has, lacks);
    }
  }
}

function compareScans(material: Material, report: Report, has: Scan, lacks: Scan): void {
  const { topic, partition } = has;
  const values = new Set(lacks.records.map(({ value }) => value));
  for (const { offset, value } of has.records) {
    const send = value === null ? undefined : material.sendOf(value);
    if (send === undefined || send.outcome === 'ok' || send.outcome === 'failed') continue;
    if (offset < lacks.logStartOffset || offset >= lacks.logEndOffset || lacks.corruptAt.includes(offset))
      continue;
    report.judged(1);
    if (values.has(value)) continue;
    report.found(
      material.contracts.place(-1, topic, partition, offset, send.invoked.step).lawful,
      'failed-write-visible',
      has.at,
      `${value}, whose outcome is unknown, stands at ${topic}/${partition} offset ${offset} in the` +
        ` ${scanName(has)}, and not in the ${scanName(lacks)}`,
      { topic, partition, offset, value },
    );
  }
}

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
