import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'vitest';
import { ScenarioReader, registries, run, runToEnd, judgeScenario, controlOf } from './index.ts';
test('x', { timeout: 600000 }, () => {
  const reader = new ScenarioReader(registries);
  for (const name of readdirSync('scenarios', { recursive: true, encoding: 'utf8' }).filter(n => n.endsWith('.jsonc')).sort()) {
    const read = reader.read(name, readFileSync(`scenarios/${name}`, 'utf8'));
    if (!read.ok) throw new Error(read.error.join('\n'));
    const s = Array.from({ length: 20 }, (_, i) => String(i + 1));
    const outs = s.map(seed => runToEnd(run(read.value, seed)));
    const c = controlOf(read.value);
    const controls = c ? s.slice(0, 10).map(seed => runToEnd(run(read.value, seed, { overrides: c }))) : [];
    const j = judgeScenario(read.value, outs, controls);
    console.log(name, j.result, j.witnessed, j.reasons.slice(0, 3).map(r => r.slice(0, 300)).join(' | '));
  }
});
