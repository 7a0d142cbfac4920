import { randomInt } from 'node:crypto'
import type { DataCentre } from '@telegather/telegram'
import { emulatorConfig, signInTestAccount } from '@telegather/telegram/testing'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/**
 * A request as the documents' clients send it: `data` as the Python example's `requests` does, `form` as `curl -F`,
 * `json` as both; nothing as both send a POST without a body.
 */
export async function ask(
  url: string,
  sent: {
    readonly method?: string
    readonly data?: Readonly<Record<string, string>>
    readonly form?: Readonly<Record<string, string>>
    readonly json?: object
  } = {},
): Promise<Answer> {
  const { data, form, json, method = data || form || json ? 'POST' : 'GET' } = sent
  const multipart = new FormData()
  for (const [name, value] of Object.entries(form ?? {})) multipart.append(name, value)
  const response = await fetch(url, {
    method,
    ...(json && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) }),
    ...(data && { body: new URLSearchParams(data) }),
    ...(form && { body: multipart }),
  })
  return { status: response.status, body: await response.json() }
}

/** A new account's login that Telethon has made, as its session string. */
export async function telethonLogin(control: string): Promise<string> {
  const config = emulatorConfig({
    dcs: (await ask(`${control}/dcs`)).body as DataCentre[],
    publicKeyPem: await (await fetch(`${control}/key`)).text(),
  })
  const phoneNumber = `+999662${String(randomInt(2000, 8000))}`
  const { dcId, keys } = (await signInTestAccount(config, phoneNumber)).auth
  const key = Buffer.from(keys[dcId] ?? '', 'base64')
  return `1${Buffer.concat([Buffer.from([dcId, 127, 0, 0, 1, 1, 187]), key]).toString('base64url')}=`
}
