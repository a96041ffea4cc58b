// The port-conformance suite: every sentence of `engine/ports.ts` as a check, run against both lives of the engine.
//
// How a life is put to the suite, in its own test file:
//
//   portsConformance({ name: 'host', create: () => hostLife() });
//
// `create` makes a fresh world with an empty disk for each check; see `Life` in `probe.ts`. The world should be
// healthy but as hostile as the contract allows: cut bytes anywhere, let operations in flight change places.
//
// Not checked here, because only a life with power loss can show it: what is durable after `sync` and `syncDir`. Nor
// that a chunk is the port's again after `bytes`: that is a freedom of the port, and the checks copy.

import { describe, test } from 'vitest';
import { clockChecks, randomChecks, timerChecks } from './basic-checks.ts';
import { diskChecks } from './disk-checks.ts';
import { networkChecks } from './network-checks.ts';
import { type Check, type Life, Probe } from './probe.ts';

export const portChecks: readonly Check[] = [
  ...clockChecks,
  ...timerChecks,
  ...randomChecks,
  ...diskChecks,
  ...networkChecks,
];

/** Registers one test for each sentence. */
export function portsConformance(subject: { name: string; create: () => Life | Promise<Life> }): void {
  describe(`${subject.name} keeps the contract of the ports`, () => {
    for (const check of portChecks) {
      test(check.sentence, async () => performCheck(check, await subject.create()));
    }
  });
}

/** Runs one check to its end and disposes of the world; throws when the life breaks the contract. */
export async function performCheck(check: Check, life: Life): Promise<void> {
  try {
    const probe = new Probe(life);
    for (const wait of check.run(probe)) await life.advance(wait.until, wait.limitMs);
    probe.content();
  } finally {
    await life.dispose();
  }
}
