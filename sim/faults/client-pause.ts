// A client stands still, perhaps for longer than its session; then it goes on as if nothing had happened.

import { fault, nothingToHurt } from '../fault.ts';

export const clientPause = fault({
  name: 'client-pause',
  doc: 'a client stands still until healed, its connections open',
  parameters: {},
  role: 'client',
  inflict(patient) {
    if (!patient.alive() || patient.paused()) return nothingToHurt;
    patient.pause();
    return { tookEffect: true, detail: 'the client was paused', heal: () => patient.resume() };
  },
});
