// Nothing gets through, in one direction or both.

import { z } from 'zod';
import { fault, troubled } from '../fault.ts';

export const networkCut = fault({
  name: 'network-cut',
  doc: 'nothing gets through from the node, to it, or both, until healed',
  parameters: { direction: z.enum(['from', 'to', 'both']).optional().describe('default both') },
  inflict(patient, { direction = 'both' }) {
    return troubled(patient.troubleNetwork(direction, { kind: 'cut' }), `the line is cut (${direction})`);
  },
});
