import { isIPv4 } from 'node:net'
import { AUTH_MODES, type AuthMode } from '@telegather/contracts'
import { z } from 'zod'

/** AUTH_MODE: whether API keys are required. The default is `keys`, unless HOST is a loopback address. */
export const authMode = z.enum(AUTH_MODES, `expected one of ${AUTH_MODES.join(', ')}`).optional()

/** The key that signs the gateway's requests to other services. */
export const internalKey = z
  .string('expected 32 characters or more; npm run keys:generate makes some')
  .min(32, 'expected 32 characters or more; npm run keys:generate makes some')

interface Exposure {
  readonly HOST: string
  readonly AUTH_MODE?: AuthMode | undefined
}

/** AUTH_MODE, or its default for this HOST. */
export function authModeOf({ HOST, AUTH_MODE }: Exposure): AuthMode {
  return AUTH_MODE ?? (isLoopback(HOST) ? 'none' : 'keys')
}

/** For `superRefine`: refuses AUTH_MODE=none when other machines can reach HOST. */
export function refuseOpenHost(config: Exposure, context: z.core.$RefinementCtx): void {
  if (authModeOf(config) === 'keys' || isLoopback(config.HOST)) return
  const message = `expected keys, since HOST ${config.HOST} can be reached from other machines`
  context.addIssue({ code: 'custom', path: ['AUTH_MODE'], message })
}

/** Whether only this machine can reach `host`, an address or a name. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (name === 'localhost' || name === '::1') return true
  return isIPv4(name) && name.startsWith('127.')
}
