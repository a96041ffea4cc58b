// A client dies without a word to the broker, and comes back as a new session that knows nothing of the old one.

import { fault, nothingToHurt } from '../fault.ts';

export const clientCrash = fault({
  name: 'client-crash',
  doc: 'a client dies; when healed it starts again as a new session',
  parameters: {},
  role: 'client',
  inflict(patient) {
    if (!patient.alive()) return nothingToHurt;
    patient.crash();
    return {
      tookEffect: true,
      detail: 'the client died',
      heal: () => {
        if (!patient.alive()) patient.boot();
      },
    };
  },
});
