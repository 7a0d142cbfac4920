import type { Emulator } from '../src/index.ts'

/** The addresses and the key of an emulator in any process. */
export type Served = Pick<Emulator, 'dcs' | 'controlUrl' | 'publicKeyPem'>

/** An item of `GET /channels/{id}/messages`. */
export interface DescribedMessage {
  readonly id: number
  readonly date: string
  readonly text: string
  readonly media: { kind: string; name: string | null; size: number; sha256: string } | null
}

export async function messagesOf(emulator: Served, channelId: bigint): Promise<DescribedMessage[]> {
  const response = await fetch(`${emulator.controlUrl}/channels/${channelId}/messages`)
  return (await response.json()) as DescribedMessage[]
}

export async function post(
  emulator: Served,
  message: Record<string, unknown>,
): Promise<{ id: number }> {
  const response = await fetch(`${emulator.controlUrl}/messages`, {
    method: 'POST',
    body: JSON.stringify(message),
  })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as { id: number }
}

/** Calls the control API and returns the response. Throws for an error response. */
export async function control(
  emulator: Served,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: Record<string, unknown>,
): Promise<unknown> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
  const response = await fetch(`${emulator.controlUrl}${path}`, init)
  if (!response.ok) throw new Error(await response.text())
  return response.json()
}
