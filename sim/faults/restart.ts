// Dies and is started again at once: the shortest outage there is.

import { fault, nothingToHurt } from '../fault.ts';

export const restart = fault({
  name: 'restart',
  doc: 'the broker process dies and is started again at once',
  parameters: {},
  inflict(patient) {
    if (!patient.alive()) return nothingToHurt;
    patient.crash();
    patient.boot();
    return { tookEffect: true, detail: 'the process was restarted', heal: () => {} };
  },
});
