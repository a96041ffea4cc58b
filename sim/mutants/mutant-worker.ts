// One thread of a swarm whose engine has a slip: patches the first mutant that it is asked for, and then works as any
// other thread. It stays with that mutant: what is loaded is loaded.

import type { Job, Reply } from '../swarm-worker.ts';
import type { Mutant } from './mutant.ts';
import { mutantNamed } from './named.ts';
import { install, type Patching } from './patch.ts';

let patched: { readonly name: string; readonly patching: Patching } | undefined;

/** The entry of the pool. */
export async function work(job: Job): Promise<Reply> {
  try {
    const { mutant: name = 'none' } = job;
    patched ??= { name, patching: install(await slip(name)) };
    if (patched.name !== name) throw new Error(`this thread has the slip ${patched.name}, not ${name}`);
    // Not before: it brings the engine with it.
    const { work: healthy } = await import('../swarm-worker.ts');
    const left = patched.patching.unapplied();
    if (left.length > 0) throw new Error(`${name} did not get into ${left.join(', ')}`);
    return await healthy(job);
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'broken', message, stack };
  }
}

async function slip(name: string): Promise<Mutant> {
  const mutant = await mutantNamed(name);
  if (mutant === undefined) throw new Error(`there is no mutant ${name}`);
  return mutant;
}
