import { setTimeout as delay } from 'node:timers/promises'
import { LAYER } from 'telegram/tl/AllTLObjects.js'
import { Api } from 'telegram/tl/index.js'
import { returnBigInt } from 'telegram/Helpers.js'
import type { ClientIdentity, DataCentre, KeepAlive } from '../client-config.ts'
import { withDeadline } from '../deadline.ts'
import { ConnectionLost, FloodWait, RpcFailed, TelegramError, Timeout } from '../errors.ts'
import { DEFAULT_TIMEOUT_MS, type CallOptions } from '../port.ts'
import type { TlValue } from '../tl/decoder.ts'
import type { TelegramClock } from '../telegram-clock.ts'
import { decodeAnswer, type ReadAnswer } from './decode-answer.ts'
import { KeyExchangeFailed, OneShotSender } from './sender.ts'

/** Deadline for connecting, key exchange and `initConnection` together. */
const OPEN_TIMEOUT_MS = 20_000

/** Consecutive call timeouts, without any answer between them, that end a link although its pings are answered. */
const MAX_UNANSWERED_CALLS = 3

/** One key exchange in 256 fails, because GramJS does not pad the shared secret. Telegram may also ask for a retry. */
const KEY_EXCHANGE_ATTEMPTS = 5

/** Attempts of a call that Telegram did not execute (`RpcFailed.remedy`), with a linear backoff. */
const CALL_ATTEMPTS = 4
const REPEAT_AFTER_MS = 200

export interface LinkOptions {
  readonly dc: DataCentre
  /** The data centre's auth key, 256 bytes. Undefined: a new one is created by key exchange. */
  readonly key: Buffer | undefined
  readonly identity: ClientIdentity
  readonly keepAlive: KeepAlive
  readonly localAddress: string | null
  readonly clock: TelegramClock
  /** Aborts the opening. Has no effect on an open link. */
  readonly signal: AbortSignal
  /** Checked before every call and ping; false ends the link without sending. */
  readonly maySend: () => boolean
}

/**
 * One encrypted connection to one data centre, from opening to its first failure. It never reconnects: when it ends, all
 * pending calls fail, and MtprotoClient opens a new link for the next call.
 */
export class Link {
  readonly #sender: OneShotSender
  readonly #identity: ClientIdentity
  /** Reject functions of the pending calls. */
  readonly #pending = new Set<(reason: TelegramError) => void>()
  #ended: TelegramError | null = null
  #keepAliveTimer: NodeJS.Timeout | undefined
  #key: Buffer = Buffer.alloc(0)
  /** Call timeouts since the last answer to any call. */
  #unansweredCalls = 0

  readonly #maySend: () => boolean

  private constructor({ dc, key, identity, localAddress, clock, maySend }: LinkOptions) {
    this.#maySend = maySend
    this.#identity = identity
    this.#sender = new OneShotSender(dc, key, {
      localAddress,
      clock,
      onEnd: (reason) => this.#end(reason),
    })
  }

  /**
   * Connects, exchanges a key if none is given, and initialises the connection. Throws Timeout after 20 s,
   * ConnectionLost, and SessionRevoked when Telegram does not know the key.
   */
  static async open(options: LinkOptions): Promise<Link> {
    for (let attempt = 1; ; attempt++) {
      const link = new Link(options)
      try {
        await withDeadline(
          `the opening of DC ${options.dc.id}`,
          { timeoutMs: OPEN_TIMEOUT_MS, signal: options.signal },
          ({ signal }) => link.#start(options.keepAlive, signal),
        )
        return link
      } catch (error) {
        const reason = link.#ended ?? asTelegramError(error)
        await link.close()
        const mayRepeat = error instanceof KeyExchangeFailed && attempt < KEY_EXCHANGE_ATTEMPTS
        if (!mayRepeat) throw reason
      }
    }
  }

  async #start(keepAlive: KeepAlive, signal: AbortSignal): Promise<void> {
    this.#key = await this.#sender.open()
    this.#keepAlive(keepAlive)
    await this.#initialise({ signal })
  }

  /** Sends `invokeWithLayer` and `initConnection`. Repeated when Telegram answers CONNECTION_NOT_INITED. */
  async #initialise(options: CallOptions): Promise<void> {
    const identity = this.#identity
    await this.#callOnce(
      new Api.InvokeWithLayer({
        layer: LAYER,
        query: new Api.InitConnection({
          apiId: identity.api.apiId,
          ...identity.device,
          systemLangCode: 'en',
          langPack: '',
          langCode: 'en',
          query: new Api.help.GetConfig(),
        }),
      }),
      options,
      ({ stream }) => stream,
    )
  }

  /** The auth key of this data centre, 256 bytes. */
  get key(): Buffer {
    return this.#key
  }

  get isOpen(): boolean {
    return this.#ended === null
  }

  /** Bytes received so far. */
  get received(): number {
    return this.#sender.received
  }

  /**
   * Sends a request and decodes its answer, by default into plain objects. Retries up to 3 times when Telegram did not
   * execute the request (`RpcFailed.remedy`). Throws the errors of `errors.ts`.
   */
  async call<T = TlValue>(
    request: Api.AnyRequest,
    options: CallOptions = {},
    read: ReadAnswer<T> = ({ stream }) => decodeAnswer(stream) as T,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#callOnce(request, options, read)
      } catch (error) {
        if (error instanceof FloodWait) throw withMethod(error, request)
        const remedy = error instanceof RpcFailed ? error.remedy : null
        if (remedy === null || attempt === CALL_ATTEMPTS) throw error
        if (remedy === 'initialise') await this.#initialise(options)
        else await delay(REPEAT_AFTER_MS * attempt, undefined, { signal: options.signal })
      }
    }
  }

  async #callOnce<T>(
    request: Api.AnyRequest,
    options: CallOptions,
    read: ReadAnswer<T>,
  ): Promise<T> {
    this.#checkPermit()
    if (this.#ended) throw this.#ended
    const sentAt = performance.now()
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options
    try {
      return await withDeadline(request.className, options, async (deadline) =>
        this.#answerTo(request, read, deadline.signal),
      )
    } catch (error) {
      // Only counts when at least half of the timeout passed on this link, not in a queue before it.
      const isUnanswered = performance.now() - sentAt >= timeoutMs / 2
      if (error instanceof Timeout && isUnanswered) this.#countUnanswered()
      throw signal?.aborted ? error : asTelegramError(error)
    }
  }

  /** Sends a request and waits for its answer. Throws the reason of the link's end, or the signal's reason. */
  async #answerTo<T>(
    request: Api.AnyRequest,
    read: ReadAnswer<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
    this.#pending.add(reject)
    try {
      const answer = this.#sender.send(Object.assign(request, { readResult: read }))
      Promise.resolve(answer)
        .finally(() => (this.#unansweredCalls = 0))
        .then((value) => resolve(value as T), reject)
      return await promise
    } finally {
      this.#pending.delete(reject)
      signal.removeEventListener('abort', abort)
    }
  }

  /** Closes the socket and stops the timer. Pending calls fail with ConnectionLost. */
  async close(): Promise<void> {
    this.#end(new ConnectionLost('the connection was closed'))
    await this.#sender.close()
  }

  #end(reason: TelegramError): void {
    if (this.#ended) return
    this.#ended = reason
    clearInterval(this.#keepAliveTimer)
    for (const reject of this.#pending) reject(reason)
    void this.#sender.close()
  }

  #countUnanswered(): void {
    this.#unansweredCalls++
    if (this.#unansweredCalls < MAX_UNANSWERED_CALLS) return
    this.#end(new ConnectionLost(`${this.#unansweredCalls} calls in a row got no answer`))
  }

  #checkPermit(): void {
    if (!this.#maySend()) this.#end(new ConnectionLost('the lease of the login has ended'))
  }

  /**
   * Sends `ping_delay_disconnect` with its delay in seconds. Replaces GramJS's ping loop, which sends milliseconds. Ends a
   * link that has received no byte for that delay: on a slow line, pongs wait behind megabytes of files.
   */
  #keepAlive({ intervalMs, disconnectAfterSeconds }: KeepAlive): void {
    let receivedAt = performance.now()
    let { received } = this
    const ping = () => {
      this.#checkPermit()
      if (this.#ended) return
      if (this.received > received) {
        receivedAt = performance.now()
        received = this.received
      }
      if (performance.now() - receivedAt > disconnectAfterSeconds * 1000) {
        this.#end(new ConnectionLost(`nothing received for ${disconnectAfterSeconds} s`))
        return
      }
      const pong = this.#sender.send(
        new Api.PingDelayDisconnect({
          // The send time, from which the sender computes the round trip (`_handlePong`).
          pingId: returnBigInt(Math.round(performance.now())),
          disconnectDelay: disconnectAfterSeconds,
        }),
      )
      Promise.resolve(pong).catch((error: unknown) => this.#end(asTelegramError(error)))
    }
    ping()
    this.#keepAliveTimer = setInterval(ping, intervalMs)
  }
}

function withMethod(cause: FloodWait, { className }: Api.AnyRequest): FloodWait {
  const { seconds, ofAccount } = cause
  return new FloodWait(seconds, { ofAccount, method: schemaName(className), cause })
}

/** GramJS's `messages.GetHistory` is the schema's `messages.getHistory`. */
function schemaName(className: string): string {
  return className.replace(/(?<=^|\.)[A-Z]/, (letter) => letter.toLowerCase())
}

function asTelegramError(error: unknown): TelegramError {
  if (error instanceof TelegramError) return error
  return new ConnectionLost('the connection to Telegram failed', { cause: error })
}
