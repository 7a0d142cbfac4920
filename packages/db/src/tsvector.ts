/** Text of a `tsvector` value with these words. */
export function tsvectorText(words: readonly string[]): string {
  return words.map(quotedLexeme).join(' ')
}

/** A word quoted for a `tsvector` or `tsquery` value. */
export function quotedLexeme(word: string): string {
  // Avoids the regular expression for most of the thousands of words of a batch.
  const isPlain = !word.includes("'") && !word.includes('\\')
  return `'${isPlain ? word : word.replaceAll(/['\\]/g, '$&$&')}'`
}
