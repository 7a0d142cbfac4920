import { randomBytes } from 'node:crypto'
import type { LazyBytes } from '../memory/lazy-bytes.ts'
import type { AuthKey } from './auth-key.ts'
import type { Clock } from './clock.ts'
import { MessageIds } from './message-id.ts'

/** An outgoing message. */
export interface SentMessage {
  readonly messageId: bigint
  readonly seqNo: number
  readonly body: Buffer | LazyBytes
}

export interface RunningCall {
  /** Set by `rpc_drop_answer`: the response is not sent. */
  isDropped: boolean
  /** Resolves when the call is finished: true if it had a result, false for an error. */
  readonly succeeded: Promise<boolean>
}

const MAX_REMEMBERED_IDS = 1024
const MAX_KEPT_ANSWERS = 64
const MAX_KEPT_ANSWER_BYTES = 1024 * 1024

/** The state of an MTProto session. A session may outlive its connection. */
export class Session {
  readonly id: bigint
  readonly key: AuthKey
  /** Distinguishes this session from one with the same id before a restart. */
  readonly uniqueId = randomBytes(8).readBigInt64LE()
  /** Whether `new_session_created` was sent. */
  isAnnounced = false
  /**
   * Whether the session's own `initConnection` subscribes to updates; null: as the key's last `initConnection` says.
   */
  receivesUpdates: boolean | null = null
  /** Running calls, by message id. */
  readonly running = new Map<bigint, RunningCall>()
  /** Messages for which the client awaits an acknowledgement. */
  readonly owedAcks = new Set<bigint>()

  readonly #messageIds: MessageIds
  #contentMessages = 0
  readonly #received = new Set<bigint>()
  #forgottenUpTo = 0n
  readonly #answers = new Map<bigint, SentMessage>()
  #answerBytes = 0

  constructor(id: bigint, key: AuthKey, clock: Clock) {
    this.id = id
    this.key = key
    this.#messageIds = new MessageIds(clock)
  }

  /** Numbers an outgoing message. `needsAck` is true for results and other content, false for service messages. */
  number(
    body: Buffer | LazyBytes,
    kind: 'answer' | 'notification',
    needsAck: boolean,
  ): SentMessage {
    const seqNo = this.#contentMessages * 2 + (needsAck ? 1 : 0)
    if (needsAck) this.#contentMessages += 1
    return { messageId: this.#messageIds.next(kind), seqNo, body }
  }

  /** Records an incoming message id. `unknown`: too old to know whether it was received before. */
  receive(messageId: bigint): 'new' | 'duplicate' | 'unknown' {
    if (this.#received.has(messageId)) return 'duplicate'
    if (messageId <= this.#forgottenUpTo) return 'unknown'
    this.#received.add(messageId)
    if (this.#received.size > MAX_REMEMBERED_IDS) {
      const [oldest = 0n] = this.#received
      this.#received.delete(oldest)
      if (oldest > this.#forgottenUpTo) this.#forgottenUpTo = oldest
    }
    return 'new'
  }

  /** Forgets an incoming message, so that it is processed when sent again. */
  unreceive(messageId: bigint): void {
    this.#received.delete(messageId)
  }

  hasReceived(messageId: bigint): boolean {
    return this.#received.has(messageId)
  }

  /** Stores a response until it is acknowledged or displaced by newer ones. */
  keepAnswer(requestId: bigint, answer: SentMessage): void {
    this.#answers.set(requestId, answer)
    this.#answerBytes += answer.body.length
    for (const oldest of this.#answers.keys()) {
      const fits =
        this.#answers.size <= MAX_KEPT_ANSWERS && this.#answerBytes <= MAX_KEPT_ANSWER_BYTES
      if (fits) return
      this.forgetAnswer(oldest)
    }
  }

  answerTo(requestId: bigint): SentMessage | undefined {
    return this.#answers.get(requestId)
  }

  /** A stored response by its own message id. */
  sent(messageId: bigint): SentMessage | undefined {
    return [...this.#answers.values()].find((answer) => answer.messageId === messageId)
  }

  forgetAnswer(requestId: bigint): void {
    this.#answerBytes -= this.#answers.get(requestId)?.body.length ?? 0
    this.#answers.delete(requestId)
  }

  /** Handles the client's acknowledgement of messages. */
  acknowledge(messageIds: readonly bigint[]): void {
    const acknowledged = new Set(messageIds)
    for (const [requestId, answer] of this.#answers) {
      if (acknowledged.has(answer.messageId)) this.forgetAnswer(requestId)
    }
  }
}

const MAX_SESSIONS_PER_KEY = 32

/** The sessions of a data centre; per key, the most recently used ones. */
export class Sessions {
  readonly #byKey = new Map<string, Map<bigint, Session>>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Returns the session with that id, or creates it. */
  of(key: AuthKey, id: bigint): Session {
    const sessions = this.#byKey.get(key.id) ?? new Map<bigint, Session>()
    this.#byKey.set(key.id, sessions)
    const session = sessions.get(id) ?? new Session(id, key, this.#clock)
    // A map iterates in insertion order, so re-insertion makes the first entry the least recently used.
    sessions.delete(id)
    sessions.set(id, session)
    const [oldest] = sessions.keys()
    if (sessions.size > MAX_SESSIONS_PER_KEY && oldest !== undefined) sessions.delete(oldest)
    return session
  }

  /** Returns whether there was such a session. */
  remove(key: AuthKey, id: bigint): boolean {
    return this.#byKey.get(key.id)?.delete(id) ?? false
  }

  removeKey(keyId: string): void {
    this.#byKey.delete(keyId)
  }
}
