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

/** Ends with `signal`; asked before anything is sent, since a process that was paused sends before it hears. */
export interface Permit {
  readonly signal: AbortSignal
  isTrusted(): boolean
}

export interface ClientLogin {
  readonly identity: ClientIdentity
  readonly auth: SessionAuth
  /** Called one at a time, each with everything there is to store, before the change is relied on. */
  readonly onAuthChanged?: (auth: SessionAuth) => void | Promise<void>
  /** The right to be connected; without one the login is nobody else's. */
  readonly permit?: Permit
}

/**
 * A client of Telegram's data centres: one link to the account's home and one to each other that holds
 * its files, opened when first needed and again after they broke; for files some more while that helps.
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
  #reported: Promise<void> = Promise.resolve()
  /** Why no further call is made: the login is lost, or the client closed. */
  #over: TelegramError | null = null

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

  /** An instant by this machine's clock, of the account's home. `seconds`: since 1970, by Telegram's. */
  localTime(seconds: number): Date {
    return new Date((seconds - this.#clock.offsetOf(this.#auth.dcId)) * 1000)
  }

  /** Opens the link to the account's home. */
  async connect(): Promise<void> {
    await this.#link(this.#auth.dcId)
  }

  /** A call at the account's home data centre. */
  async invoke<T = TlObject>(
    request: Api.AnyRequest,
    options: CallOptions = {},
    read?: ReadAnswer<T>,
  ): Promise<T> {
    return await this.invokeAt(this.#auth.dcId, request, options, read)
  }

  /** A call at any data centre; the login is carried over to it first. */
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

  /** A call for a part of a file, which may go over a link of its own; it waits until there is room for it. */
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
      const attempt = () => this.#unlessOver(dcId, () => call(deadline))
      try {
        return await attempt()
      } catch (error) {
        if (!(error instanceof SessionRevoked) || dcId === this.#auth.dcId) throw error
        // Another data centre has forgotten the login: that one is carried over again.
        if (this.#auth.keys[dcId] === key) await this.#forget(dcId)
        deadline.signal.throwIfAborted()
        return await attempt()
      }
    })
  }

  async #unlessOver<T>(dcId: number, call: () => Promise<T>): Promise<T> {
    if (this.#over) throw this.#over
    try {
      return await call()
    } catch (error) {
      const lost = error instanceof SessionRevoked || error instanceof AccountBanned
      if (lost && dcId === this.#auth.dcId) this.#over = error
      throw error
    }
  }

  /** Makes another data centre the home, before anyone is logged in. Keys of the old one are dropped. */
  async moveHome(dcId: number): Promise<void> {
    await this.#closeLinks()
    await this.#changeAuth({ dcId, keys: {} })
  }

  async close(): Promise<void> {
    this.#over ??= new ConnectionLost('the client was closed')
    this.#closing.abort(this.#over)
    await this.#closeLinks()
    await this.#reported
  }

  async #link(dcId: number): Promise<Link> {
    const current = this.#links.get(dcId)
    if (current) {
      const link = await current
      if (link.isOpen) return link
      // Of all callers that find it broken, the first one opens the next.
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
    const own = () => this.#link(dcId)
    const opened = new FileLinks({ own, further: async () => await this.#openFurther(dcId) })
    this.#fileLinks.set(dcId, opened)
    return opened
  }

  async #openFurther(dcId: number): Promise<Link> {
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
        if (dcId !== this.#auth.dcId) await this.#carryLoginOver(dcId, link)
        await this.#changeAuth(withAuthKey(this.#auth, dcId, link.key))
      }
      if (this.#over) throw this.#over
      return link
    } catch (error) {
      await link.close()
      throw error
    }
  }

  async #carryLoginOver(dcId: number, link: Link): Promise<void> {
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
    const report = this.#reported.then(() => this.#login.onAuthChanged?.(auth))
    // A failure belongs to the change that it is of, not to the next one.
    this.#reported = report.catch(() => undefined)
    await report
  }

  async #forget(dcId: number): Promise<void> {
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
