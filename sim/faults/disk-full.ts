// No space is left; what is there can be read.

import { fault, troubled } from '../fault.ts';

export const diskFull = fault({
  name: 'disk-full',
  doc: 'writes that need space fail, until healed; a broker that gave up is started again then',
  parameters: {},
  excusesHalt: true,
  inflict(patient) {
    const inflicted = troubled(patient.troubleDisk({}, { kind: 'full' }), 'the disk is full');
    return {
      ...inflicted,
      heal() {
        inflicted.heal();
        if (!patient.alive()) patient.boot();
      },
    };
  },
});
