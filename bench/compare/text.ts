// A comparison as text for a terminal: what was asked, the verdicts, and what stands against them. Pure.

import type { Comparison } from '../result.ts';
import { type ComparedMetric, directionOf } from './comparing.ts';

export function comparisonText(comparison: Comparison): string[] {
  const { question, same, rounds, voidBecause, notes, metrics, confidence } = comparison;
  const level = `${(100 * confidence).toFixed(1)} %`;
  return [
    `${question}${same ? '  [A/A]' : ''}, ${rounds.length} rounds, intervals at ${level}`,
    ...(voidBecause === null ? [] : [`  VOID: ${voidBecause}`]),
    ...metrics.filter(({ ratios }) => ratios.length > 0).map(metricText),
    ...unmeasured(metrics),
    ...notes.map((note) => `  note           ${note}`),
  ];
}

export function metricText(metric: ComparedMetric): string {
  const { name, medianRatio, low, high, signedRankP, smallestVisible, verdict } = metric;
  const direction = directionOf(metric);
  const said = direction === 'neither' ? verdict : `different, ${direction}`;
  const interval = low === null || high === null ? '' : ` [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const p = signedRankP === null ? '' : `, p ${signedRankP < 0.001 ? '< 0.001' : signedRankP.toFixed(3)}`;
  const visible = smallestVisible === null ? '' : `, could tell ${(100 * smallestVisible).toFixed(1)} %`;
  const ratio = medianRatio === null ? '-' : medianRatio.toFixed(3);
  return `  ${name.padEnd(28)} ${said.padEnd(18)} ${ratio}${interval}${p}${visible}`;
}

function unmeasured(metrics: readonly ComparedMetric[]): string[] {
  const names = metrics.filter(({ ratios }) => ratios.length === 0).map(({ name }) => name);
  return names.length === 0 ? [] : [`  not measured   ${names.join(', ')}`];
}
