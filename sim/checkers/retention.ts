// Retention, in both directions. It may take what is too old or too much, and nothing else: what it takes too early is
// lost, however orderly it went (retained-too-short.ts). And it has to take it: a log that only grows is a disk that
// will be full (retained-too-long.ts). Where clocks were wrong, ages mean nothing and are not judged.

import type { Material } from '../material.ts';
import { checker, type Report } from '../verdict.ts';
import { tellTooLong } from './retained-too-long.ts';
import { tellTooShort } from './retained-too-short.ts';

export const retention = checker({
  name: 'retention',
  doc: 'retention takes what is too old or too much, all of it and nothing else',
  invariants: {
    'retained-too-short':
      'retention took records that were neither too old nor too much, nor below the start of the log',
    'retained-too-long': 'retention left a segment that was too old, or too much, for several of its rounds',
  },

  check(material: Material, report: Report): void {
    const clocksAreTrue = areClocksTrue(material);
    tellTooShort(material, report, clocksAreTrue);
    if (material.parts.converged && clocksAreTrue) tellTooLong(material, report);
  },
});

function areClocksTrue({ parts }: Material): boolean {
  return (parts.clocksAreTrue ?? true) && !parts.effects.some(({ fault }) => fault.startsWith('clock-'));
}
