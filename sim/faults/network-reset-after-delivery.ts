// Connections break after what was under way towards the node has arrived: it acts on requests whose answers nobody gets.

import { fault, troubled } from '../fault.ts';

export const networkResetAfterDelivery = fault({
  name: 'network-reset-after-delivery',
  doc: 'the connections of the node break after delivery: requests are acted on, answers are lost',
  parameters: {},
  inflict(patient) {
    const trouble = patient.troubleNetwork({ kind: 'reset', delivered: true });
    return { ...troubled(trouble, 'connections were reset after delivery'), tookEffect: trouble.felt() > 0 };
  },
});
