/** Base64url with padding (RFC 4648 §5), the format that Python's `cryptography` uses. */
export function encodeBase64Url(bytes: Buffer): string {
  const unpadded = bytes.toString('base64url')
  return unpadded.padEnd(Math.ceil(unpadded.length / 4) * 4, '=')
}

/** The bytes of `text`; undefined unless `encodeBase64Url` would encode them to exactly this text. */
export function decodeBase64Url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return encodeBase64Url(bytes) === text ? bytes : undefined
}
