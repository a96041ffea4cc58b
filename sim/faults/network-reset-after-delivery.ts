// Connections break after what was under way towards the node has arrived: it acts on requests whose answers nobody
// gets.

import { fault } from '../fault.ts';
import { links } from '../scenario/pieces.ts';

export const networkResetAfterDelivery = fault({
  name: 'network-reset-after-delivery',
  doc: 'the connections of the node break after delivery: requests are acted on, answers are lost',
  parameters: { ...links },
  inflict(patient, which, scene) {
    const hurt = patient.resetConnections('after-delivery', scene.linksOf(which));
    return { tookEffect: hurt > 0, detail: `${hurt} connections were reset after delivery`, heal: () => {} };
  },
});
