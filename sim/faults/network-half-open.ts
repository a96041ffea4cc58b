// The other end is gone and no packet says so: only a timeout finds out.

import { fault, troubled } from '../fault.ts';

export const networkHalfOpen = fault({
  name: 'network-half-open',
  doc: 'the connections of the node are dead and nobody is told; new ones work',
  parameters: {},
  inflict(patient) {
    const trouble = patient.troubleNetwork({ kind: 'half-open' });
    return { ...troubled(trouble, 'connections went half-open'), tookEffect: trouble.felt() > 0 };
  },
});
