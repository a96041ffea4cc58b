// Nothing moves for a while, then all of it does.

import { fault, troubled } from '../fault.ts';

export const networkStall = fault({
  name: 'network-stall',
  doc: 'bytes from and to the node stand still until healed, and arrive then',
  parameters: {},
  inflict(patient) {
    return troubled(patient.troubleNetwork('both', { kind: 'cut' }), 'the connections stand still');
  },
});
