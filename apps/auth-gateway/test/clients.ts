import type { Gateways } from './gateway.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed JSON, not validated: tests compare it with the expected values. */
  readonly body: Record<string, unknown>
}

/** Sends a request and reads the response. */
export async function request(
  method: string,
  url: string,
  body?: FormData | URLSearchParams,
): Promise<Answer> {
  const response = await fetch(url, { method, ...(body !== undefined && { body }) })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: JSON.parse(text) as Record<string, unknown>,
  }
}

/** A body as `curl -F` and a browser's `FormData` send it. */
export function multipart(fields: Readonly<Record<string, string | Uint8Array>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields))
    if (typeof value === 'string') form.append(name, value)
    else form.append(name, new File([new Uint8Array(value)], 'my.session'))
  return form
}

/** A body as Python's `requests.post(url, data={…})` sends it. */
export function urlencoded(fields: Readonly<Record<string, string>>): URLSearchParams {
  return new URLSearchParams(fields)
}

/** The number of auth keys that are signed in to an account. */
export async function signedInKeys({ emulator }: Pick<Gateways, 'emulator'>): Promise<number> {
  const keys = await emulator.control.keys()
  return keys.filter((key) => key.account_id !== null).length
}

/** The number of calls of a method by all accounts of the emulator. */
export async function callsOf({ emulator }: Gateways, method: string): Promise<number> {
  const keys = await emulator.control.stats()
  return keys.reduce((sum, { rpcs }) => sum + (rpcs[method] ?? 0), 0)
}

export async function openConnections({ emulator }: Gateways): Promise<number> {
  const keys = await emulator.control.stats()
  return keys.reduce((sum, key) => sum + key.open_connections, 0)
}
