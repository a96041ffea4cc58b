// New connections are refused, as by a firewall that rejects; those there are go on.

import { fault, troubled } from '../fault.ts';

export const networkRefuse = fault({
  name: 'network-refuse',
  doc: 'new connections to the node are refused until healed',
  parameters: {},
  inflict(patient) {
    return troubled(patient.troubleNetwork('to', { kind: 'refuse' }), 'connections are refused');
  },
});
