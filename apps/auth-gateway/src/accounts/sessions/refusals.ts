import { DomainError } from '@telegather/service'

export function accountBanned(): DomainError {
  return new DomainError('account_banned', 'Telegram has banned this account')
}

export function sessionNameConflict(sessionName: string): DomainError {
  return new DomainError('session_name_taken', `A session named "${sessionName}" already exists`)
}

export function invalidPhoneNumber(): DomainError {
  return new DomainError('phone_number_invalid', 'Invalid phone number')
}
