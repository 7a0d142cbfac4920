import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import {
  TELEGRAM_DCS,
  type ClientIdentity,
  type DataCentre,
  type TelegramConfig,
} from '../client-config.ts'
import { withDeadline, type Deadline } from '../deadline.ts'
import { AccountBanned, ConnectionLost, SessionRevoked, TelegramError } from '../errors.ts'
import type { CallOptions } from '../port.ts'
import { authKeyOf, withAuthKey, withoutAuthKey, type SessionAuth } from '../session-auth.ts'
import type { TlObject } from '../tl/decoder.ts'
import { TelegramClock } from '../telegram-clock.ts'
import type { ReadAnswer } from './decode-answer.ts'
import { FileHomes } from './file-homes.ts'
import { FileLinks } from './file-links.ts'
import { Link } from './link.ts'
import { trustOnly } from './server-key.ts'

/**
 * The right to use the login, such as a lease. `signal` is aborted when it ends. `isTrusted` is checked before anything
 * is sent, because a process that was suspended can send before its timers abort `signal`.
 */
export interface Permit {
  readonly signal: AbortSignal
  isTrusted(): boolean
}

export interface ClientLogin {
  readonly identity: ClientIdentity
  readonly auth: SessionAuth
  /**
   * Stores the credentials after a change. Calls never overlap, and each gets the complete credentials. A new auth key
   * is used only after its call has succeeded.
   */
  readonly onAuthChanged?: (auth: SessionAuth) => void | Promise<void>
  /** Omitted when no other process can use the login. */
  readonly permit?: Permit
}

/**
 * An account's client for all of Telegram's data centres. It opens one link per data centre on first use and again after
 * a lost connection, plus extra links for files (`FileLinks`).
 */
export class MtprotoClient {
  readonly fileHomes = new FileHomes()
  readonly #config: TelegramConfig
  readonly #login: ClientLogin
  readonly #links = new Map<number, Promise<Link>>()
  readonly #fileLinks = new Map<number, FileLinks>()
  readonly #clock: TelegramClock
  readonly #closing = new AbortController()
  #auth: SessionAuth
  /** The last call of `onAuthChanged`. */
  #authSaved: Promise<void> = Promise.resolve()
  /** Thrown by every further call: the login is invalid, or the client is closed. */
  #endReason: TelegramError | null = null

  constructor(config: TelegramConfig, login: ClientLogin) {
    if (config.publicKeyPem !== null) trustOnly(config.publicKeyPem)
    this.#config = config
    this.#clock = config.clock ?? new TelegramClock()
    this.#login = login
    this.#auth = login.auth
    login.permit?.signal.addEventListener('abort', () => void this.close(), { once: true })
  }

  get auth(): SessionAuth {
    return this.#auth
  }

  /** Converts a time of the home data centre (seconds since 1970) to this machine's clock. */
  localTime(seconds: number): Date {
    return new Date((seconds - this.#clock.offsetOf(this.#auth.dcId)) * 1000)
  }

  /** Opens the link to the account's home. */
  async connect(): Promise<void> {
    await this.#link(this.#auth.dcId)
  }

  /**
   * Calls a method at the account's home data centre. Throws the errors of `errors.ts`, and Timeout after
   * `options.timeoutMs` (default 30 s).
   */
  async invoke<T = TlObject>(
    request: Api.AnyRequest,
    options: CallOptions = {},
    read?: ReadAnswer<T>,
  ): Promise<T> {
    return await this.invokeAt(this.#auth.dcId, request, options, read)
  }

  /** Calls a method at any data centre. The login is exported to it first, if needed. */
  async invokeAt<T = TlObject>(
    dcId: number,
    request: Api.AnyRequest,
    options: CallOptions = {},
    read?: ReadAnswer<T>,
  ): Promise<T> {
    return await this.#withLoginAt(dcId, request, options, async ({ signal }) => {
      const link = await this.#link(dcId)
      return await link.call(request, { ...options, signal }, read)
    })
  }

  /** Calls a file method on the data centre's file links. The call queues while all links are busy (`FileLinks`). */
  async invokeForFile<T = TlObject>(
    dcId: number,
    request: Api.AnyRequest,
    options: CallOptions = {},
  ): Promise<T> {
    return await this.#withLoginAt(
      dcId,
      request,
      options,
      async (deadline) =>
        await this.#fileLinksAt(dcId).call(deadline, async (link) =>
          link.call(request, { ...options, signal: deadline.signal }),
        ),
    )
  }

  async #withLoginAt<T>(
    dcId: number,
    { className }: Api.AnyRequest,
    options: CallOptions,
    call: (deadline: Deadline) => Promise<T>,
  ): Promise<T> {
    const key = this.#auth.keys[dcId]
    return await withDeadline(className, options, async (deadline) => {
      const attempt = () => this.#callUnlessEnded(dcId, () => call(deadline))
      try {
        return await attempt()
      } catch (error) {
        if (!(error instanceof SessionRevoked) || dcId === this.#auth.dcId) throw error
        // Another data centre no longer knows the auth key: drop it and export the login again.
        if (this.#auth.keys[dcId] === key) await this.#dropKey(dcId)
        deadline.signal.throwIfAborted()
        return await attempt()
      }
    })
  }

  async #callUnlessEnded<T>(dcId: number, call: () => Promise<T>): Promise<T> {
    if (this.#endReason) throw this.#endReason
    try {
      return await call()
    } catch (error) {
      const isInvalid = error instanceof SessionRevoked || error instanceof AccountBanned
      if (isInvalid && dcId === this.#auth.dcId) this.#endReason = error
      throw error
    }
  }

  /** Makes another data centre the home of a login that is not signed in yet. Drops all auth keys. */
  async moveHome(dcId: number): Promise<void> {
    await this.#closeLinks()
    await this.#changeAuth({ dcId, keys: {} })
  }

  /** Closes all links and waits for a pending `onAuthChanged`. Every later call throws ConnectionLost. */
  async close(): Promise<void> {
    this.#endReason ??= new ConnectionLost('the client was closed')
    this.#closing.abort(this.#endReason)
    await this.#closeLinks()
    await this.#authSaved
  }

  async #link(dcId: number): Promise<Link> {
    const current = this.#links.get(dcId)
    if (current) {
      const link = await current
      if (link.isOpen) return link
      // Concurrent callers share one new link: the first one opens it, the others find it here.
      if (this.#links.get(dcId) !== current) return await this.#link(dcId)
    }
    const opening = this.#open(dcId)
    this.#links.set(dcId, opening)
    void opening.catch(() => {
      if (this.#links.get(dcId) === opening) this.#links.delete(dcId)
    })
    return await opening
  }

  #fileLinksAt(dcId: number): FileLinks {
    const current = this.#fileLinks.get(dcId)
    if (current) return current
    const main = () => this.#link(dcId)
    const opened = new FileLinks({ main, extra: async () => await this.#openExtra(dcId) })
    this.#fileLinks.set(dcId, opened)
    return opened
  }

  async #openExtra(dcId: number): Promise<Link> {
    const { key } = await this.#link(dcId)
    return await this.#openLink(dcId, key)
  }

  async #openLink(dcId: number, key: Buffer | undefined): Promise<Link> {
    return await Link.open({
      dc: this.#addressOf(dcId),
      key,
      identity: this.#login.identity,
      keepAlive: this.#config.keepAlive,
      localAddress: this.#config.egressAddress,
      clock: this.#clock,
      signal: this.#closing.signal,
      maySend: () => this.#login.permit?.isTrusted() ?? true,
    })
  }

  async #open(dcId: number): Promise<Link> {
    const key = authKeyOf(this.#auth, dcId)
    const link = await this.#openLink(dcId, key)
    try {
      if (key === undefined) {
        if (dcId !== this.#auth.dcId) await this.#exportLogin(dcId, link)
        await this.#changeAuth(withAuthKey(this.#auth, dcId, link.key))
      }
      if (this.#endReason) throw this.#endReason
      return link
    } catch (error) {
      await link.close()
      throw error
    }
  }

  async #exportLogin(dcId: number, link: Link): Promise<void> {
    const exported = await this.invoke<ExportedAuthorization>(
      new Api.auth.ExportAuthorization({ dcId }),
    )
    await link.call(
      new Api.auth.ImportAuthorization({
        id: returnBigInt(exported.id),
        bytes: exported.bytes,
      }),
    )
  }

  #addressOf(dcId: number): DataCentre {
    const dc = (this.#config.dcs ?? TELEGRAM_DCS).find(({ id }) => id === dcId)
    if (!dc) throw new ConnectionLost(`the address of DC ${dcId} is not known`)
    return dc
  }

  async #changeAuth(auth: SessionAuth): Promise<void> {
    this.#auth = auth
    const saved = this.#authSaved.then(() => this.#login.onAuthChanged?.(auth))
    // Only this call throws a failure, not the next change.
    this.#authSaved = saved.catch(() => undefined)
    await saved
  }

  async #dropKey(dcId: number): Promise<void> {
    const link = this.#links.get(dcId)
    this.#links.delete(dcId)
    await this.#fileLinks.get(dcId)?.close()
    this.#fileLinks.delete(dcId)
    await this.#changeAuth(withoutAuthKey(this.#auth, dcId))
    if (link) await closeWhenOpen(link)
  }

  async #closeLinks(): Promise<void> {
    await Promise.all([...this.#fileLinks.values()].map((links) => links.close()))
    this.#fileLinks.clear()
    const links = [...this.#links.values()]
    this.#links.clear()
    await Promise.all(links.map(closeWhenOpen))
  }
}

interface ExportedAuthorization {
  readonly id: string
  readonly bytes: Buffer
}

async function closeWhenOpen(opening: Promise<Link>): Promise<void> {
  const [result] = await Promise.allSettled([opening])
  if (result.status === 'fulfilled') await result.value.close()
}
