import { createCipheriv, createDecipheriv } from 'node:crypto'
import { ProtocolError } from '../protocol-error.ts'
import { abridgedFraming } from './abridged.ts'
import { ByteQueue } from './byte-queue.ts'
import type { Framing } from './framing.ts'
import { intermediateFraming, paddedIntermediateFraming } from './intermediate.ts'

export const OBFUSCATED_HEADER_BYTES = 64

const FRAMINGS: ReadonlyMap<number, () => Framing> = new Map([
  [0xefefefef, abridgedFraming],
  [0xeeeeeeee, intermediateFraming],
  [0xdddddddd, paddedIntermediateFraming],
])

/**
 * Wraps another framing in AES-256-CTR: https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation. The
 * header has the keys of both directions and, encrypted, the tag of the inner framing.
 */
export function obfuscatedFraming(header: Buffer): Framing {
  const decipher = createDecipheriv('aes-256-ctr', header.subarray(8, 40), header.subarray(40, 56))
  const reversed = Buffer.from(header.subarray(8, 56).toReversed())
  const cipher = createCipheriv('aes-256-ctr', reversed.subarray(0, 32), reversed.subarray(32))
  const inner = FRAMINGS.get(decipher.update(header).readUInt32LE(56))?.()
  if (inner === undefined) throw new ProtocolError('an unknown transport')
  const plain = new ByteQueue()
  const encrypted = (parts: Buffer[]): Buffer[] => parts.map((part) => cipher.update(part))
  const { quickAcks } = inner
  return {
    quickAcks: quickAcks && {
      get isWanted() {
        return quickAcks.isWanted
      },
      write: (token) => encrypted(quickAcks.write(token)),
    },
    read(input: ByteQueue): Buffer | null {
      if (input.length > 0) plain.push(decipher.update(input.take(input.length)))
      return inner.read(plain)
    },
    write: (payload) => encrypted(inner.write(payload)),
  }
}
