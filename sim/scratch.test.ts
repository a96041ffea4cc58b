import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { controlOf } from './expectation.ts';
import { registries } from './registries.ts';
import { run, runToEnd } from './run.ts';
import { ScenarioReader } from './scenario/read.ts';

test('x', { timeout: 600000 }, () => {
  const reader = new ScenarioReader(registries);
  for (const name of (process.env.S ?? 'acks/acks0-leader-crash').split(',')) {
    const read = reader.read(name, readFileSync(`scenarios/${name}.jsonc`, 'utf8'));
    if (!read.ok) throw new Error(read.error.join('\n'));
    for (let seed = 1; seed <= Number(process.env.N ?? 3); seed++)
      for (const o of process.env.C ? [{}, { overrides: controlOf(read.value) }] : [{}]) {
        const t = performance.now();
        const out = runToEnd(run(read.value, String(seed), o));
        console.log(
          name,
          seed,
          'overrides' in o ? 'CONTROL' : '',
          out.verdict,
          out.signature,
          'W:',
          [...new Set(out.witnesses.map((w) => w.invariant))].join(','),
          out.steps,
          Math.round(out.virtualUs / 1e6) + 's',
          Math.round(performance.now() - t) + 'ms',
          'acked',
          out.counters['send ok'],
          'eff',
          out.effects.filter((e) => e.tookEffect).length,
        );
        for (const v of out.violations.slice(0, 3))
          console.log('   V', v.invariant, v.prose.slice(0, 500), v.step);
        for (const j of out.judgements) if (j.reason) console.log('   R', j.reason);
        if (out.crash)
          console.log('   CRASH', out.crash.stack.split('\n').slice(0, 6).join('|'), out.crash.label);
        if (out.standstill)
          console.log(
            '   STILL',
            out.standstill.where,
            out.standstill.why,
            JSON.stringify(out.standstill.waits).slice(0, 400),
          );
        if (process.env.V)
          console.log(
            JSON.stringify(out.counters),
            JSON.stringify(out.witnesses.slice(0, 3)),
            JSON.stringify(out.effects).slice(0, 800),
          );
      }
  }
});
