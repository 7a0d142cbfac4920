import { ownerKey, type MessageKind, type Owner } from '@telegather/contracts'

/** The properties of a message by which a search may filter in the index of words. */
export interface Scoped {
  readonly sourceId: number
  readonly owner: Owner
  readonly kind: MessageKind
  readonly hasFile: boolean
  readonly date: Date
}

/** Telegram started in August 2013. Older dates, which only broken messages have, count as this month. */
const FIRST_MONTH = 2013 * 12
/** Telegram's dates are 32-bit Unix times, which end early in 2106. Later dates count as this month. */
const LAST_MONTH = 2106 * 12

/**
 * Index words for a message's source, owner, kind, file and month. A search adds some of them to its query, so that the
 * index itself excludes other messages. They begin with a space, which no word of a text does.
 */
export function scopeWords(message: Scoped): string[] {
  const { sourceId, owner, kind, hasFile, date } = message
  return [
    sourceWord(sourceId),
    ownerWord(owner),
    kindWord(kind),
    fileWord(hasFile),
    monthWord(monthOf(date)),
  ]
}

export const sourceWord = (sourceId: number) => ` s${sourceId}`
/** The word of a tenant is its id without a kind, because stored words have that form. */
export const ownerWord = (owner: Owner) =>
  ` o${owner.kind === 'tenant' ? owner.id : ownerKey(owner)}`
export const kindWord = (kind: MessageKind) => ` k${kind}`
export const fileWord = (hasFile: boolean) => ` f${hasFile ? 1 : 0}`
export const monthWord = (month: number) =>
  ` d${Math.floor(month / 12)}${String((month % 12) + 1).padStart(2, '0')}`

/** Months since the year 0, in UTC. */
function monthOf(date: Date): number {
  const month = date.getUTCFullYear() * 12 + date.getUTCMonth()
  return Math.min(Math.max(month, FIRST_MONTH), LAST_MONTH)
}

/** The months of two dates and all between them, newest first. */
export function monthsBetween(newest: Date, oldest: Date): number[] {
  const [last, first] = [monthOf(newest), monthOf(oldest)]
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => last - index)
}
