// Appends to one partition are in the order of real time: what was sent after another record had been acknowledged
// stands behind it, whoever sent the two.
//
// Sound because: a leader gives offsets upwards, and every later leader begins at or behind what was acknowledged with
// acks=all. The acknowledgement of a repeated batch names its first offset, which is older still. With acks=1 a deposed
// leader may give an offset that is given again: only acks=all is compared.

import { partitionKey } from '../../engine/index.ts';
import { listOf } from '../lists.ts';
import type { Material } from '../material.ts';
import type { SendOperation } from '../record/history.ts';
import { valueName } from '../record/value.ts';
import { checker, type Report } from '../verdict.ts';

export const order = checker({
  name: 'order',
  doc: 'records stand in the order of real time',
  invariants: {
    'realtime-order-inversion': 'a record that was sent after another was acknowledged stands before it',
  },

  check(material: Material, report: Report): void {
    const byPartition = new Map<string, SendOperation[]>();
    for (const send of material.sends) {
      if (send.outcome !== 'ok' || send.acks !== -1 || send.offset < 0) continue;
      listOf(byPartition, partitionKey(send.topic, send.ackedPartition)).push(send);
    }
    for (const sends of byPartition.values()) compare(material, report, sends);
  },
});

/** In the order in which they were sent, against the highest offset acknowledged before. */
function compare(material: Material, report: Report, sends: readonly SendOperation[]): void {
  const endedFirst = [...sends].sort((a, b) => endOf(a) - endOf(b));
  const sentFirst = [...sends].sort((a, b) => a.invoked.step - b.invoked.step);
  let highest: SendOperation | undefined;
  let next = 0;
  for (const send of sentFirst) {
    for (let ended = endedFirst[next]; ended !== undefined && endOf(ended) < send.invoked.step; ) {
      if (highest === undefined || ended.offset > highest.offset) highest = ended;
      ended = endedFirst[++next];
    }
    if (highest === undefined) continue;
    report.judged(1);
    if (send.offset > highest.offset) continue;
    const { topic, ackedPartition: partition } = send;
    const { lawful } = material.contracts.place(-1, topic, partition, highest.offset, highest.invoked.step);
    const prose =
      `${valueName(send)} was sent after ${valueName(highest)} had been acknowledged at ${topic}/${partition} offset` +
      ` ${highest.offset}, and was acknowledged at offset ${send.offset}`;
    const facts = { topic, partition, offset: send.offset, before: highest.offset };
    report.found(lawful, 'realtime-order-inversion', send.completed ?? send.invoked, prose, facts);
  }
}

function endOf(send: SendOperation): number {
  return send.completed?.step ?? Number.MAX_SAFE_INTEGER;
}
