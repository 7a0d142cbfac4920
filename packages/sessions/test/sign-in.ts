import { startLogin, submitCode, type SignedIn, type TelegramConfig } from '@telegather/telegram'

/** Signs in to the demo world's account without a two-step password. */
export async function signIn(config: TelegramConfig): Promise<SignedIn> {
  const started = await startLogin(config, { phoneNumber: '+9996621001' })
  if (started.status !== 'code_sent') throw new Error(started.status)
  const result = await submitCode(config, started.login, '22222')
  if (result.status !== 'signed_in') throw new Error(result.status)
  return result
}
