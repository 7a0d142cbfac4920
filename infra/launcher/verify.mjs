import { inCheckout } from './checkout.mjs'
import { runCommand } from './run-command.mjs'

const CHECKS = [
  { name: 'format', command: 'oxfmt', args: ['--check'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware'] },
  // One TypeScript program for all packages, so that declarations of libraries are read only once.
  { name: 'types', command: 'tsc', args: ['--noEmit', '--project', 'tsconfig.json'] },
  { name: 'dead code', command: 'knip', args: [] },
]

/** Runs all checks that need no servers, even after one fails. Resolves to 0, or 1 if a check failed. */
export async function verify({ env }) {
  const failed = []
  for (const { name, command, args } of CHECKS) {
    process.stdout.write(`\n— ${name}\n`)
    const code = await runCommand(inCheckout(`node_modules/.bin/${command}`), args, { env })
    if (code !== 0) failed.push(name)
  }
  process.stdout.write(failed.length === 0 ? '\nAll good.\n' : `\nFailed: ${failed.join(', ')}\n`)
  return failed.length === 0 ? 0 : 1
}
