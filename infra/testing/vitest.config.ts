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
    // A worker keeps its imported modules between files, which saves a third of all processor time.
    isolate: false,
    // Two workers even on two cores: tests mostly wait for servers.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // No retries: a test that fails sometimes has a race, or a deadline that is too short.
    retry: 0,
    setupFiles: fileURLToPath(new URL('patience.ts', import.meta.url)),
    expect: { poll: { timeout: 30_000 } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
