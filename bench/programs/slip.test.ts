import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { median } from '../compare/median.ts';

/** Works in pieces, as a broker does, and says what processor time its whole life took. */
const worker = `
  let pieces = 0;
  let sum = 0;
  const work = () => {
    for (let at = 0; at < 2_000_000; at++) sum += Math.sqrt(at);
    if (++pieces < 25) setTimeout(work, 1);
    else { const { user, system } = process.cpuUsage(); console.log(user + system); }
  };
  work();
`;

function usUsed(percent: number): number {
  const preload = pathToFileURL(join(import.meta.dirname, 'slip-preload.ts'));
  preload.searchParams.set('percent', String(percent));
  const words = percent === 0 ? [] : ['--import', preload.href];
  return Number(execFileSync(process.execPath, [...words, '--eval', worker], { encoding: 'utf8' }));
}

test('a slip burns its share of what the process uses, and the process ends as ever', () => {
  // Twice the work is told from the same work on any machine, however busy.
  const ratios = Array.from({ length: 3 }, () => usUsed(100) / usUsed(0));
  expect(median(ratios)).toBeGreaterThan(1.4);
  expect(median(ratios)).toBeLessThan(2.8);
});

test('a slip of nothing is a mistake', () => {
  const preload = pathToFileURL(join(import.meta.dirname, 'slip-preload.ts')).href;
  const run = () => execFileSync(process.execPath, ['--import', preload, '--eval', ''], { stdio: 'pipe' });
  expect(run).toThrow(/slip-preload wants \?percent=/);
});
