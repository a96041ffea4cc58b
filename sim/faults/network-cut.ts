// Nothing gets through, in one direction or both.

import { fault, troubled } from '../fault.ts';
import { direction, links } from '../scenario/pieces.ts';

export const networkCut = fault({
  name: 'network-cut',
  doc: 'nothing gets through from the node, to it, or both, until healed',
  parameters: { direction, ...links },
  inflict(patient, { direction = 'both', ...which }, scene) {
    const trouble = patient.troubleNetwork(direction, { kind: 'cut' }, scene.linksOf(which));
    return troubled(trouble, `the line is cut (${direction})`);
  },
});
