// The process dies and is started again: page cache and files are as they were.

import { fault, nothingToHurt } from '../fault.ts';

export const crash = fault({
  name: 'crash',
  doc: 'the broker process dies; the page cache survives; it starts again when healed',
  parameters: {},
  inflict(patient) {
    if (!patient.alive()) return nothingToHurt;
    patient.crash();
    return { tookEffect: true, detail: 'the process died', heal: () => bootOnce(patient) };
  },
});

function bootOnce(patient: { alive(): boolean; boot(): void }): void {
  if (!patient.alive()) patient.boot();
}
