import { once } from 'node:events'
import { connect } from 'node:net'
import { Random } from '../../src/content/random.ts'
import { sealEnvelope } from '../../src/mtproto/envelope.ts'
import { fullFraming } from '../../src/mtproto/framing/full.ts'
import { MessageIds } from '../../src/mtproto/message-id.ts'
import type { SchemaSet } from '../../src/tl/schema.ts'
import type { Served } from '../control.ts'
import { accountIdOf } from '../input-channel.ts'
import { FuzzedSession } from './fuzzed-session.ts'
import { RandomCalls } from './random-calls.ts'
import { explore, signIn } from './witness.ts'

const PERSON = '+9996621103'
const AT_ONCE = 50

/**
 * Sends `rounds` damaged messages: damaged frames, damaged encrypted payloads, or bodies damaged before encryption.
 *
 * @throws if the emulator does not serve afterwards
 */
export async function fuzzFrames(
  emulator: Served,
  schema: SchemaSet,
  { rounds, seed }: { readonly rounds: number; readonly seed: number },
): Promise<void> {
  const session = await FuzzedSession.open(emulator, schema)
  await signIn(session, PERSON)
  const accountId = accountIdOf(PERSON)
  const calls = new RandomCalls(seed, await explore(session, accountId))
  const random = new Random(seed, 1, 0)
  const messageIds = new MessageIds()
  const port = emulator.dcs[0]?.port ?? 0
  const damagedFrame = (): Buffer => {
    const damaged = random.pick(['frame', 'payload', 'body'])
    const call = schema.layer(null).encode(calls.next(accountId))
    const body = damaged === 'body' ? wholeWords(damage(call, random)) : call
    const messageId = messageIds.next('answer') - 1n
    const envelope = { salt: session.salt, sessionId: random.long(), messageId, seqNo: 1, body }
    const sealed = sealEnvelope(session.key, envelope, 'client')
    const payload = damaged === 'payload' ? damage(sealed, random) : sealed
    const frame = Buffer.concat(fullFraming().write(payload))
    return damaged === 'frame' ? damage(frame, random) : frame
  }
  for (let sent = 0; sent < rounds; sent += AT_ONCE) {
    const frames = Array.from({ length: Math.min(AT_ONCE, rounds - sent) }, damagedFrame)
    await Promise.all(frames.map((frame) => sendAlone(port, frame)))
  }
  await session.ask({ _: 'help.getNearestDc' })
  await session.close()
}

/** Sends bytes on a connection of its own, and waits until it closes. */
async function sendAlone(port: number, bytes: Buffer): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.resume()
  socket.end(bytes)
  if (!socket.closed) await once(socket, 'close')
}

function damage(bytes: Buffer, random: Random): Buffer {
  const at = random.below(Math.max(1, bytes.length))
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
  const operation = random.pick(['set', 'cut', 'insert'])
  if (operation === 'cut') return head
  return Buffer.concat([head, random.bytes(1), operation === 'set' ? tail.subarray(1) : tail])
}

/** Rounds up to whole words of four bytes, at least one. */
function wholeWords(body: Buffer): Buffer {
  const whole = body.subarray(0, body.length - (body.length % 4))
  return whole.length > 0 ? whole : Buffer.alloc(4)
}
