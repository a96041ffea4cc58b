// Who comes by: one run of everything by the healthy engine, in threads that count. Worldly, because it waits for them.

import { Piscina } from 'piscina';
import type { Progress } from '../../progress.ts';
import { unexpectedLine, type WantedRun } from '../../suite.ts';
import { defaultWorker, jobOf } from '../../swarm.ts';
import type { PassesJob, PassesReply } from './passes-worker.ts';
import type { PlacedSlip } from './slips.ts';
import type { Passing } from './trial.ts';

export interface Passings {
  /** Of each slip, in their order: the runs that come by its place. */
  readonly passings: readonly Passing[][];
  /** Runs of the healthy engine that were not as expected: nothing can be learned from them. */
  readonly unusable: readonly string[];
}

export async function passingsOf(
  slips: readonly PlacedSlip[],
  runs: readonly WantedRun[],
  workers: number,
  progress: Progress,
): Promise<Passings> {
  const pool = new Piscina({
    filename: defaultWorker('mutants/drawn/passes-worker').href,
    name: 'work',
    minThreads: workers,
    maxThreads: workers,
  });
  const places = slips.map(({ file, around }, number) => ({ file, around, number }));
  const passings = slips.map((): Passing[] => []);
  const unusable: string[] = [];
  progress.begin(runs.length, 'healthy runs');
  const replies = runs.map(async (run) => {
    const { run: _, ...job } = jobOf(run, 'summary');
    const { reply, passes } = (await pool.run({ job, places } satisfies PassesJob)) as PassesReply;
    const wrong =
      reply.kind === 'summary' ? unexpectedLine({ ...run, summary: reply.summary }) : JSON.stringify(reply);
    progress.done(wrong);
    return { run, passes, wrong };
  });
  for (const { run, passes, wrong } of await Promise.all(replies)) {
    if (wrong !== undefined) unusable.push(wrong);
    for (const [index, { atLoading }] of slips.entries()) {
      const count = atLoading ? 1 : (passes[index] as number);
      if (wrong === undefined && count > 0) passings[index]?.push({ run, passes: count });
    }
  }
  progress.end();
  await pool.destroy();
  return { passings, unusable };
}
