// The target is alone: nobody hears it and it hears nobody. Several targets hear each other.

import { setFault, troubled } from '../fault.ts';

export const networkIsolate = setFault({
  name: 'network-isolate',
  doc: 'nothing gets through between the target and everybody else, until healed',
  parameters: {},
  inflict(patients, _, scene) {
    const scope = scene.linksOf({ against: 'others' });
    const troubles = patients.map((patient) => patient.troubleNetwork('both', { kind: 'cut' }, scope));
    return troubled(troubles, 'cut off from everybody else');
  },
});
