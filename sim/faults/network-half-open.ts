// The other end is gone and no packet says so: only a timeout finds out.

import { fault } from '../fault.ts';
import { links } from '../scenario/pieces.ts';

export const networkHalfOpen = fault({
  name: 'network-half-open',
  doc: 'the connections of the node are dead and nobody is told; new ones work',
  parameters: { ...links },
  inflict(patient, which, scene) {
    const hurt = patient.severConnections(scene.linksOf(which));
    return { tookEffect: hurt > 0, detail: `${hurt} connections went half-open`, heal: () => {} };
  },
});
