import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: [
      '{apps,packages}/*/{src,test}/**/*.test.ts',
      'infra/**/*.test.ts',
      'infra/{chaos,e2e}/**/*.e2e.ts',
    ],
    globalSetup: fileURLToPath(new URL('global-setup.ts', import.meta.url)),
    pool: 'forks',
    // A worker keeps what it has imported and compiled from one file to the next; that was a third of all processor time.
    isolate: false,
    // Tests wait for servers more than they compute: two at once, even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A test that fails once has failed: it has a race, or a deadline that a busy machine misses.
    retry: 0,
    setupFiles: fileURLToPath(new URL('patience.ts', import.meta.url)),
    expect: { poll: { timeout: 30_000 } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
