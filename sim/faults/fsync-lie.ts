// The device says that all is durable, and it is not. Nothing that a broker does can help; a power loss shows it.

import { fault, troubled } from '../fault.ts';

export const fsyncLie = fault({
  name: 'fsync-lie',
  doc: 'fsync succeeds and makes nothing durable, until healed',
  parameters: {},
  damage: 'anything-lost',
  inflict(patient) {
    const fault = { kind: 'sync-lies', ratio: { numerator: 1, denominator: 1 } } as const;
    return troubled(patient.troubleDisk({}, fault), 'fsync lies');
  },
});
