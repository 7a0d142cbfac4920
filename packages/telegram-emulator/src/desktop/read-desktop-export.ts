import { open } from 'node:fs/promises'
import { z } from 'zod'
import { Random } from '../content/random.ts'
import type { ChannelBlueprint, ChannelMessage } from '../world/model.ts'
import { chatsOf } from './export-chats.ts'
import { DesktopExportError } from './export-error.ts'
import { MAX_EXPORT_CHARACTERS } from './export-json.ts'
import { exportedChat, exportedMessage, type ExportedMessage } from './export-schema.ts'
import type { ExportedChannel } from './exported-channel.ts'
import { NO_FILES, type ExportedFiles } from './exported-files.ts'
import { exportedChannelMessage, messageDate } from './exported-message.ts'
import { ExportedPeople } from './exported-people.ts'
import { listTimeline } from './list-timeline.ts'

const ACCESS_HASH_SUBJECT = 33

/** Kinds of chats that are channels to Telegram; private chats and bots are not. */
const CHANNEL_TYPES = new Map<
  string,
  Pick<ExportedChannel, 'kind'> & { readonly isPublic: boolean }
>([
  ['public_channel', { kind: 'broadcast', isPublic: true }],
  ['private_channel', { kind: 'broadcast', isPublic: false }],
  ['public_supergroup', { kind: 'supergroup', isPublic: true }],
  ['private_supergroup', { kind: 'supergroup', isPublic: false }],
  ['private_group', { kind: 'supergroup', isPublic: false }],
])

type Chat = z.infer<typeof exportedChat>

function parseMessages(chat: Chat): ExportedMessage[] {
  const messages = chat.messages.map((raw, index) => {
    const parsed = exportedMessage.safeParse(raw)
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    const place = [index, ...(issue?.path ?? [])].join('.')
    throw new DesktopExportError(`messages.${place} of chat ${chat.id}: ${issue?.message}`)
  })
  // History from before a group became a supergroup has ids below zero: it belongs to another chat.
  return messages.filter(({ id }) => id > 0).toSorted((a, b) => a.id - b.id)
}

function channelMessages(
  messages: readonly ExportedMessage[],
  channel: ExportedChannel,
): Map<number, ChannelMessage> {
  const byId = new Map<number, ChannelMessage>()
  // What has no date, as unsupported messages have none, was sent no earlier than the message before it.
  let date = messages.map(messageDate).find((known) => known !== undefined) ?? 0
  for (const message of messages) {
    if (byId.has(message.id)) {
      throw new DesktopExportError(`message ${message.id} of chat ${channel.id} occurs twice`)
    }
    date = messageDate(message) ?? date
    byId.set(message.id, exportedChannelMessage(message, channel, date))
  }
  return byId
}

function blueprint(chat: Chat, files: ExportedFiles): ChannelBlueprint {
  const type = CHANNEL_TYPES.get(chat.type)
  if (type === undefined) {
    throw new DesktopExportError(`chat ${chat.id} is a ${chat.type}, neither channel nor group`)
  }
  const people = new ExportedPeople()
  const title = chat.name ?? `Chat ${chat.id}`
  const channel = { id: chat.id, name: title, kind: type.kind, people, files }
  const messages = parseMessages(chat)
  const timeline = listTimeline(channelMessages(messages, channel))
  const everyone = people.all()
  return {
    id: chat.id,
    accessHash: new Random(Number(chat.id & 0xffff_ffffn), ACCESS_HASH_SUBJECT, 0).long(),
    title,
    // An export does not tell the username of a public chat.
    username: type.isPublic ? `channel_${chat.id}` : null,
    kind: type.kind,
    about: '',
    participantsCount: 0,
    createdAt: messages.map(messageDate).find((date) => date !== undefined) ?? 0,
    people: everyone,
    timeline,
  }
}

function isChannel(chat: unknown): boolean {
  const parsed = z.object({ type: z.string() }).safeParse(chat)
  return parsed.success && CHANNEL_TYPES.has(parsed.data.type)
}

function parseChat(chat: unknown): Chat {
  const parsed = exportedChat.safeParse(chat)
  if (parsed.success) return parsed.data
  throw new DesktopExportError(`a chat of the export: ${z.prettifyError(parsed.error)}`)
}

/**
 * The channels and groups of a Telegram Desktop export: of the file of one chat that one, of a full export all, in its
 * order. The messages of private chats are left out. Files that are not given get bytes of the sizes and dimensions
 * that the export names; what it left out has no file.
 *
 * @param text the content of `result.json`, at most 256 Mi characters.
 * @throws DesktopExportError for anything else.
 */
export function readDesktopExports(
  text: string,
  files: ExportedFiles = NO_FILES,
): ChannelBlueprint[] {
  const chats = chatsOf(text)
  const channels = chats.filter((chat) => isChannel(chat) || chats.length === 1)
  return channels.map((chat) => blueprint(parseChat(chat), files))
}

/**
 * The channel of an export that holds exactly one.
 *
 * @param asId the bare id that the channel gets instead of its own.
 * @throws DesktopExportError
 */
export function readDesktopExport(
  text: string,
  asId?: bigint,
  files: ExportedFiles = NO_FILES,
): ChannelBlueprint {
  const channels = chatsOf(text).filter((chat, _, all) => isChannel(chat) || all.length === 1)
  const [chat] = channels
  if (chat === undefined || channels.length > 1) {
    throw new DesktopExportError(`the export holds ${channels.length} channels, not one`)
  }
  const parsed = parseChat(chat)
  return blueprint(asId === undefined ? parsed : { ...parsed, id: asId }, files)
}

/** The content of an export file. @throws DesktopExportError when it is too long to be one. */
export async function loadDesktopExport(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size > MAX_EXPORT_CHARACTERS) {
      throw new DesktopExportError(`${path} has ${size} bytes; at most ${MAX_EXPORT_CHARACTERS}`)
    }
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}
