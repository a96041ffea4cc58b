// Clients made fewer and simpler: one less, a record less, a parameter less.

import type { ScenarioWorkload } from '../scenario/schema.ts';
import {
  copied,
  type Draft,
  type Edit,
  edit,
  type Loose,
  nameOf,
  type Send,
  sendsOf,
  workloadsOf,
} from './draft.ts';
import { lower, rounder } from './numbers.ts';

/** Above this many records, single ones are not tried: chunks have to go first. */
const singleSendsMax = 40;

/** The draft with only these of its records, by their numbers in `allSends`. */
export function withSends(draft: Draft, kept: ReadonlySet<number>): Draft {
  const changed = copied(draft);
  let number = 0;
  for (const { workload } of workloadsOf(changed)) {
    const sends = sendsOf(workload);
    if (sends === undefined) continue;
    (workload as Loose)['sends'] = sends.filter(() => kept.has(number++));
  }
  return changed;
}

/** Every record that is listed, in the order of the file. */
export function allSends(draft: Draft): Send[] {
  return workloadsOf(draft).flatMap(({ workload }) => sendsOf(workload) ?? []);
}

export function fewerSends(draft: Draft): Edit[] {
  const all = allSends(draft);
  if (all.length > singleSendsMax) return [];
  return all.map((send, number) => {
    const kept = new Set(all.keys());
    kept.delete(number);
    return { what: `without the record at ${send.at} s`, draft: withSends(draft, kept) };
  });
}

export function fewerWorkloads(draft: Draft): Edit[] {
  const parts = workloadsOf(draft);
  const gone = parts.map(({ phase, at, workload }) =>
    edit(draft, `without ${nameOf(workload)}`, (changed) => {
      const workloads = changed.phases[phase]?.workloads as ScenarioWorkload[];
      workloads.splice(at, 1);
    }),
  );
  const fewer = parts.flatMap(({ phase, at, workload }) =>
    lower(workload.clients ?? 1, 1).map((clients) =>
      changedWorkload(draft, phase, at, `${clients} clients`, (part) => {
        part['clients'] = clients;
        if (clients === 1) delete part['clients'];
        dropSendsOfOthers(part, clients);
      }),
    ),
  );
  return [...gone, ...fewer];
}

function dropSendsOfOthers(part: Loose, clients: number): void {
  const sends = part['sends'] as Send[] | undefined;
  if (sends !== undefined) part['sends'] = sends.filter(({ client = 1 }) => client <= clients);
}

/** What a workload cannot be without, or what is changed in ways of its own. */
const keptKeys: ReadonlySet<string> = new Set([
  'workload',
  'name',
  'clients',
  'topic',
  'group',
  'style',
  'sends',
  'records',
]);

export function simplerWorkloads(draft: Draft): Edit[] {
  return workloadsOf(draft).flatMap(({ phase, at, workload }) => {
    const part = workload as Loose;
    const optional = Object.keys(part).filter((key) => !keptKeys.has(key));
    const edits = optional.map((key) =>
      changedWorkload(draft, phase, at, `no ${key}`, (changed) => delete changed[key]),
    );
    const sends = sendsOf(workload);
    if (workload.workload !== 'produce' || sends !== undefined) {
      return [...edits, ...simplerSends(draft, phase, at, sends ?? [])];
    }
    const { records: asked } = part;
    const fewer = typeof asked === 'number' ? lower(asked, 1) : [1, 10, 100];
    const records = fewer.map((count) =>
      changedWorkload(draft, phase, at, `${count} records`, (changed) => {
        changed['records'] = count;
      }),
    );
    return [...records, ...edits];
  });
}

function simplerSends(draft: Draft, phase: number, at: number, sends: readonly Send[]): Edit[] {
  if (sends.length > singleSendsMax) return [];
  const changedSend = (number: number, what: string, change: (send: Send) => void) =>
    changedWorkload(draft, phase, at, `the record at ${sends[number]?.at} s ${what}`, (part) => {
      change((part['sends'] as Send[])[number] as Send);
    });
  const oneClient = sends.some(({ client = 1 }) => client > 1)
    ? [
        changedWorkload(draft, phase, at, 'one client sends it all', (part) => {
          delete part['clients'];
          for (const send of part['sends'] as Send[]) delete send.client;
        }),
      ]
    : [];
  const single = sends.flatMap((send, number) => [
    ...(['client', 'partition', 'life', 'key'] as const)
      .filter((key) => send[key] !== undefined)
      .map((key) => changedSend(number, `has no ${key}`, (changed) => delete changed[key])),
    ...rounder(send.at).map((moment) =>
      changedSend(number, `comes at ${moment}`, (changed) => {
        changed.at = moment;
      }),
    ),
  ]);
  return [...oneClient, ...single];
}

function changedWorkload(
  draft: Draft,
  phase: number,
  at: number,
  what: string,
  change: (part: Loose) => void,
): Edit {
  const name = nameOf(draft.phases[phase]?.workloads?.[at] as ScenarioWorkload);
  return edit(draft, `${name}: ${what}`, (changed) =>
    change(changed.phases[phase]?.workloads?.[at] as Loose),
  );
}
