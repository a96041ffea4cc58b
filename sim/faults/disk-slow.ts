// Every disk operation takes longer: a neighbour, a dying device, a full cache.

import { z } from 'zod';
import { fault, troubled } from '../fault.ts';

export const diskSlow = fault({
  name: 'disk-slow',
  doc: 'every disk operation takes longer, until healed',
  parameters: {
    meanExtraMs: z.int().min(1).max(600_000).optional().describe('with a long tail; default 20'),
  },
  inflict(patient, { meanExtraMs = 20 }) {
    const trouble = patient.troubleDisk({}, { kind: 'slow', meanExtraUs: meanExtraMs * 1000 });
    return troubled(trouble, `disk operations take ${meanExtraMs} ms longer`);
  },
});
