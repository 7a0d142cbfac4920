import config from './vitest.config.ts'

/** Configuration of the long tests, which take minutes. */
export default {
  ...config,
  test: {
    ...config.test,
    include: ['apps/*/test/**/*.soak.ts', 'infra/chaos/*.soak.ts'],
    testTimeout: 0,
  },
}
