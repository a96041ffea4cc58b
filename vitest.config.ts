// One vitest project for the whole house; tests sit beside the code they test.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**', 'runs/**'],
    // Guards against a hang, not expectations: machines are shared, and tests that drive real processes wait for them,
    // some of them by `expect.poll`, whose own patience is one second.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'threads',
    // One more than the cores that are counted on: tests that drive processes wait for them half of the time.
    maxWorkers: 3,
  },
});
