import { stemmer as englishStem } from '@orama/stemmers/english'
import { stemmer as russianStem } from '@orama/stemmers/russian'
import type { MessageContent, TextEntity } from '@telegather/contracts'
import { quotedLexeme } from '@telegather/db'
import { contentWords } from '@telegather/telegram'

/** The searchable parts of a message. */
export interface Searchable {
  readonly text: string
  /** Only their links are searched. */
  readonly entities: readonly TextEntity[]
  readonly fileName: string | null
  readonly content: MessageContent | null
}

/** Letters that are indexed in pairs of characters, because words are not separated by spaces: Han, Kana, Hangul. */
const UNSPACED =
  /[\u2e80-\u2fff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\u{20000}-\u{3ffff}]+/gu
const HAS_UNSPACED = /[\u2e80-\ufaff\ud840-\ud8bf]/
const WORD = /[\p{L}\p{N}\p{M}_]+/gu
const ENGLISH = /^[a-z]+$/
const CYRILLIC = /^[\u0400-\u04ff]+$/
/** Latin and Greek letters with accents, as one character each. */
const ACCENTED = /[\u00c0-\u024f\u0386-\u03ce\u1e00-\u1fff]/
/**
 * Characters that a search ignores inside words: stress marks, vowel signs of Hebrew, Arabic and Syriac, the Arabic
 * tatweel, variation selectors, and invisible characters such as the soft hyphen. Letters that are one character (й, ї)
 * keep their marks. A zero-width space separates words.
 */
const OPTIONAL =
  /\p{Script=Inherited}|(?=\p{Mn})[\p{scx=Cyrl}\p{scx=Hebr}\p{scx=Arab}\p{scx=Syrc}]|\u0640|(?!\u200b)\p{Cf}/gu
/** Cyrillic letters whose marks are optional in writing. */
const PLAIN_LETTERS: Readonly<Record<string, string>> = { ё: 'е', ѐ: 'е', ѝ: 'и' }
const URL_LIKE =
  /^(?:[a-z][a-z\d+.-]*:\/\/\S+|(?:[\p{L}\p{N}-]+\.)+[\p{L}\p{N}-]+(?::\d+)?(?:[/?#]\S*)?)$/iu
const SCHEME = /^[a-z][a-z\d+.-]*:\/\//

const MAX_WORD_CHARACTERS = 64
/** Below Postgres' limit of 2 KiB for a lexeme. */
const MAX_URL_CHARACTERS = 500
/** Limit of one message, below Postgres' limit of 1 MiB for a `tsvector`. */
const MAX_WORDS_BYTES = 512 * 1024
const MAX_CACHED_STEMS = 50_000

/**
 * The index words of a message, without duplicates: stems of Russian and English words, other words unchanged, Chinese,
 * Japanese and Korean in pairs of characters, and whole links. Case, ё, Latin and Greek accents, stress marks, optional
 * vowel signs and soft hyphens are ignored. Does not depend on the database's locale. Words beyond 512 KiB are dropped.
 */
export function searchWords({ text, entities, fileName, content }: Searchable): string[] {
  const words = new Set<string>()
  addWords(words, text)
  if (fileName !== null) addWords(words, fileName)
  if (content !== null) addWords(words, contentWords(content))
  for (const { type, offset, length, url } of entities) {
    if (type === 'url') words.add(linkWord(text.slice(offset, offset + length)))
    if (type !== 'text_url' || typeof url !== 'string') continue
    words.add(linkWord(url))
    addWords(words, url)
  }
  words.delete('')
  let room = MAX_WORDS_BYTES
  return [...words].filter((word) => (room -= Buffer.byteLength(word)) >= 0)
}

/** A `tsquery` for messages that have all words of `q`, in any form. A link matches the same link and longer ones. */
export function searchQuery(q: string): string {
  const conditions = q.split(/\s+/).flatMap((part) => {
    const link = URL_LIKE.test(part) ? linkWord(part) : ''
    if (link === '') return conditionsOf(part)
    const alternatives = [
      quotedLexeme(link),
      ...['/', '?', '#'].map((end) => `${quotedLexeme(link + end)}:*`),
    ]
    const words = conditionsOf(part)
    // A part without a scheme may also be a file's name.
    if (!SCHEME.test(part.toLowerCase()) && words.length > 0)
      alternatives.push(`(${words.join(' & ')})`)
    return [`(${alternatives.join(' | ')})`]
  })
  return [...new Set(conditions)].join(' & ')
}

function conditionsOf(text: string): string[] {
  return [...tokensOf(text)].flatMap((token) => {
    if (typeof token === 'string') return quotedLexeme(token)
    const [only = ''] = token
    return token.length === 1 ? `${quotedLexeme(only)}:*` : pairsOf(token).map(quotedLexeme)
  })
}

function addWords(words: Set<string>, text: string): void {
  for (const token of tokensOf(text)) {
    if (typeof token === 'string') words.add(token)
    // Each character begins a word, so that a prefix query finds a single character.
    else for (const word of [...pairsOf(token), ...token.slice(-1)]) words.add(word)
  }
}

function pairsOf(characters: readonly string[]): string[] {
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`)
}

/** The words of a text as stems, and each run of unspaced letters as an array of its characters. */
function* tokensOf(text: string): Generator<string | readonly string[]> {
  for (const [run] of folded(text).matchAll(WORD)) {
    if (!HAS_UNSPACED.test(run)) {
      yield* wordAndParts(run)
      continue
    }
    for (const word of run.split(UNSPACED)) if (word) yield* wordAndParts(word)
    for (const [unspaced] of run.matchAll(UNSPACED)) yield Array.from(unspaced)
  }
}

function* wordAndParts(word: string): Generator<string> {
  yield stemOf(word.slice(0, MAX_WORD_CHARACTERS))
  if (word.includes('_'))
    for (const part of word.split('_')) if (part) yield stemOf(part.slice(0, MAX_WORD_CHARACTERS))
}

const stems = new Map<string, string>()

function stemOf(word: string): string {
  const stem = ENGLISH.test(word) ? englishStem : CYRILLIC.test(word) ? russianStem : null
  if (stem === null) return word
  const cached = stems.get(word)
  if (cached !== undefined) return cached
  if (stems.size >= MAX_CACHED_STEMS) stems.clear()
  const stemmed = stem(word)
  stems.set(word, stemmed)
  return stemmed
}

/** A text without the differences that a search ignores: case, compatible forms, stress marks and accents. */
function folded(text: string): string {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[ёѐѝ]/g, (letter) => PLAIN_LETTERS[letter] ?? letter)
    .replaceAll(OPTIONAL, '')
  if (!ACCENTED.test(plain)) return plain
  return plain
    .normalize('NFD')
    .replaceAll(/([a-z\p{Script=Greek}])\p{M}+/gu, '$1')
    .normalize('NFC')
}

/** A link in the form in which links are compared: lower case, without scheme, `www.` and trailing punctuation. */
function linkWord(link: string): string {
  return link
    .toLowerCase()
    .replace(SCHEME, '')
    .replace(/^www\./, '')
    .replace(/[/?#.,;:!)\]}'"»]+$/, '')
    .slice(0, MAX_URL_CHARACTERS)
}
