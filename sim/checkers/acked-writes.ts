// Nothing that was acknowledged may be missing at the end, within the loss budget of `Losses`.

import { partitionKey } from '../../engine/index.ts';
import { listOf, type Material } from '../material.ts';
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
    const scanned = new Map<string, Set<string>>();
    for (const [key, scan] of material.scans) {
      const values = scan.records.map((record) => record.value);
      scanned.set(key, new Set(values.filter((value) => value !== null)));
    }
    const readBefore = readers(material);
    for (const send of material.sends) {
      if (send.outcome !== 'ok') continue;
      const key = partitionKey(send.topic, send.ackedPartition);
      const scan = material.scans.get(key);
      if (scan === undefined || !coversOffset(scan, send.offset)) continue;
      report.judged(1);
      const name = valueName(send);
      if (scanned.get(key)?.has(name)) continue;
      if (send.offset >= 0 && material.losses.trimmed(send.topic, send.ackedPartition, send.offset)) continue;
      tell(material, report, send, scan, readBefore.get(name) ?? []);
    }
  },
});

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
  const lawful = material.losses.mayLose(acks, topic, partition, offset, send.invoked.step);
  const seen = seenBy.length > 0 ? `, although ${seenBy[0]} had read it` : '';
  const asked = acks === -1 ? 'all' : String(acks);
  report.found(
    lawful,
    'acked-write-lost',
    send.completed ?? send.invoked,
    `${valueName(send)} was acknowledged (acks=${asked}) at ${topic}/${partition} offset ${offset}` +
      ` and is gone: the final scan of ${scan.logStartOffset}..${scan.logEndOffset} does not have it${seen}`,
    { topic, partition, offset, value: valueName(send), acks, seen: seenBy.length > 0 },
  );
}
