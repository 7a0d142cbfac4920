/** The words of a `tsvector` as Postgres reads them. */
export function tsvectorText(words: readonly string[]): string {
  return words.map(quotedLexeme).join(' ')
}

/** A word as Postgres reads it in a `tsvector` or a `tsquery`. */
export function quotedLexeme(word: string): string {
  // Most words have neither, and there are thousands a batch.
  const isPlain = !word.includes("'") && !word.includes('\\')
  return `'${isPlain ? word : word.replaceAll(/['\\]/g, '$&$&')}'`
}
