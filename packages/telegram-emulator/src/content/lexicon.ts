/** Phrases of a language, combinable into sentences of subject, predicate and circumstance. */
export interface Lexicon {
  readonly subjects: readonly string[]
  readonly predicates: readonly string[]
  readonly circumstances: readonly string[]
  /** Link texts, such as "read more". */
  readonly anchors: readonly string[]
  /** Without the number sign. */
  readonly hashtags: readonly string[]
  readonly questions: readonly string[]
  readonly answers: readonly string[]
  /** Titles of documents and recordings. */
  readonly titles: readonly string[]
  readonly firstNames: readonly string[]
  readonly lastNames: readonly string[]
  /** Separator between words, and after a sentence. */
  readonly space: string
  readonly stop: string
}
