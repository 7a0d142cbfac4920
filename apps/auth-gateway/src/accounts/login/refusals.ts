import { DomainError } from '@telegather/service'
import type { CodeDelivery } from '@telegather/telegram'

const ELSEWHERE: Readonly<Record<string, string>> = {
  email_code: 'Telegram sends the code of this account by e-mail',
  set_up_email_required: 'Telegram wants an e-mail address set up for this account first',
  payment_required: 'Telegram asks for a payment before it sends a code to this number',
}

/** The error for a login that only Telegram's own apps can confirm. */
export function confirmElsewhere({ type }: CodeDelivery): DomainError {
  const why = ELSEWHERE[type] ?? 'Telegram lets only its own apps confirm this login'
  return new DomainError(
    'app_confirmation_needed',
    `${why}: log in with a Telegram app, and here by QR code`,
  )
}
