export interface Message {
  readonly messageId: bigint
  readonly seqNo: number
  readonly body: Buffer
}

const MSG_CONTAINER = 0x73f1f8dc
const MAX_MESSAGES = 1020
const HEADER_BYTES = 8
const MESSAGE_HEADER_BYTES = 16

export function isContainer(body: Buffer): boolean {
  return body.readUInt32LE() === MSG_CONTAINER
}

/**
 * The messages of a `msg_container`. Null if it is invalid: damaged, nested, or with a message that is not older than
 * the container.
 */
export function readContainer({ messageId, body }: Message): Message[] | null {
  if (body.length < HEADER_BYTES) return null
  const count = body.readUInt32LE(4)
  if (count > MAX_MESSAGES) return null
  const messages: Message[] = []
  let offset = HEADER_BYTES
  for (let left = count; left > 0; left -= 1) {
    if (body.length - offset < MESSAGE_HEADER_BYTES) return null
    const start = offset + MESSAGE_HEADER_BYTES
    const length = body.readUInt32LE(offset + 12)
    if (length < 4 || length % 4 !== 0 || length > body.length - start) return null
    const message = {
      messageId: body.readBigInt64LE(offset),
      seqNo: body.readInt32LE(offset + 8),
      body: body.subarray(start, start + length),
    }
    const isValid = message.messageId < messageId && (message.messageId & 3n) === 0n
    if (!isValid || isContainer(message.body)) return null
    messages.push(message)
    offset = start + length
  }
  return offset === body.length ? messages : null
}
