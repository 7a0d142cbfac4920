import { inCheckout } from './checkout.mjs'
import { runCommand } from './run-command.mjs'

const CHECKS = [
  { name: 'format', command: 'oxfmt', args: ['--check'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware'] },
  // One program for all packages: it reads the declarations of libraries once, not once a package.
  { name: 'types', command: 'tsc', args: ['--noEmit', '--project', 'tsconfig.json'] },
  { name: 'dead code', command: 'knip', args: [] },
]

/** What can be checked without a server. Runs all checks, whatever they find; resolves with 0 or 1. */
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
