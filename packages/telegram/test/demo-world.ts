import { startEmulator, type Emulator } from '@telegather/telegram-emulator'
import {
  connectTelegram,
  history,
  resolveChannel,
  type Channel,
  type MediaFile,
  type Message,
  type SignedIn,
  type Telegram,
  type TelegramConfig,
} from '../src/index.ts'
import { emulatorConfig } from '../src/testing.ts'

/** An account of DC 2 without a two-step password. */
export const PHONE = '+9996621001'
export const CODE = '22222'

/** An account with a two-step password. */
export const PHONE_WITH_PASSWORD = '+9996621002'
export const PASSWORD = 'telegather'

export const PHONE_ON_DC_4 = '+9996641003'
export const CODE_ON_DC_4 = '44444'

export async function startDemoWorld(): Promise<{ emulator: Emulator; config: TelegramConfig }> {
  const emulator = await startEmulator({ port: 0, controlPort: 0, world: 'demo', dataDir: null })
  return { emulator, config: emulatorConfig(emulator) }
}

export async function open(config: TelegramConfig, login: SignedIn): Promise<Telegram> {
  return await connectTelegram(config, { auth: login.auth, identity: login.identity })
}

/** A message of a channel, as the emulator's control API lists it. */
export interface TrueMessage {
  readonly id: number
  readonly date: string
  readonly text: string
  readonly media: {
    readonly kind: MediaFile['kind']
    readonly name: string | null
    readonly size: number
    readonly sha256: string
  } | null
}

export async function trueMessages(emulator: Emulator, channelId: string) {
  const response = await fetch(`${emulator.controlUrl}/channels/${channelId}/messages`)
  return (await response.json()) as TrueMessage[]
}

export interface TrueChannel {
  readonly id: number
  readonly title: string
  readonly username: string | null
  readonly kind: 'broadcast' | 'supergroup'
  readonly participants: number
  readonly messages: number
  readonly top_message_id: number
}

export async function trueChannels(emulator: Emulator): Promise<TrueChannel[]> {
  const response = await fetch(`${emulator.controlUrl}/channels`)
  return (await response.json()) as TrueChannel[]
}

export interface KeyStatistics {
  readonly key_id: string
  readonly open_connections: number
  readonly rpcs: Readonly<Record<string, number>>
}

export async function keyStatistics(
  emulator: Pick<Emulator, 'controlUrl'>,
): Promise<KeyStatistics[]> {
  const response = await fetch(`${emulator.controlUrl}/stats`)
  return (await response.json()) as KeyStatistics[]
}

/** Adds a fault to the emulator (see its README). */
export async function placeFault(
  emulator: Emulator,
  fault: Readonly<Record<string, unknown>>,
): Promise<void> {
  const response = await fetch(`${emulator.controlUrl}/faults`, {
    method: 'POST',
    body: JSON.stringify(fault),
  })
  if (!response.ok) throw new Error(await response.text())
}

/** A message with a file, and the file's SHA-256 from the emulator. */
export interface FilePost {
  readonly channel: Channel
  readonly message: Message
  readonly file: MediaFile
  readonly sha256: string
}

/** All posts with files of the demo's first channel: every common kind, a few MB at most, on both data centres. */
export async function filePosts(emulator: Emulator, telegram: Telegram): Promise<FilePost[]> {
  const [first] = await trueChannels(emulator)
  const channel = await resolveChannel(telegram, String(first?.id))
  const truth = await trueMessages(emulator, channel.id)
  const hashes = new Map(truth.map(({ id, media }) => [id, media?.sha256]))
  const pages = await Array.fromAsync(history(telegram, channel, { afterId: 0 }))
  return pages.flat().flatMap((message) => {
    const sha256 = hashes.get(message.id)
    return message.media && sha256 ? [{ channel, message, file: message.media, sha256 }] : []
  })
}
