// Connections break and what was under way never arrives: requests are not seen, answers neither.

import { fault, troubled } from '../fault.ts';

export const networkResetBeforeDelivery = fault({
  name: 'network-reset-before-delivery',
  doc: 'the connections of the node break; bytes under way are lost',
  parameters: {},
  inflict(patient) {
    const trouble = patient.troubleNetwork({ kind: 'reset', delivered: false });
    return { ...troubled(trouble, 'connections were reset, bytes under way lost'), tookEffect: trouble.felt() > 0 };
  },
});
