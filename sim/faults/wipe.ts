// The machine comes back with an empty disk.

import { fault, nothingToHurt } from '../fault.ts';

export const wipe = fault({
  name: 'wipe',
  doc: 'the broker dies and comes back with an empty disk when healed',
  parameters: {},
  damage: 'anything-lost',
  inflict(patient) {
    if (!patient.alive()) return nothingToHurt;
    patient.crash();
    patient.wipe();
    return {
      tookEffect: true,
      detail: 'the disk was wiped',
      heal: () => {
        if (!patient.alive()) patient.boot();
      },
    };
  },
});
