// Every disk operation takes longer: a neighbour, a dying device, a full cache.

import { z } from 'zod';
import { fault, troubled } from '../fault.ts';

export const diskSlow = fault({
  name: 'disk-slow',
  doc: 'every disk operation takes so many times as long, until healed',
  parameters: { times: z.int().min(2).max(100_000).optional().describe('default 100') },
  inflict(patient, { times = 100 }) {
    return troubled(patient.troubleDisk({ kind: 'slow', times }), `the disk is ${times} times slower`);
  },
});
