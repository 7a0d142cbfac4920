import config from './vitest.config.ts'

/** What takes minutes: the long forms of tests, each once. */
export default {
  ...config,
  test: {
    ...config.test,
    include: ['apps/*/test/**/*.soak.ts', 'infra/chaos/*.soak.ts'],
    testTimeout: 0,
  },
}
