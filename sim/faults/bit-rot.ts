// Bits change in bytes that were stored long ago. Nothing heals them: what is asked for is that nobody is served them.

import { z } from 'zod';
import { fault, nothingToHurt } from '../fault.ts';

export const bitRot = fault({
  name: 'bit-rot',
  doc: 'some bits change in a stored file; never healed',
  parameters: {
    path: z.string().optional().describe('only files whose path contains this; default .log'),
    bits: z.int().min(1).max(64).optional().describe('default 1'),
    closedSegmentsOnly: z.boolean().optional().describe('spare the newest segment of each log'),
  },
  damage: 'anything-lost',
  excusesHalt: true,
  inflict(patient, { path = '.log', bits = 1, closedSegmentsOnly = false }) {
    const file = patient.rotBits({ path, bits, closedSegmentsOnly });
    if (file === undefined) return nothingToHurt;
    // The directory of a log is called after its partition; any other file may matter to all of them.
    const partition = /([\w.-]+-\d+)\/[^/]*$/.exec(file)?.[1];
    return { tookEffect: true, detail: `${bits} bits changed in ${file}`, partition, heal: () => {} };
  },
});
