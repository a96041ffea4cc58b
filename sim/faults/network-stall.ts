// Nothing moves for a while, then all of it does.

import { fault, troubled } from '../fault.ts';
import { links } from '../scenario/pieces.ts';

export const networkStall = fault({
  name: 'network-stall',
  doc: 'bytes from and to the node stand still until healed, and arrive then',
  parameters: { ...links },
  inflict(patient, which, scene) {
    const trouble = patient.troubleNetwork('both', { kind: 'cut' }, scene.linksOf(which));
    return troubled(trouble, 'the connections stand still');
  },
});
