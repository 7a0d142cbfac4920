import { inCheckout } from './checkout.mjs'
import { runCommand } from './run-command.mjs'
import { verify } from './verify.mjs'

const VITEST = ['run', '--config', 'infra/testing/vitest.config.ts']
const LONG_TESTS = ['run', '--config', 'infra/testing/soak.config.ts']

/** As infra/testing/compile-cache.ts: test workers and the processes that they start compile no module twice. */
const withCache = (env) => ({ NODE_COMPILE_CACHE: inCheckout('.data/compile-cache'), ...env })

const tasks = {
  start: (args, { node, env }) =>
    runCommand(node, [inCheckout('infra/stack/main.ts'), ...args], { env, watched: true }),
  test: (args, { node, env }) =>
    runCommand(node, [inCheckout('node_modules/vitest/vitest.mjs'), ...VITEST, ...args], {
      env: withCache(env),
    }),
  bench: (args, { node, env }) =>
    runCommand(node, [inCheckout('infra/bench/main.ts'), ...args], { env }),
  soak: async (args, { node, env }) => {
    const long = [inCheckout('node_modules/vitest/vitest.mjs'), ...LONG_TESTS]
    const failed = await runCommand(node, long, { env: withCache(env) })
    return failed || runCommand(node, [inCheckout('infra/chaos/soak.ts'), ...args], { env })
  },
  verify: (_args, toolchain) => verify(toolchain),
  format: (args, { env }) => runCommand(inCheckout('node_modules/.bin/oxfmt'), args, { env }),
  emulator: (args, { node, env }) =>
    runCommand(node, [inCheckout('packages/telegram-emulator/src/main.ts'), ...args], { env }),
  'keys:generate': (_args, { node, env }) =>
    runCommand(node, [inCheckout('packages/secrets/src/generate-key.ts')], { env }),
  'keys:create-api': (args, { node, env }) =>
    runCommand(node, [inCheckout('infra/stack/create-api-key.ts'), ...args], { env }),
  'archive:verify': (args, { node, env }) =>
    runCommand(node, [inCheckout('infra/stack/verify-archive.ts'), ...args], { env }),
}

export const TASKS = Object.keys(tasks)

/** Runs a task. Resolves to its exit code. */
export function runTask(name, args, toolchain) {
  return tasks[name](args, toolchain)
}
