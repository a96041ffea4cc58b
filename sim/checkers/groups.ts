// Two members of a group do not own one partition at once, as far as the coordinator is concerned: whoever was
// superseded commits no more.
//
// Sound because: a member whose view of a partition began, and was never revoked or lost since, has not taken part in
// any later generation; when another member's view of the same partition has begun in the meantime, the coordinator has
// given the partition away. A commit that the first sends from then on carries a superseded generation and must be
// refused. That both may read for a while is lawful: fetches are not fenced. Commits sent before the other began are
// not judged: they may have arrived in time.

import { partitionKey } from '../../engine/index.ts';
import { listOf } from '../lists.ts';
import type { Material } from '../material.ts';
import type { CommitOperation, ViewBegan } from '../record/history.ts';
import { checker, type Report } from '../verdict.ts';

export const groups = checker({
  name: 'groups',
  doc: 'a partition has one owner in its group',
  invariants: {
    'double-assignment': 'two members of a group own one partition, and both get their commits through',
    'zombie-commit': 'a commit of a member that was superseded before it sent the commit was taken',
  },

  check(material: Material, report: Report): void {
    const owned = new Map<string, Ownership[]>();
    const ends = endings(material);
    for (const view of material.views.values()) {
      if (view.group === null || view.why !== 'assigned') continue;
      const ended = ends.get(view.view) ?? Number.MAX_SAFE_INTEGER;
      listOf(owned, `${view.group} ${partitionKey(view.topic, view.partition)}`).push({ view, ended });
    }
    for (const commit of material.commits) {
      if (commit.outcome !== 'ok') continue;
      for (const { topic, partition } of commit.offsets) {
        const owners = owned.get(`${commit.group} ${partitionKey(topic, partition)}`) ?? [];
        judge(material, report, commit, topic, partition, owners);
      }
    }
  },
});

interface Ownership {
  readonly view: ViewBegan;
  readonly ended: number;
}

function endings(material: Material): Map<number, number> {
  const ends = new Map<number, number>();
  for (const entry of material.parts.entries) {
    if (entry.kind === 'view-ended') ends.set(entry.view, entry.at.step);
  }
  return ends;
}

function judge(
  material: Material,
  report: Report,
  commit: CommitOperation,
  topic: string,
  partition: number,
  owners: readonly Ownership[],
): void {
  const { step } = commit.invoked;
  const own = owners.findLast(({ view }) => view.session === commit.session && view.at.step <= step);
  if (own === undefined || own.ended <= step) return;
  report.judged(1);
  const successor = owners.find(
    ({ view }) => view.session !== commit.session && view.at.step > own.view.at.step && view.at.step < step,
  );
  if (successor === undefined) return;
  const at = commit.completed ?? commit.invoked;
  const { group, session } = commit;
  const other = successor.view.session;
  const facts = { topic, partition, group, session, successor: other };
  const lawful = material.losses.anyLossy;
  report.found(
    lawful,
    'zombie-commit',
    at,
    `${session} committed ${topic}/${partition} for the group ${group}, after ${other} had been given the partition`,
    facts,
  );
  if (!commitsToo(material, commit, topic, partition, successor)) return;
  report.found(
    lawful,
    'double-assignment',
    at,
    `${session} and ${other} both own ${topic}/${partition} in the group ${group}, and both get their commits through`,
    facts,
  );
}

/** Whether the successor's own commit of the partition was taken as well, while it owned it. */
function commitsToo(
  material: Material,
  commit: CommitOperation,
  topic: string,
  partition: number,
  { view, ended }: Ownership,
): boolean {
  return material.commits.some(
    (other) =>
      other.session === view.session &&
      other.group === commit.group &&
      other.outcome === 'ok' &&
      other.invoked.step >= view.at.step &&
      other.invoked.step < ended &&
      other.offsets.some((one) => one.topic === topic && one.partition === partition),
  );
}
