import { spawn } from 'node:child_process'
import { ROOT } from './checkout.mjs'
import { environment } from './config.mjs'

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP']
const PARENT_CHECK_MS = 500

/**
 * Runs a command in the checkout with the launcher's stdin, stdout and stderr. Resolves to its exit code. Stop signals are
 * forwarded to the command; if a signal ends the command, the launcher ends itself by the same signal. With `watched`, the
 * command gets an IPC channel, which disconnects when the launcher dies.
 */
export function runCommand(command, args, { env, watched = false }) {
  const stdio = watched ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit'
  const child = spawn(command, args, { cwd: ROOT, env, stdio })
  const handlers = FORWARDED.map((signal) => [signal, () => child.kill(signal)])
  for (const [signal, forward] of handlers) process.on(signal, forward)
  const parentCheck = watchParent(() => child.kill('SIGTERM'))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearInterval(parentCheck)
      for (const [name, forward] of handlers) process.off(name, forward)
      if (signal === null) resolve(code)
      else process.kill(process.pid, signal)
    })
  })
}

/**
 * Calls `onGone` when the parent process ends. npm runs the launcher through a shell, and some shells end on SIGTERM without
 * forwarding it; then the launcher has another parent. Does nothing without npm: the launcher may outlive its parent (nohup).
 */
function watchParent(onGone) {
  if (environment.npm_lifecycle_event === undefined) return undefined
  const parent = process.ppid
  const check = () => {
    if (process.ppid !== parent) onGone()
  }
  return setInterval(check, PARENT_CHECK_MS).unref()
}

/** Runs a command and captures its output. Resolves to `{code, stdout, output}`; `output` is stdout and stderr. */
export function captureCommand(command, args, { env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks = { stdout: [], all: [] }
    child.stdout.on('data', (chunk) => chunks.stdout.push(chunk) && chunks.all.push(chunk))
    child.stderr.on('data', (chunk) => chunks.all.push(chunk))
    child.once('error', reject)
    child.once('close', (code, signal) => {
      resolve({
        code: signal === null ? code : 1,
        stdout: Buffer.concat(chunks.stdout).toString(),
        output: Buffer.concat(chunks.all).toString(),
      })
    })
  })
}
