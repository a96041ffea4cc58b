// A group's offset is a register: whoever reads it gets the latest commit, in an order that agrees with real time. But
// a coordinator that was deposed and does not know yet answers from memory, in Kafka as well: what was asked during
// such a time is a witness. A commit of which nobody knows what came of it may be read from when it began on, and need
// not be: the client's own commits as the history has them, automatic ones as their coordinators tell of them.

import type { Material } from '../material.ts';
import { checker, type Report } from '../verdict.ts';

export const commits = checker({
  name: 'commits',
  doc: 'committed offsets stay committed',
  invariants: {
    'commit-regression': 'a reading of a group offset returns an overwritten commit, none, or one never made',
  },

  check(material: Material, report: Report): void {
    for (const read of material.offsetFetches) {
      if (read.outcome !== 'ok' || read.completed === null) continue;
      for (const { topic, partition, offset } of read.offsets) {
        report.judged(1);
        const { group, invoked, completed, client } = read;
        const legal = material.committed(group, topic, partition, invoked.step, completed.step);
        if (offset < 0 ? legal.mayBeNone : legal.offsets.has(offset)) continue;
        const expected = [...legal.offsets].sort((a, b) => a - b).join(', ');
        report.found(
          material.losses.lossyBetween(0, completed.step) ||
            material.deposedCoordinated(group, invoked.step, completed.step),
          'commit-regression',
          completed,
          `${client} read ${offset < 0 ? 'no offset' : `offset ${offset}`} of the group ${group} for` +
            ` ${topic}/${partition}; after the commits so far it can only be ${expected === '' ? 'none' : expected}`,
          { topic, partition, group, offset, expected },
        );
      }
    }
  },
});
