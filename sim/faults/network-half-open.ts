// The other end is gone and no packet says so: only a timeout finds out.

import { fault } from '../fault.ts';

export const networkHalfOpen = fault({
  name: 'network-half-open',
  doc: 'the connections of the node are dead and nobody is told; new ones work',
  parameters: {},
  inflict(patient) {
    const hurt = patient.severConnections();
    return { tookEffect: hurt > 0, detail: `${hurt} connections went half-open`, heal: () => {} };
  },
});
