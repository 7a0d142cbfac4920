import type { TlObject } from '../tl/object.ts'
import { sendResult, type Origin } from './calls.ts'
import { destroyKey } from './destroy-key.ts'

/**
 * Handlers of service messages: https://core.telegram.org/mtproto/service_messages. Their responses are not wrapped in
 * `rpc_result`, except that to `rpc_drop_answer`.
 */
type Service = (origin: Origin, message: TlObject) => void

const SERVICES: Readonly<Record<string, Service>> = {
  msgs_ack: ({ session }, message) => session.acknowledge(message['msg_ids'] as bigint[]),
  ping: pong,
  ping_delay_disconnect: (origin, message) => {
    origin.connection.disconnectAfter(message['disconnect_delay'] as number)
    pong(origin, message)
  },
  get_future_salts: (origin, message) => {
    const { centre, session, messageId } = origin
    reply(origin, centre.salts.future(session.key, messageId, message['num'] as number))
  },
  msgs_state_req: stateInfo,
  msg_resend_req: resend,
  rpc_drop_answer: dropAnswer,
  destroy_session: destroySession,
  destroy_auth_key: destroyAuthKey,
  // These need no response: long polling is for HTTP only, and the server requests no message states.
  http_wait: () => undefined,
  msgs_state_info: () => undefined,
  msgs_all_info: () => undefined,
}

/** The handler of a service message; undefined for an API call. */
export function serviceOf(name: string): Service | undefined {
  return Object.hasOwn(SERVICES, name) ? SERVICES[name] : undefined
}

/** Sends a service message in response to another. */
export function reply({ centre, connection, session }: Origin, object: TlObject): void {
  const body = centre.options.schema.layer(null).encode(object)
  connection.send(session, session.number(body, 'answer', false))
}

function pong(origin: Origin, message: TlObject): void {
  reply(origin, { _: 'pong', msg_id: origin.messageId, ping_id: message['ping_id'] })
}

const RECEIVED = 4
const NOT_RECEIVED = 2

function stateInfo(origin: Origin, message: TlObject): void {
  const states = (message['msg_ids'] as bigint[]).map((id) =>
    origin.session.hasReceived(id) ? RECEIVED : NOT_RECEIVED,
  )
  const info = Buffer.from(states)
  reply(origin, { _: 'msgs_state_info', req_msg_id: origin.messageId, info })
}

/** Resends stored responses. For other messages, sends only their state. */
function resend(origin: Origin, message: TlObject): void {
  const { connection, session } = origin
  let isComplete = true
  for (const id of message['msg_ids'] as bigint[]) {
    const answer = session.sent(id)
    if (answer === undefined) isComplete = false
    else connection.send(session, answer)
  }
  if (!isComplete) stateInfo(origin, message)
}

function dropAnswer(origin: Origin, message: TlObject): void {
  const { centre, session } = origin
  const requestId = message['req_msg_id'] as bigint
  const running = session.running.get(requestId)
  const answer = session.answerTo(requestId)
  let outcome: TlObject = { _: 'rpc_answer_unknown' }
  if (running !== undefined) {
    running.isDropped = true
    outcome = { _: 'rpc_answer_dropped_running' }
  } else if (answer !== undefined) {
    session.forgetAnswer(requestId)
    const { messageId, seqNo, body } = answer
    outcome = { _: 'rpc_answer_dropped', msg_id: messageId, seq_no: seqNo, bytes: body.length }
  }
  sendResult(origin, centre.options.schema.layer(null).encode(outcome))
}

function destroySession(origin: Origin, message: TlObject): void {
  const { centre, session } = origin
  const id = message['session_id'] as bigint
  const isDestroyed = id !== session.id && centre.sessions.remove(session.key, id)
  reply(origin, {
    _: isDestroyed ? 'destroy_session_ok' : 'destroy_session_none',
    session_id: id,
  })
}

function destroyAuthKey(origin: Origin): void {
  const { centre, session } = origin
  reply(origin, { _: 'destroy_auth_key_ok' })
  destroyKey(centre, session.key.id)
}
