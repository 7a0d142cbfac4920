import { hashText, Random } from '../content/random.ts'
import type { Person } from '../world/model.ts'

const PERSON_SUBJECT = 31
/** Ids for people of whom an export states only the name start here, beyond the ids that Telegram assigns. */
const NAMED_ID_BASE = 900_000_000_000n

/** The peer in a field such as `user123`, `channel123` or, in old exports, a bare number. */
export interface ExportedPeer {
  readonly kind: 'user' | 'channel' | 'chat'
  readonly id: bigint
}

export function exportedPeer(value: string | number | undefined | null): ExportedPeer | undefined {
  const match = /^(user|channel|chat)?(\d{1,12})$/.exec(String(value ?? ''))
  const digits = match?.[2]
  if (digits === undefined || BigInt(digits) === 0n) return undefined
  const kind = match?.[1]
  return { kind: kind === 'channel' || kind === 'chat' ? kind : 'user', id: BigInt(digits) }
}

/** All people that an export names, collected while its messages are read. */
export class ExportedPeople {
  readonly #byId = new Map<bigint, Person>()

  /** The person with an id; the name may be missing, as for deleted accounts. */
  withId(id: bigint, name: string | null | undefined): Person {
    return this.#add(id, name ?? 'Deleted Account', null)
  }

  /** The person with a name but no id. */
  named(name: string | null): Person {
    const shown = name ?? 'Deleted Account'
    return this.#add(NAMED_ID_BASE + BigInt(hashText(shown)), shown, null)
  }

  /** The bot with a username, with or without its at sign. */
  bot(mention: string): Person {
    const username = mention.replace(/^@/, '')
    return this.#add(NAMED_ID_BASE + BigInt(hashText(`@${username}`)), username, username)
  }

  all(): Person[] {
    return [...this.#byId.values()]
  }

  #add(id: bigint, firstName: string, username: string | null): Person {
    const known = this.#byId.get(id)
    if (known !== undefined) return known
    const accessHash = new Random(Number(id & 0xffff_ffffn), PERSON_SUBJECT, 0).long()
    const person = { id, accessHash, firstName, lastName: null, username, isBot: username !== null }
    this.#byId.set(id, person)
    return person
  }
}
