// The costs of simulated workloads as text: a block each, every count in it, grouped by the first words of its name.
// Pure.

import type { CostDocument, WorkloadCost } from './document.ts';
import type { Counts } from './tally.ts';

const nameColumns = 18;
const columnsMax = 110;

export function costText({ model, workloads }: CostDocument): string {
  const numbers = Object.entries(model).map(([name, value]) => `${name} ${value}`);
  return [...row('model', numbers), ...workloads.flatMap(blockOf)].join('\n');
}

function blockOf({ name, durability, counts, sound, gaps }: WorkloadCost): string[] {
  const groups = new Map<string, string[]>();
  for (const [count, value] of Object.entries(counts)) {
    const dot = count.lastIndexOf('.');
    const group = dot < 0 ? 'world' : count.slice(0, dot);
    groups.set(group, [...(groups.get(group) ?? []), `${count.slice(dot + 1)} ${spaced(value)}`]);
  }
  return [
    '',
    `${name}  [${durability}]`,
    ...row('per record', perRecord(counts)),
    ...[...groups].flatMap(([group, texts]) => row(group, texts)),
    ...(sound ? [] : row('A GAP', gaps)),
  ];
}

/** What a record costs, of the counts that have the most to do with it. */
function perRecord(counts: Counts): string[] {
  const records = counts['records.delivered'] || counts['records.acknowledged'] || 0;
  if (records === 0) return ['nothing was acknowledged'];
  const each = (name: string): string => readable((counts[name] ?? 0) / records);
  return [
    `${each('virtualUs')} virtual us`,
    `${each('broker.copiedBytes')} bytes copied by the broker`,
    `${each('client.copiedBytes')} by the client`,
    `${each('broker.disk.syncs')} fsyncs`,
    `${each('broker.callbacks')} callbacks of the broker`,
  ];
}

/** A name and what belongs to it, continued on further lines when there is too much of it. */
function row(name: string, texts: readonly string[]): string[] {
  const lines: string[] = [];
  let line = '';
  for (const text of texts) {
    if (line !== '' && nameColumns + line.length + text.length > columnsMax) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? text : `  ${text}`;
  }
  return [...lines, line].map((text, at) => `  ${(at === 0 ? name : '').padEnd(nameColumns)} ${text}`);
}

function readable(value: number): string {
  if (value === 0 || value >= 100) return spaced(Math.round(value));
  return value < 0.001 ? value.toExponential(1) : value.toPrecision(3);
}

function spaced(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
}
