import { randomInt } from 'node:crypto'
import type { DataCentre } from '@telegather/telegram'
import { emulatorConfig, signInTestAccount } from '@telegather/telegram/testing'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/**
 * Sends a request like the example clients of the API documents: `data` as a URL-encoded form (Python's `requests`),
 * `form` as multipart (`curl -F`), `json` as JSON. Without any of them, the request has no body.
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

/** Logs a new account in at the emulator; returns the login as a session string of Telethon. */
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
