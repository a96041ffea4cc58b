// The machine loses power: each write that no fsync covered is there, lost or torn, and so is each new name.

import { fault, nothingToHurt } from '../fault.ts';

export const powerLoss = fault({
  name: 'power-loss',
  doc: 'the machine loses power: what was not durable is written, lost or torn; it starts again when healed',
  parameters: {},
  damage: 'unsynced-lost',
  inflict(patient) {
    if (!patient.alive()) return nothingToHurt;
    patient.losePower();
    return {
      tookEffect: true,
      detail: 'power was lost',
      heal: () => {
        if (!patient.alive()) patient.boot();
      },
    };
  },
});
