// A sync fails, and the pages it should have written are dropped and marked clean: to try again would be to lie.

import { z } from 'zod';
import { fault, troubled } from '../fault.ts';

export const fsyncFail = fault({
  name: 'fsync-fail',
  doc: 'fsync fails and the pages are gone, once or until healed; a broker that gave up is started again then',
  parameters: {
    path: z.string().optional().describe('only files whose path contains this'),
    once: z.boolean().optional(),
  },
  damage: 'unsynced-lost',
  excusesHalt: true,
  inflict(patient, { path = '', once = false }) {
    const fault = { kind: 'sync-fails', ratio: { numerator: 1, denominator: 1 } } as const;
    const inflicted = troubled(
      patient.troubleDisk({ pathContains: path }, fault, once ? 1 : undefined),
      'fsync fails',
    );
    return {
      ...inflicted,
      heal() {
        inflicted.heal();
        if (!patient.alive()) patient.boot();
      },
    };
  },
});
