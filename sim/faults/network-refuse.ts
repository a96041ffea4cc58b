// New connections are refused, as by a firewall that rejects; those there are go on.

import { fault, troubled } from '../fault.ts';
import { links } from '../scenario/pieces.ts';

export const networkRefuse = fault({
  name: 'network-refuse',
  doc: 'new connections to the node are refused until healed',
  parameters: { ...links },
  inflict(patient, which, scene) {
    const trouble = patient.troubleNetwork('to', { kind: 'refuse' }, scene.linksOf(which));
    return troubled(trouble, 'connections are refused');
  },
});
