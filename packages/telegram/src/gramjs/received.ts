import { gunzipSync } from 'node:zlib'
import { BinaryReader } from 'telegram/extensions/BinaryReader.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { TLMessage } from 'telegram/tl/core/index.js'
import { Api } from 'telegram/tl/index.js'
import { TelegramError } from '../errors.ts'
import { errorFromRpc } from '../rpc-error.ts'
import { TlReader } from '../tl/reader.ts'

const RPC_RESULT_ID = 0xf35c6d01
const RPC_ERROR_ID = 0x2144ca19
const CONTAINER_ID = 0x73f1f8dc
const GZIP_PACKED_ID = 0x3072cfa1

/** Service messages that GramJS's sender handles. */
const SERVICE_IDS: ReadonlySet<number> = new Set(
  [
    Api.Pong,
    Api.BadServerSalt,
    Api.BadMsgNotification,
    Api.MsgDetailedInfo,
    Api.MsgNewDetailedInfo,
    Api.NewSessionCreated,
    Api.MsgsAck,
    Api.FutureSalts,
    Api.MsgsStateReq,
    Api.MsgResendReq,
    Api.MsgsAllInfo,
  ].map(({ CONSTRUCTOR_ID }) => CONSTRUCTOR_ID),
)

/** Limit of an unpacked answer. Telegram's answers stay far below it. */
const MAX_UNPACKED_BYTES = 32 * 1024 * 1024

export interface RpcResult {
  readonly reqMsgId: ReturnType<typeof returnBigInt>
  /** The answer's bytes, decoded by the caller of the method, or the error. */
  readonly body: Buffer | TelegramError
}

/**
 * Parses a decrypted message into the form that GramJS's sender expects. Results and containers are parsed here, because
 * GramJS's reader is slow; pushed updates are not parsed at all. Throws RangeError when the bytes end too early.
 */
export function readMessage(id: bigint, seqNo: number, bytes: Buffer): TLMessage {
  return new TLMessage(returnBigInt(id), seqNo, readBody(bytes))
}

function readBody(bytes: Buffer): unknown {
  const reader = new TlReader(bytes)
  const id = reader.uint()
  switch (id) {
    case RPC_RESULT_ID:
      return { CONSTRUCTOR_ID: id, ...readResult(reader) }
    case CONTAINER_ID:
      return { CONSTRUCTOR_ID: id, messages: readContainer(reader) }
    case GZIP_PACKED_ID:
      return readBody(unpack(reader.bytes()))
    default:
      if (SERVICE_IDS.has(id)) return new BinaryReader(bytes).tgReadObject()
      return { CONSTRUCTOR_ID: id, SUBCLASS_OF_ID: 0 }
  }
}

function readContainer(reader: TlReader): TLMessage[] {
  const messages: TLMessage[] = []
  for (let left = reader.count(); left > 0; left--) {
    messages.push(readMessage(reader.bigint(), reader.int(), reader.fixed(reader.uint())))
  }
  return messages
}

function readResult(reader: TlReader): RpcResult {
  return { reqMsgId: returnBigInt(reader.bigint()), body: readAnswer(reader.rest()) }
}

function readAnswer(bytes: Buffer): Buffer | TelegramError {
  const reader = new TlReader(bytes)
  switch (reader.uint()) {
    case GZIP_PACKED_ID:
      try {
        return readAnswer(unpack(reader.bytes()))
      } catch (cause) {
        return new TelegramError('Telegram sent an answer that cannot be unpacked', { cause })
      }
    case RPC_ERROR_ID:
      return errorFromRpc(reader.int(), reader.string())
    default:
      return bytes
  }
}

function unpack(packed: Buffer): Buffer {
  return gunzipSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES })
}
