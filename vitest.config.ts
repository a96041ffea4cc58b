// All tests of the house, which sit beside the code they test, in two projects: what is asked once, and what drives
// real processes, sockets and disks on a machine that is shared, and may be asked again.

import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Their time is that of the machine: a stop of some seconds is no failure of ours, and may look like one. Not so a
 * record that is lost when a broker is killed (`*crash.test.ts`): that is asked once, like all that has its own time.
 */
const inRealTime = [
  'engine/host/**/*.test.ts',
  'engine/testing/real-clients/!(*crash).test.ts',
  'engine/testing/differential.test.ts',
  'bench/{main,read-back,compare/command}.test.ts',
  'bench/{faults,generators,probes,programs,scaling}/**/*.test.ts',
  'reports/{story-page/browser/page,bench-page/bench-page-browser}.test.ts',
];
const notOurs = ['node_modules/**', 'dist/**', 'runs/**'];

/** A test that failed and then passed counts as passed, and is never passed over in silence. */
class AskedTwice implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      for (const test of module.children.allTests('passed')) {
        if (test.diagnostic()?.flaky !== true) continue;
        console.log(`asked twice: ${relative(import.meta.dirname, module.moduleId)} > ${test.fullName}`);
        for (const { message, diff } of test.result().errors ?? [])
          console.log(`  ${message}\n${diff ?? ''}`);
      }
    }
  }
}

export default defineConfig({
  test: {
    // Guards against a hang, not expectations: machines are shared, and tests that drive real processes wait for them,
    // some of them by `expect.poll`, whose own patience is one second.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'threads',
    // One more than the cores that are counted on: tests that drive processes wait for them half of the time.
    maxWorkers: 3,
    reporters: ['default', new AskedTwice()],
    projects: [
      {
        extends: true,
        test: { name: 'asked once', include: ['**/*.test.ts'], exclude: [...notOurs, ...inRealTime] },
      },
      { extends: true, test: { name: 'real time', include: inRealTime, exclude: notOurs, retry: 1 } },
    ],
  },
});
