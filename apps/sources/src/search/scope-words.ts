import { ownerKey, type MessageKind, type Owner } from '@telegather/contracts'

/** What an index of words has to know of a message besides its text. */
export interface Scoped {
  readonly sourceId: number
  readonly owner: Owner
  readonly kind: MessageKind
  readonly hasFile: boolean
  readonly date: Date
}

/** Telegram began in August 2013; older dates, which only broken messages have, count as of this month. */
const FIRST_MONTH = 2013 * 12
/** Messages can be dated up to here; later ones count as of this month. */
const LAST_MONTH = 2106 * 12

/**
 * Words that each message has besides those of its text. A search adds some of them to its own words, so that the index
 * itself leaves out other sources, owners, kinds and months. They begin with a space, which no word of a text does.
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
/** A tenant's is its bare id: stored words stay as they are. */
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

/** From the newest to the oldest. */
export function monthsBetween(newest: Date, oldest: Date): number[] {
  const [last, first] = [monthOf(newest), monthOf(oldest)]
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => last - index)
}
