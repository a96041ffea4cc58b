// The process stands still (SIGSTOP, a long garbage collection): sockets stay open, clocks go on.

import { fault, nothingToHurt } from '../fault.ts';

export const pause = fault({
  name: 'pause',
  doc: 'the broker process stands still until healed; its connections stay open',
  parameters: {},
  inflict(patient) {
    if (!patient.alive() || patient.paused()) return nothingToHurt;
    patient.pause();
    return { tookEffect: true, detail: 'the process was paused', heal: () => patient.resume() };
  },
});
