import { joinBytes, LazyBytes } from '../memory/lazy-bytes.ts'
import type { TlObject } from '../tl/object.ts'
import type { Centre } from './centre.ts'
import type { Connection } from './connection.ts'
import { destroyKey } from './destroy-key.ts'
import { packResult } from './gzip.ts'
import { remember, unwrap, type Invocation } from './invocation.ts'
import { CallLost, RpcError } from './rpc.ts'
import type { Session } from './session.ts'

const RPC_RESULT = 0xf35c6d01

/** The connection, session and message of a call. */
export interface Origin {
  readonly centre: Centre
  readonly connection: Connection
  readonly session: Session
  readonly messageId: bigint
}

/** Starts a call; sends its response when it is ready. */
export function startCall(origin: Origin, query: TlObject): void {
  const { centre, connection, session, messageId } = origin
  const { key } = session
  if (centre.options.strictOwnership === true && centre.ownership.isDuplicate(key.id, connection)) {
    return refuseDuplicate(origin)
  }
  const { promise: succeeded, resolve } = Promise.withResolvers<boolean>()
  const running = { isDropped: false, succeeded }
  session.running.set(messageId, running)
  connection.callStarted()
  connection.oweAck(session, messageId)
  void run()

  async function run(): Promise<void> {
    const { result, isError } = await answer(origin, query)
    session.running.delete(messageId)
    if (result === null) session.unreceive(messageId)
    else if (!running.isDropped) sendResult(origin, result)
    connection.callEnded()
    resolve(!isError)
  }
}

/** Two peers use one key: it was stolen or shared. Telegram destroys the key in either case. */
function refuseDuplicate(origin: Origin): void {
  const { centre, connection, session } = origin
  const holders = centre.ownership.holders(session.key.id)
  refuseCall(origin, new RpcError(406, 'AUTH_KEY_DUPLICATED'))
  centre.statistics.duplicated(session.key.id)
  destroyKey(centre, session.key.id)
  for (const holder of holders) if (holder !== connection) holder.close()
  connection.hangUp(null)
}

/** Responds to a call with an error, without invoking the handler. */
export function refuseCall(origin: Origin, error: RpcError): void {
  sendResult(origin, encodeError(origin, error))
}

/** Sends `rpc_result` with a boxed object, or with one in `gzip_packed`. */
export function sendResult(origin: Origin, result: Buffer | LazyBytes): void {
  const { connection, session, messageId } = origin
  const header = Buffer.allocUnsafe(12)
  header.writeUInt32LE(RPC_RESULT, 0)
  header.writeBigInt64LE(messageId, 4)
  const message = session.number(joinBytes([header, result]), 'answer', true)
  session.owedAcks.delete(messageId)
  session.keepAnswer(messageId, message)
  connection.send(session, message)
}

async function answer(
  origin: Origin,
  query: TlObject,
): Promise<{ readonly result: Buffer | LazyBytes | null; readonly isError: boolean }> {
  let method = query._
  try {
    const invocation = unwrap(query)
    method = invocation.call._
    const { key } = origin.session
    if (remember(key, invocation)) origin.centre.options.keys.changed(key)
    if (key.mustInitialise === true) throw new RpcError(400, 'CONNECTION_NOT_INITED')
    subscribe(origin, invocation)
    await finished(origin.session, invocation.after)
    return { result: await call(origin, invocation.call), isError: false }
  } catch (error) {
    if (error instanceof CallLost) return { result: null, isError: true }
    if (error instanceof RpcError) return { result: encodeError(origin, error), isError: true }
    origin.centre.options.onEvent?.({ name: 'rpc.failed', method, error })
    return { result: encodeError(origin, new RpcError(500, 'INTERNAL')), isError: true }
  }
}

/**
 * A call subscribes its session to updates, except file calls and calls within `invokeWithoutUpdates`:
 * https://core.telegram.org/method/invokeWithoutUpdates
 */
function subscribe({ centre, connection, session }: Origin, invocation: Invocation): void {
  const { call, client, withoutUpdates } = invocation
  if (client !== null) session.receivesUpdates = !withoutUpdates
  const receives = session.receivesUpdates ?? session.key.receivesUpdates
  if (!receives) centre.subscribers.leave(session)
  else if (!withoutUpdates && !call._.startsWith('upload.')) {
    centre.subscribers.subscribe(session, connection)
  }
}

async function call(
  { centre, connection, session }: Origin,
  params: TlObject,
): Promise<Buffer | LazyBytes> {
  const { schema, handle, id: dcId } = centre.options
  const { key } = session
  const method = params._
  if (!schema.methods.has(method)) throw new RpcError(400, 'INPUT_METHOD_INVALID')
  centre.statistics.called(key.id, method)
  // The data centre has no temporary keys that could be bound.
  if (method === 'auth.bindTempAuthKey') throw new RpcError(400, 'TEMP_AUTH_KEY_EMPTY')
  const { peerAddress, signal } = connection
  const link = { peerAddress, signal, disconnect: () => connection.close() }
  const value = await handle({ method, params, dcId, key, session, ...link })
  const result = schema.layer(key.layer).encodeResult(method, value)
  // Lazy results are always files, and file contents are compressed already.
  return result instanceof LazyBytes || method.startsWith('upload.') ? result : packResult(result)
}

/** Waits for the calls that this one has to follow. Unknown calls count as finished. */
async function finished(session: Session, messageIds: readonly bigint[]): Promise<void> {
  for (const messageId of messageIds) {
    const succeeded = await session.running.get(messageId)?.succeeded
    if (succeeded === false) throw new RpcError(400, 'MSG_WAIT_FAILED')
  }
}

function encodeError({ centre, session }: Origin, error: RpcError): Buffer {
  centre.statistics.failed(session.key.id, error.message)
  return centre.options.schema
    .layer(session.key.layer)
    .encode({ _: 'rpc_error', error_code: error.code, error_message: error.message })
}
