// Connections break and what was under way never arrives: requests are not seen, answers neither.

import { fault } from '../fault.ts';
import { links } from '../scenario/pieces.ts';

export const networkResetBeforeDelivery = fault({
  name: 'network-reset-before-delivery',
  doc: 'the connections of the node break; bytes under way are lost',
  parameters: { ...links },
  inflict(patient, which, scene) {
    const hurt = patient.resetConnections('before-delivery', scene.linksOf(which));
    return {
      tookEffect: hurt > 0,
      detail: `${hurt} connections were reset, bytes under way were lost`,
      heal: () => {},
    };
  },
});
