// The harness judges itself: a run in which nothing happened proves nothing.

import type { Material } from '../material.ts';
import { checker, type Report } from '../verdict.ts';

export const harness = checker({
  name: 'harness',
  doc: 'the run was worth judging',
  invariants: {
    'vacuous-pass': 'too little was done, or a fault that the scenario asks for did not take effect',
  },

  check(material: Material, report: Report): void {
    const { floor, entries, effects, requiredFaults, end } = material.parts;
    const counts = {
      ackedWrites: material.sends.filter((send) => send.outcome === 'ok').length,
      fetchedRecords: entries.filter((entry) => entry.kind === 'fetched').length,
      processedRecords: material.processed.length,
      effectiveFaults: effects.filter((effect) => effect.tookEffect).length,
    };
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) {
      const least = floor[name] ?? 0;
      report.judged(1);
      if (counts[name] >= least) continue;
      const prose = `the run counts ${counts[name]} ${words[name]}, the scenario asks for ${least}`;
      report.violated('vacuous-pass', end, prose, { floor: name, counted: counts[name], least });
    }
    for (const fault of requiredFaults) {
      report.judged(1);
      if (effects.some((effect) => effect.fault === fault && effect.tookEffect)) continue;
      report.violated('vacuous-pass', end, `the fault ${fault} did not take effect`, { fault });
    }
  },
});

const words = {
  ackedWrites: 'acknowledged writes',
  fetchedRecords: 'fetched records',
  processedRecords: 'processed records',
  effectiveFaults: 'faults that took effect',
} as const;
