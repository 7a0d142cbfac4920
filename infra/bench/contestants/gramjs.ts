/** Unmodified GramJS (`downloadMedia`), configured with the emulator's addresses and public key. */
import { createHash, createPublicKey } from 'node:crypto'
import { join } from 'node:path'
import { TelegramClient } from 'telegram/client/TelegramClient.js'
import { _serverKeys as trustedKeys } from 'telegram/crypto/RSA.js'
import { Logger, LogLevel } from 'telegram/extensions/Logger.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { ConnectionTCPFull } from 'telegram/network/index.js'
import { StringSession } from 'telegram/sessions/index.js'
import { Api, serializeBytes } from 'telegram/tl/index.js'
import { contest, type Task } from './contest.ts'

await contest(async (task) => {
  const client = await logIn(task)
  const messages = await client.getMessages(task.channel, { limit: 1000 })
  return async () => {
    let bytes = 0
    for (const message of messages) {
      if (!message.document) continue
      await client.downloadMedia(message, { outputFile: join(task.directory, String(message.id)) })
      bytes += Number(message.document.size)
    }
    return bytes
  }
})

async function logIn({ dcs, publicKeyPem, phone, code }: Task): Promise<TelegramClient> {
  trust(publicKeyPem)
  const session = new StringSession('')
  const client = new TelegramClient(session, 1, 'any', {
    connection: connectionTo(dcs),
    connectionRetries: 3,
    baseLogger: new Logger(LogLevel.NONE),
  })
  const [home] = dcs
  if (home) session.setDC(home.id, home.ip, home.port)
  await client.connect()
  const { phoneCodeHash } = await client.sendCode({ apiId: 1, apiHash: 'any' }, phone)
  await client.invoke(new Api.auth.SignIn({ phoneNumber: phone, phoneCodeHash, phoneCode: code }))
  return client
}

/** Replaces the ports that are fixed in GramJS, through its documented `connection` option. */
function connectionTo(dcs: Task['dcs']): typeof ConnectionTCPFull {
  return class extends ConnectionTCPFull {
    constructor(options: ConstructorParameters<typeof ConnectionTCPFull>[0]) {
      const dc = dcs.find(({ id }) => id === options.dcId)
      super(dc === undefined ? options : { ...options, ip: dc.ip, port: dc.port })
    }
  }
}

/** Adds the emulator's public key to GramJS. The key's fingerprint is the low 64 bits of the SHA-1 of its TL serialisation. */
function trust(publicKeyPem: string): void {
  const { n = '', e = '' } = createPublicKey(publicKeyPem).export({ format: 'jwk' })
  const [modulus, exponent] = [Buffer.from(n, 'base64url'), Buffer.from(e, 'base64url')]
  const form = Buffer.concat([serializeBytes(modulus), serializeBytes(exponent)])
  const fingerprint = createHash('sha1').update(form).digest().readBigInt64LE(12)
  trustedKeys.set(String(fingerprint), {
    n: returnBigInt(BigInt(`0x${modulus.toString('hex')}`)),
    e: exponent.readUIntBE(0, exponent.length),
  })
}
