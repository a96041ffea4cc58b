// The device answers EIO. Kafka gives up a log directory that does, and with its last one the broker.

import { z } from 'zod';
import { fault, troubled } from '../fault.ts';

const operationsOf = {
  read: ['readAt', 'list', 'open'],
  write: ['append', 'writeAt', 'truncate', 'rename', 'remove', 'makeDir'],
  any: undefined,
} as const;

export const diskEio = fault({
  name: 'disk-eio',
  doc: 'reads or writes fail with an I/O error, once or until healed',
  parameters: {
    operation: z.enum(['read', 'write', 'any']).optional().describe('default any'),
    path: z.string().optional().describe('only files whose path contains this'),
    once: z.boolean().optional(),
  },
  damage: 'unsynced-lost',
  excusesHalt: true,
  inflict(patient, { operation = 'any', path = '', once = false }) {
    const operations = operationsOf[operation];
    const selector = { ...(operations === undefined ? {} : { operations }), pathContains: path };
    const fault = { kind: 'io', ratio: { numerator: 1, denominator: 1 } } as const;
    const trouble = patient.troubleDisk(selector, fault, once ? 1 : undefined);
    return reviving(
      patient,
      troubled(trouble, `the disk fails (${operation}${path === '' ? '' : ` of ${path}`})`),
    );
  },
});

/** Healing also starts a broker that gave up. */
function reviving<T extends { heal(): void }>(patient: { alive(): boolean; boot(): void }, inflicted: T): T {
  return {
    ...inflicted,
    heal() {
      inflicted.heal();
      if (!patient.alive()) patient.boot();
    },
  };
}
