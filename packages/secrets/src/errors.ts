/** A key that is not 32 bytes in padded base64url. The message never contains the key. */
export class InvalidKey extends Error {
  override readonly name = 'InvalidKey'
}

/** A token that no key decrypts: malformed, altered, encrypted with another key, or outside its time to live. */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken'
}
