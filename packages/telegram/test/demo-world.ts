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

/** A message with a file, and the file's SHA-256 from the emulator. */
export interface FilePost {
  readonly channel: Channel
  readonly message: Message
  readonly file: MediaFile
  readonly sha256: string
}

/** All posts with files of the demo's first channel: every common kind, a few MB at most, on both data centres. */
export async function filePosts(emulator: Emulator, telegram: Telegram): Promise<FilePost[]> {
  const [first] = await emulator.control.channels()
  const channel = await resolveChannel(telegram, String(first?.id))
  const truth = await emulator.control.messages(channel.id)
  const hashes = new Map(truth.map(({ id, media }) => [id, media?.sha256]))
  const pages = await Array.fromAsync(history(telegram, channel, { afterId: 0 }))
  return pages.flat().flatMap((message) => {
    const sha256 = hashes.get(message.id)
    return message.media && sha256 ? [{ channel, message, file: message.media, sha256 }] : []
  })
}
