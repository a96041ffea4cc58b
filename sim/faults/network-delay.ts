// Everything takes longer by an amount drawn per chunk; order stays.

import { z } from 'zod';
import { fault, troubled } from '../fault.ts';

export const networkDelay = fault({
  name: 'network-delay',
  doc: 'bytes from and to the node take longer, until healed',
  parameters: {
    addedMs: z.tuple([z.int().min(0), z.int().min(1).max(60_000)]).optional().describe('from and to; default [50, 500]'),
  },
  inflict(patient, { addedMs = [50, 500] }) {
    const addedUs = [addedMs[0] * 1000, addedMs[1] * 1000] as const;
    return troubled(patient.troubleNetwork({ kind: 'delay', addedUs }), `bytes take ${addedMs.join('-')} ms longer`);
  },
});
