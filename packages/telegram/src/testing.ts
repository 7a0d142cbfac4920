import {
  DEFAULT_DEVICE,
  DEFAULT_KEEP_ALIVE,
  startLogin,
  submitCode,
  type SignedIn,
  type TelegramConfig,
} from './index.ts'

/** The configuration of a client of an emulator. `egressAddress`: its network address; null for any. */
export function emulatorConfig(
  emulator: Pick<TelegramConfig, 'dcs' | 'publicKeyPem'>,
  egressAddress: string | null = null,
): TelegramConfig {
  return {
    api: { apiId: 1, apiHash: '0'.repeat(32) },
    device: DEFAULT_DEVICE,
    dcs: emulator.dcs,
    publicKeyPem: emulator.publicKeyPem,
    egressAddress,
    keepAlive: DEFAULT_KEEP_ALIVE,
  }
}

/** A number of a test account, +99966XYYYY, gets the digit X of its data centre as its code, five times. */
export function testCode(phoneNumber: string): string {
  return (phoneNumber['+99966'.length] ?? '').repeat(5)
}

/** Signs a test account in that has no two-step password. */
export async function signInTestAccount(
  config: TelegramConfig,
  phoneNumber = '+9996621001',
): Promise<SignedIn> {
  const started = await startLogin(config, { phoneNumber })
  if (started.status !== 'code_sent') throw new Error(started.status)
  const result = await submitCode(config, started.login, testCode(phoneNumber))
  if (result.status !== 'signed_in') throw new Error(result.status)
  return result
}
