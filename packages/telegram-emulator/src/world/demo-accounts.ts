import { createPasswordSettings } from '../mtproto/srp.ts'
import type { Accounts } from './accounts.ts'
import { parseTestPhone } from './test-phone.ts'

interface DemoPhone {
  readonly phone: string
  readonly code: string
  /** The two-step password; null without one. */
  readonly password: string | null
}

/** Accounts that exist in the demo world; the documentation names them. */
export const DEMO_PHONES: readonly DemoPhone[] = [
  { phone: '+9996621001', code: '22222', password: null },
  { phone: '+9996621002', code: '22222', password: 'telegather' },
  { phone: '+9996641003', code: '44444', password: null },
]

/** A bot that exists in the demo world. Its token is public: it is valid for emulators only. */
export const DEMO_BOT = {
  username: 'emulator_demo_bot',
  firstName: 'Emulator demo',
  token: '6700000001:AAE-demo-bot-of-telegram-emulator-0',
  dcId: 2,
} as const

const PASSWORD_HINT = 'what this project is called'

/** Creates the demo accounts that do not exist yet. */
export async function createDemoAccounts(accounts: Accounts): Promise<void> {
  for (const { phone, password } of DEMO_PHONES) {
    const parsed = parseTestPhone(phone)
    if (parsed === null || accounts.withPhone(parsed.number) !== undefined) continue
    const settings = password === null ? null : await createPasswordSettings(password)
    accounts.setPassword(accounts.of(parsed), settings, settings === null ? null : PASSWORD_HINT)
  }
  if (accounts.withBotToken(DEMO_BOT.token) === undefined) accounts.addBot(DEMO_BOT)
}
