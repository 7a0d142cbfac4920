import type { Person } from '../world/model.ts'
import type { Lexicon } from './lexicon.ts'
import { LEXICONS, type Language } from './lexicons.ts'
import { hashText, Random } from './random.ts'

const PEOPLE_SUBJECT = 2
/** Lowest id of generated people, ten digits; accounts of the emulator have lower ids. */
const FIRST_PERSON_ID = 5_100_000_000n
const ID_RANGE = 900_000_000

/** The person number `index` of a seed, in a language. One in twelve is a bot. */
function generatePerson(seed: number, language: Language, index: number): Person {
  const lexicon: Lexicon = LEXICONS[language]
  const random = new Random(seed, PEOPLE_SUBJECT, index)
  const id = FIRST_PERSON_ID + BigInt(random.below(ID_RANGE))
  const accessHash = random.long()
  const isBot = random.chance(1 / 12)
  const suffix = random.below(36 ** 4).toString(36)
  if (isBot) {
    const username = `helper_${suffix}_bot`
    return { id, accessHash, firstName: `Helper ${suffix}`, lastName: null, username, isBot }
  }
  return {
    id,
    accessHash,
    firstName: random.pick(lexicon.firstNames),
    lastName: random.chance(0.7) ? random.pick(lexicon.lastNames) : null,
    username: random.chance(0.5) ? `reader_${suffix}_${index}` : null,
    isBot,
  }
}

/** People for a channel: the same seed yields the same people. */
export function generatePeople(seed: string, language: Language, count: number): Person[] {
  return Array.from({ length: count }, (_, index) =>
    generatePerson(hashText(seed), language, index),
  )
}

/** A name as clients show it. */
export function displayName(person: Person): string {
  return person.lastName === null ? person.firstName : `${person.firstName} ${person.lastName}`
}
