import type { Lexicon } from './lexicon.ts'
import type { Random } from './random.ts'

/** Marks the end of a paragraph between words. */
export const BREAK = '\n\n'

const EMOJIS = ['🌿', '📚', '🎻', '🗺', '☔️', '🚲', '✨', '👩‍🔬', '🔭', '❤️', '🏷', '➡️']
/** With less remaining length than this, the next sentence is chosen by its length. For Latin script. */
const LAST_SENTENCE_ROOM = 90
const CANDIDATES = 6
/** Below this remaining length, a short reply is used instead of a sentence. */
const ANSWER_ROOM = 24
const PARAGRAPHS_FROM = 250

/** A phrase split into words once, in advance. */
interface Phrase {
  readonly words: readonly string[]
  /** UTF-16 code units, including the spaces between the words. */
  readonly length: number
}

interface Phrases {
  readonly subjects: readonly Phrase[]
  readonly predicates: readonly Phrase[]
  readonly circumstances: readonly Phrase[]
  readonly answers: readonly Phrase[]
  readonly anchors: readonly Phrase[]
}

const phrasesByLexicon = new WeakMap<Lexicon, Phrases>()

function phrasesOf(lexicon: Lexicon): Phrases {
  const known = phrasesByLexicon.get(lexicon)
  if (known !== undefined) return known
  // Chinese is written without spaces: a phrase is one word.
  const phrase = (text: string): Phrase => ({
    words: lexicon.space === '' ? [text] : text.split(lexicon.space),
    length: text.length,
  })
  const phrases = {
    subjects: lexicon.subjects.map((text) => phrase(capitalised(text))),
    predicates: lexicon.predicates.map(phrase),
    circumstances: lexicon.circumstances.map(phrase),
    answers: lexicon.answers.map((text) => phrase(capitalised(text))),
    anchors: lexicon.anchors.map((text) => phrase(capitalised(text))),
  }
  phrasesByLexicon.set(lexicon, phrases)
  return phrases
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** The phrases of a sentence, or a single phrase. */
interface Draft {
  readonly phrases: readonly Phrase[]
  readonly isSentence: boolean
  readonly length: number
}

function draftSentence(random: Random, lexicon: Lexicon): Draft {
  const { subjects, predicates, circumstances } = phrasesOf(lexicon)
  const subject = random.pick(subjects)
  const predicate = random.pick(predicates)
  const phrases = random.chance(0.7)
    ? [subject, predicate, random.pick(circumstances)]
    : [subject, predicate]
  const spaces = (phrases.length - 1) * lexicon.space.length
  const length = phrases.reduce((sum, phrase) => sum + phrase.length, spaces + lexicon.stop.length)
  return { phrases, isSentence: true, length }
}

function draftAnswer(random: Random, lexicon: Lexicon): Draft {
  const { answers, anchors } = phrasesOf(lexicon)
  const phrase = random.pick(random.chance(0.5) ? answers : anchors)
  return { phrases: [phrase], isSentence: false, length: phrase.length }
}

/** Appends a draft's words; a sentence ends with a full stop. */
function appendWords(words: string[], { phrases, isSentence }: Draft, lexicon: Lexicon): void {
  for (const phrase of phrases) words.push(...phrase.words)
  if (!isSentence) return
  const last = words.pop() ?? ''
  // Without spaces, predicate and circumstance form one word.
  const before = lexicon.space === '' && phrases.length > 2 ? (words.pop() ?? '') : ''
  words.push(`${before}${last}${lexicon.stop}`)
}

/** The draft, of a few random ones, whose length is closest to the remaining length. */
function fitting(random: Random, lexicon: Lexicon, room: number): Draft {
  const make = room < ANSWER_ROOM ? draftAnswer : draftSentence
  let best = make(random, lexicon)
  for (let tries = 1; tries < CANDIDATES; tries += 1) {
    const next = make(random, lexicon)
    if (Math.abs(next.length - room) < Math.abs(best.length - room)) best = next
  }
  return best
}

/** Whole sentences, as words, with a total of about `length` UTF-16 code units; at least one. */
export function sentences(random: Random, lexicon: Lexicon, length: number): string[] {
  const words: string[] = []
  const lastRoom = lexicon.space === '' ? LAST_SENTENCE_ROOM / 2 : LAST_SENTENCE_ROOM
  let room = length
  while (room > lastRoom) {
    const next = draftSentence(random, lexicon)
    appendWords(words, next, lexicon)
    room -= next.length + lexicon.space.length
    if (random.chance(0.12)) {
      const emoji = random.pick(EMOJIS)
      words.push(emoji)
      room -= lexicon.space.length + emoji.length
    }
    if (length > PARAGRAPHS_FROM && room > lastRoom && random.chance(0.25)) words.push(BREAK)
  }
  const last = fitting(random, lexicon, room)
  if (words.length === 0 || last.length < 2 * room) appendWords(words, last, lexicon)
  return words
}
