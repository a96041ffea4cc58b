// A sync fails, and the pages it should have written are marked clean, kept for readers or dropped (the file system
// decides, the seed draws): to try again would be to lie, and to read them again proves nothing.

import { z } from 'zod';
import { fault, troubled } from '../fault.ts';

export const fsyncFail = fault({
  name: 'fsync-fail',
  doc: 'fsync fails and the pages are gone, once or until healed; a broker that gave up is started again then',
  parameters: {
    path: z.string().optional().describe('only files whose path contains this'),
    once: z.boolean().optional(),
  },
  damage: 'marked-clean',
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
