// The device stops answering; what was asked of it completes when it comes back.

import { z } from 'zod';
import { fault, troubled } from '../fault.ts';

export const diskStuck = fault({
  name: 'disk-stuck',
  doc: 'disk operations do not complete until healed',
  parameters: { path: z.string().optional().describe('only files whose path contains this') },
  inflict(patient, { path = '' }) {
    return troubled(
      patient.troubleDisk({ pathContains: path }, { kind: 'stuck' }),
      'the disk does not answer',
    );
  },
});
