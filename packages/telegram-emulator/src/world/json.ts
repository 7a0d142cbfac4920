/** JSON for TL objects: a bigint is written as `{"$n": "1"}`, bytes as `{"$b": "base64"}`. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, item: unknown) {
    // `toJSON` has already turned a Buffer `value` into an object; `this[key]` is still the Buffer.
    const original = this[key]
    if (Buffer.isBuffer(original)) return { $b: original.toString('base64') }
    return typeof item === 'bigint' ? { $n: String(item) } : item
  })
}

/** The inverse of {@link encodeJson}. Throws SyntaxError when `text` is not JSON. */
export function decodeJson(text: string): unknown {
  return JSON.parse(text, (_key, item: unknown) => {
    if (typeof item !== 'object' || item === null) return item
    if ('$n' in item && typeof item.$n === 'string') return BigInt(item.$n)
    if ('$b' in item && typeof item.$b === 'string') return Buffer.from(item.$b, 'base64')
    return item
  })
}
