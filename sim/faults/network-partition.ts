// The network falls apart between two sets of nodes; within each of them everybody hears everybody. The sets are those
// of the moment: a client that comes later is on neither side.

import { setFault, troubled } from '../fault.ts';
import { direction, links } from '../scenario/pieces.ts';

export const networkPartition = setFault({
  name: 'network-partition',
  doc: 'nothing gets through between the target and others, one way or both, until healed',
  parameters: { direction, ...links },
  target: 'minority',
  inflict(patients, { direction = 'both', against = 'others', traffic }, scene) {
    const scope = scene.linksOf({ against, traffic });
    const troubles = patients.map((patient) => patient.troubleNetwork(direction, { kind: 'cut' }, scope));
    return troubled(troubles, `cut off (${direction}) from ${scope.others?.join(', ') ?? 'all'}`);
  },
});
