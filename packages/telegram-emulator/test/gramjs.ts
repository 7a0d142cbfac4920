import { createHash, createPublicKey } from 'node:crypto'
import { TelegramClient } from 'telegram/client/TelegramClient.js'
import * as RSA from 'telegram/crypto/RSA.js'
import { Logger, LogLevel } from 'telegram/extensions/Logger.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { ConnectionTCPFull } from 'telegram/network/index.js'
import { computeCheck } from 'telegram/Password.js'
import { StringSession } from 'telegram/sessions/index.js'
import { Api } from 'telegram/tl/index.js'
import type { Served } from './control.ts'

/**
 * The limit for histories in tests. Without a limit, or above 3000, GramJS pauses between pages, the first time with a
 * negative delay.
 */
export const WHOLE_HISTORY = 3000

/** An unmodified GramJS client with the addresses and the key of an emulator. */
export async function connect(
  emulator: Served,
  session = new StringSession(''),
): Promise<TelegramClient> {
  trust(emulator.publicKeyPem)
  const client = new TelegramClient(session, 1, 'any', {
    connection: connectionTo(emulator),
    connectionRetries: 3,
    retryDelay: 100,
    securityChecks: true,
    baseLogger: new Logger(LogLevel.NONE),
  })
  const [home] = emulator.dcs
  if (session.authKey === undefined && home !== undefined)
    session.setDC(home.id, home.ip, home.port)
  await client.connect()
  return client
}

/** Signs in by code, and with the password if one is given. */
export async function signIn(
  client: TelegramClient,
  phone: string,
  password?: string,
): Promise<Api.User> {
  const phoneCodeHash = await sendCode(client, phone)
  const phoneCode = phone.charAt('+99966'.length).repeat(5)
  const authorization = await client
    .invoke(new Api.auth.SignIn({ phoneNumber: phone, phoneCodeHash, phoneCode }))
    .catch(async (error: unknown) => {
      if (password === undefined) throw error
      return client.invoke(new Api.auth.CheckPassword({ password: await proof(client, password) }))
    })
  return (authorization as Api.auth.Authorization).user as Api.User
}

export async function sendCode(client: TelegramClient, phone: string): Promise<string> {
  const sent = await client.invoke(
    new Api.auth.SendCode({
      phoneNumber: phone,
      apiId: 1,
      apiHash: 'any',
      settings: new Api.CodeSettings({}),
    }),
  )
  return (sent as Api.auth.SentCode).phoneCodeHash
}

export async function proof(
  client: TelegramClient,
  password: string,
): Promise<Api.InputCheckPasswordSRP> {
  return computeCheck(await client.invoke(new Api.account.GetPassword()), password)
}

/** GramJS hard-codes the ports; the documented `connection` option overrides them. */
function connectionTo(emulator: Served): typeof ConnectionTCPFull {
  return class extends ConnectionTCPFull {
    constructor(options: ConstructorParameters<typeof ConnectionTCPFull>[0]) {
      const dc = emulator.dcs.find(({ id }) => id === options.dcId)
      super(dc === undefined ? options : { ...options, ip: dc.ip, port: dc.port })
    }
  }
}

function trust(publicKeyPem: string): void {
  const { n = '', e = '' } = createPublicKey(publicKeyPem).export({ format: 'jwk' })
  const modulus = Buffer.from(n, 'base64url')
  const exponent = Buffer.from(e, 'base64url')
  const digest = createHash('sha1').update(tlBytes(modulus)).update(tlBytes(exponent)).digest()
  RSA._serverKeys.set(String(digest.readBigInt64LE(12)), {
    n: returnBigInt(BigInt(`0x${modulus.toString('hex')}`)),
    e: exponent.readUIntBE(0, exponent.length),
  })
}

function tlBytes(value: Buffer): Buffer {
  const head = value.length < 254 ? [value.length] : [254, ...lengthBytes(value.length)]
  const padding = (4 - ((head.length + value.length) % 4)) % 4
  return Buffer.concat([Buffer.from(head), value, Buffer.alloc(padding)])
}

function lengthBytes(length: number): number[] {
  return [length & 255, (length >> 8) & 255, (length >> 16) & 255]
}
