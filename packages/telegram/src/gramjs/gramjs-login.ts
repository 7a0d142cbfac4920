import { computeCheck } from 'telegram/Password.js'
import { Api } from 'telegram/tl/index.js'
import type { ClientIdentity } from '../client-config.ts'
import { Migrate, PhoneUnregistered } from '../errors.ts'
import type { CodeDelivery, CodeSent, LoginPort, LoginToken } from '../login/login-port.ts'
import type { Account } from '../port.ts'
import type { SessionAuth } from '../session-auth.ts'
import { mapAccount } from '../tl/map-peer.ts'
import type { TlAuthorization, TlLoginToken, TlSentCode, TlUser } from '../tl/shapes.ts'
import type { MtprotoClient } from './mtproto-client.ts'

/** The login port on GramJS. */
export class GramjsLogin implements LoginPort {
  readonly #client: MtprotoClient
  readonly #identity: ClientIdentity

  constructor(client: MtprotoClient, identity: ClientIdentity) {
    this.#client = client
    this.#identity = identity
  }

  async sendCode(phoneNumber: string): Promise<CodeSent> {
    const request = new Api.auth.SendCode({
      phoneNumber,
      ...this.#identity.api,
      settings: new Api.CodeSettings({}),
    })
    return codeSent(await this.#invokeAtHome<TlSentCode>(request))
  }

  async resendCode(code: { phoneNumber: string; phoneCodeHash: string }): Promise<CodeSent> {
    return codeSent(await this.#client.invoke<TlSentCode>(new Api.auth.ResendCode(code)))
  }

  /** Follows PHONE_MIGRATE (for bots USER_MIGRATE) to the account's home data centre, with a new auth key there. */
  async #invokeAtHome<T>(request: Api.AnyRequest): Promise<T> {
    try {
      return await this.#client.invoke<T>(request)
    } catch (error) {
      if (!(error instanceof Migrate)) throw error
      await this.#client.moveHome(error.dcId)
      return await this.#client.invoke<T>(request)
    }
  }

  async signIn(login: { phoneNumber: string; phoneCodeHash: string; code: string }) {
    const { phoneNumber, phoneCodeHash, code } = login
    return await this.#authorize(
      new Api.auth.SignIn({ phoneNumber, phoneCodeHash, phoneCode: code }),
    )
  }

  async me(): Promise<Account> {
    const self = new Api.users.GetUsers({ id: [new Api.InputUserSelf()] })
    const [user] = await this.#client.invoke<[TlUser]>(self)
    return mapAccount(user)
  }

  async passwordHint(): Promise<string | null> {
    return (await this.#password()).hint ?? null
  }

  async checkPassword(password: string): Promise<Account> {
    const check = await computeCheck(await this.#password(), password)
    return await this.#authorize(new Api.auth.CheckPassword({ password: check }))
  }

  /** Decoded by GramJS, because its SRP function (`computeCheck`) requires its own classes. */
  async #password(): Promise<Api.account.Password> {
    return await this.#client.invoke(
      new Api.account.GetPassword(),
      {},
      (reader) => reader.tgReadObject() as Api.account.Password,
    )
  }

  async #authorize(request: Api.auth.SignIn | Api.auth.CheckPassword): Promise<Account> {
    return accountOf(await this.#client.invoke<TlAuthorization>(request))
  }

  async loginToken(): Promise<LoginToken> {
    const { apiId, apiHash } = this.#identity.api
    return await this.#followMigration(
      await this.#client.invoke(new Api.auth.ExportLoginToken({ apiId, apiHash, exceptIds: [] })),
    )
  }

  async importLoginToken(token: Uint8Array): Promise<LoginToken> {
    return await this.#followMigration(
      await this.#client.invoke(new Api.auth.ImportLoginToken({ token: Buffer.from(token) })),
    )
  }

  async #followMigration(answer: TlLoginToken): Promise<LoginToken> {
    switch (answer._) {
      case 'auth.loginToken': {
        const expiresAt = this.#client.localTime(answer.expires).toISOString()
        return { status: 'waiting', token: answer.token, expiresAt }
      }
      case 'auth.loginTokenSuccess':
        return { status: 'accepted', account: accountOf(answer.authorization) }
      case 'auth.loginTokenMigrateTo':
        await this.#client.moveHome(answer.dc_id)
        await this.#client.connect()
        return { status: 'moved', token: answer.token }
    }
  }

  async signInBot(botAuthToken: string): Promise<Account> {
    const { apiId, apiHash } = this.#identity.api
    const request = new Api.auth.ImportBotAuthorization({ flags: 0, apiId, apiHash, botAuthToken })
    return accountOf(await this.#invokeAtHome<TlAuthorization>(request))
  }

  async cancelCode({ phoneNumber, phoneCodeHash }: { phoneNumber: string; phoneCodeHash: string }) {
    await this.#client.invoke(new Api.auth.CancelCode({ phoneNumber, phoneCodeHash }))
  }

  async logOut(): Promise<void> {
    await this.#client.invoke(new Api.auth.LogOut())
  }

  auth(): SessionAuth {
    return this.#client.auth
  }

  async close(): Promise<void> {
    await this.#client.close()
  }
}

function accountOf(authorization: TlAuthorization): Account {
  if (authorization._ !== 'auth.authorization') throw new PhoneUnregistered()
  return mapAccount(authorization.user)
}

/** `phoneCodeHash` is empty for answers other than `auth.sentCode`: no code can be submitted for them. */
function codeSent(sent: TlSentCode): CodeSent {
  if (sent._ === 'auth.sentCode')
    return { phoneCodeHash: sent.phone_code_hash, delivery: deliveryOf(sent) }
  const type = deliveryType(sent._)
  return {
    phoneCodeHash: '',
    delivery: { type, codeLength: null, nextType: null, resendAfterSeconds: null },
  }
}

function deliveryOf(sent: Extract<TlSentCode, { _: 'auth.sentCode' }>): CodeDelivery {
  return {
    type: deliveryType(sent.type._),
    codeLength: sent.type.length ?? null,
    nextType: sent.next_type ? deliveryType(sent.next_type._) : null,
    resendAfterSeconds: sent.timeout ?? null,
  }
}

/** `auth.sentCodeTypeFlashCall` → `flash_call`, `auth.sentCodePaymentRequired` → `payment_required`. */
function deliveryType(constructor: string): string {
  return constructor
    .replace(/^auth\.(?:sentCodeType|codeType|sentCode)/, '')
    .replaceAll(/(?!^)[A-Z]/g, '_$&')
    .toLowerCase()
}
