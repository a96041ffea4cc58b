// Nothing that was acknowledged may be missing at the end, unless its contract says so (contract/record-contract.ts).

import { partitionKey } from '../../engine/index.ts';
import { evidenceOf } from '../contract/because.ts';
import { listOf } from '../lists.ts';
import { type Material, scanName } from '../material.ts';
import type { Scan, SendOperation } from '../record/history.ts';
import { valueName } from '../record/value.ts';
import { checker, type Report } from '../verdict.ts';

export const ackedWrites = checker({
  name: 'acked-writes',
  doc: 'acknowledged records are still there when everything is healed',
  invariants: {
    'acked-write-lost':
      'a record acknowledged at an offset is absent from the final scan, and was bound to be there',
  },

  check(material: Material, report: Report): void {
    const scanned = new Map<Scan, ReadonlySet<string>>();
    const readBefore = readers(material);
    for (const send of material.sends) {
      if (send.outcome !== 'ok') continue;
      const key = partitionKey(send.topic, send.ackedPartition);
      const name = valueName(send);
      const scans = [material.scans.get(key), ...(material.replicaScans.get(key) ?? [])];
      for (const scan of scans) {
        if (scan === undefined || !coversOffset(scan, send.offset)) continue;
        report.judged(1);
        if (valuesOf(scanned, scan).has(name)) continue;
        if (material.contracts.of(send).survives.is === 'removed') continue;
        tell(material, report, send, scan, readBefore.get(name) ?? []);
        break;
      }
    }
  },
});

function valuesOf(scanned: Map<Scan, ReadonlySet<string>>, scan: Scan): ReadonlySet<string> {
  const known = scanned.get(scan);
  if (known !== undefined) return known;
  const values = new Set(scan.records.map(({ value }) => value).filter((value) => value !== null));
  scanned.set(scan, values);
  return values;
}

/** A scan that did not reach the end says nothing of what lies above its last record. */
function coversOffset(scan: Scan, offset: number): boolean {
  if (scan.complete) return true;
  return offset >= 0 && offset <= (scan.records.at(-1)?.offset ?? -1);
}

function readers(material: Material): Map<string, string[]> {
  const byValue = new Map<string, string[]>();
  for (const observation of material.observations()) {
    if (observation.value !== null) listOf(byValue, observation.value).push(observation.by);
  }
  return byValue;
}

function tell(material: Material, report: Report, send: SendOperation, scan: Scan, seenBy: string[]): void {
  const { topic, ackedPartition: partition, offset, acks } = send;
  const { survives } = material.contracts.of(send);
  let excuse = { lawful: survives.is === 'may-vanish', because: survives.because };
  if (!excuse.lawful && scan.corruptAt.includes(offset)) excuse = material.losses.rotten(topic, partition);
  const seen = seenBy.length > 0 ? `, although ${seenBy[0]} had read it (seen-then-lost)` : '';
  const asked = acks === -1 ? 'all' : String(acks);
  report.found(
    excuse.lawful,
    'acked-write-lost',
    send.completed ?? send.invoked,
    `${valueName(send)} was acknowledged (acks=${asked}) at ${topic}/${partition} offset ${offset}` +
      ` and is gone: the ${scanName(scan)} of ${scan.logStartOffset}..${scan.logEndOffset} does not have it${seen};` +
      ` ${excuse.lawful ? 'lawful' : 'unlawful'}: ${excuse.because.prose}`,
    {
      topic,
      partition,
      offset,
      value: valueName(send),
      acks,
      seen: seenBy.length > 0,
      ...evidenceOf(excuse.because),
    },
  );
}
