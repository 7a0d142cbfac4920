import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { Migrate, PeerNotFound, RpcFailed } from '../errors.ts'
import type { FileLocation, Message } from '../message.ts'
import type {
  Account,
  CallOptions,
  Channel,
  ChannelInfo,
  ChannelRef,
  DialogsPage,
  GroupRef,
  HistoryPage,
  Telegram,
} from '../port.ts'
import { mapMessages } from '../tl/map-message.ts'
import { mapAccount, mapChannel, mapGroup } from '../tl/map-peer.ts'
import type { TlChat, TlDialogs, TlFullChat, TlPeer, TlUser } from '../tl/shapes.ts'
import { readMessages } from './decode-answer.ts'
import { cursorAfter, offsetOf } from './dialogs-cursor.ts'
import type { MtprotoClient } from './mtproto-client.ts'
import { newestMessageId } from './newest-message.ts'

const MAX_PAGE = 100
const MIN_CHUNK_BYTES = 4096
const MAX_CHUNK_BYTES = 1024 * 1024
/** From one data centre to another, for one part of a file. */
const MAX_MOVES = 2
const MAX_FOUND_FILES = 1_000

/** The Telegram port on GramJS. */
export class GramjsTelegram implements Telegram {
  readonly #client: MtprotoClient
  /** The data centres of files that are not where their messages say, by file; the latest ones. */
  readonly #foundAt = new Map<string, number>()

  constructor(client: MtprotoClient) {
    this.#client = client
  }

  async me(options?: CallOptions): Promise<Account> {
    const [user] = await this.#client.invoke<[TlUser]>(
      new Api.users.GetUsers({ id: [new Api.InputUserSelf()] }),
      options,
    )
    return mapAccount(user)
  }

  async dialogs(
    { cursor, limit = MAX_PAGE }: { cursor: string | null; limit?: number },
    options?: CallOptions,
  ): Promise<DialogsPage> {
    const page = await this.#client.invoke<TlDialogs>(
      new Api.messages.GetDialogs({ ...offsetOf(cursor), limit, hash: returnBigInt(0) }),
      options,
    )
    // A group and a channel may have the same id.
    const channelsById = byId(page.chats, mapChannel)
    const groupsById = byId(page.chats, mapGroup)
    const channels = page.dialogs.flatMap(({ peer }) => {
      const channel = peer._ === 'peerChannel' ? channelsById.get(peer.channel_id) : undefined
      return channel?.isMember ? [channel] : []
    })
    const groups = page.dialogs.flatMap(
      ({ peer }) => (peer._ === 'peerChat' && groupsById.get(peer.chat_id)) || [],
    )
    const next = cursorAfter(page)
    return { channels, groups, cursor: next === cursor ? null : next }
  }

  async resolveUsername(username: string, options?: CallOptions): Promise<Channel> {
    const { peer, chats } = await this.#client.invoke<{ peer: TlPeer; chats: readonly TlChat[] }>(
      new Api.contacts.ResolveUsername({ username }),
      options,
    )
    const id = peer._ === 'peerChannel' ? peer.channel_id : null
    return channelFrom(chats, id, `@${username} is not a channel`)
  }

  async invitedChannel(hash: string, options?: CallOptions): Promise<Channel> {
    const invite = await this.#client.invoke<{ _: string; chat?: TlChat }>(
      new Api.messages.CheckChatInvite({ hash }),
      options,
    )
    const joined = invite._ === 'chatInviteAlready' ? invite.chat : undefined
    return channelFrom(
      joined ? [joined] : [],
      joined?.id ?? null,
      'the account has not joined the channel of this invite link',
    )
  }

  async channel(ref: ChannelRef, options?: CallOptions): Promise<Channel> {
    const { chats } = await this.#client.invoke<{ chats: readonly TlChat[] }>(
      new Api.channels.GetChannels({ id: [inputChannel(ref)] }),
      options,
    )
    return channelFrom(chats, ref.id, `the account cannot see channel ${ref.id}`)
  }

  async channelInfo(ref: ChannelRef | GroupRef, options?: CallOptions): Promise<ChannelInfo> {
    const request =
      'groupId' in ref
        ? new Api.messages.GetFullChat({ chatId: returnBigInt(ref.groupId) })
        : new Api.channels.GetFullChannel({ channel: inputChannel(ref) })
    const { full_chat: full } = await this.#client.invoke<{ full_chat: TlFullChat }>(
      request,
      options,
    )
    const counted = full.participants_count ?? full.participants?.participants?.length
    return { about: full.about, participantsCount: counted ?? null }
  }

  async historyPage(
    ref: ChannelRef,
    { afterId, skip = 0, limit = MAX_PAGE }: { afterId: number; skip?: number; limit?: number },
    options?: CallOptions,
  ): Promise<HistoryPage> {
    const answer = await this.#client.invoke(
      new Api.messages.GetHistory({
        peer: inputPeerChannel(ref),
        // Telegram lists from the newest down; stepping back by a page shows what precedes the offset.
        offsetId: afterId + 1,
        addOffset: -limit - skip,
        limit,
        offsetDate: 0,
        maxId: 0,
        minId: 0,
        hash: returnBigInt(0),
      }),
      options,
      readMessages,
    )
    // Near the newest message a page is filled up with messages from before the offset.
    const newer = mapMessages(answer).filter(({ id }) => id > afterId)
    return {
      messages: newer.toSorted((a, b) => a.id - b.id),
      totalCount: answer.count ?? answer.messages.length,
    }
  }

  async lastIdBefore(ref: ChannelRef, instant: string, options?: CallOptions): Promise<number> {
    const answer = await this.#client.invoke(
      new Api.messages.GetHistory({
        peer: inputPeerChannel(ref),
        offsetId: 0,
        offsetDate: Math.floor(Date.parse(instant) / 1000),
        addOffset: 0,
        limit: 1,
        maxId: 0,
        minId: 0,
        hash: returnBigInt(0),
      }),
      options,
      readMessages,
    )
    return mapMessages(answer)[0]?.id ?? 0
  }

  async messagesById(
    ref: ChannelRef,
    ids: readonly number[],
    options?: CallOptions,
  ): Promise<readonly Message[]> {
    const answer = await this.#client.invoke(
      new Api.channels.GetMessages({
        channel: inputChannel(ref),
        id: ids.map((id) => new Api.InputMessageID({ id })),
      }),
      options,
      readMessages,
    )
    return mapMessages(answer)
  }

  async newestMessageId(ref: ChannelRef, options?: CallOptions): Promise<number> {
    const channel = inputChannel(ref)
    const { full_chat: full } = await this.#client.invoke<{ full_chat: TlFullChat }>(
      new Api.channels.GetFullChannel({ channel }),
      options,
    )
    return await newestMessageId(this.#client, channel, full.pts ?? 1, options)
  }

  async fileChunk(
    location: FileLocation,
    { offset, limit }: { offset: number; limit: number },
    options?: CallOptions,
  ): Promise<Uint8Array> {
    const request = new Api.upload.GetFile({
      location: inputFileLocation(location),
      offset: returnBigInt(checkedOffset(offset, limit)),
      limit,
    })
    const answer = await this.#fileCall(location, request, options)
    if (answer._ !== 'upload.file') {
      throw new RpcFailed(0, 'the file was redirected to a CDN, which was not offered')
    }
    return answer.bytes
  }

  /** A file may lie elsewhere than its message says, or be moved: where it was found is asked first from then on. */
  async #fileCall(location: FileLocation, request: Api.upload.GetFile, options?: CallOptions) {
    type File = { _: string; bytes: Uint8Array }
    for (let moves = 0; ; moves++) {
      const dcId = this.#foundAt.get(fileKey(location)) ?? location.dcId
      try {
        return await this.#client.invokeForFile<File>(dcId, request, options)
      } catch (error) {
        if (!(error instanceof Migrate) || moves === MAX_MOVES) throw error
        this.#remember(location, error.dcId)
      }
    }
  }

  #remember(location: FileLocation, dcId: number): void {
    const key = fileKey(location)
    this.#foundAt.delete(key)
    this.#foundAt.set(key, dcId)
    const [oldest] = this.#foundAt.keys()
    if (oldest !== undefined && this.#foundAt.size > MAX_FOUND_FILES) this.#foundAt.delete(oldest)
  }

  async logOut(options?: CallOptions): Promise<void> {
    await this.#client.invoke(new Api.auth.LogOut(), options)
  }

  async close(): Promise<void> {
    await this.#client.close()
  }
}

/** A location is read anew from each message and each request: only its file stays the same. */
function fileKey({ type, id }: FileLocation): string {
  return `${type} ${id}`
}

function byId<T>(
  chats: readonly TlChat[],
  map: (chat: TlChat) => T | null,
): ReadonlyMap<string, T> {
  const mapped = new Map<string, T>()
  for (const chat of chats) {
    const value = map(chat)
    if (value !== null) mapped.set(chat.id, value)
  }
  return mapped
}

function channelFrom(chats: readonly TlChat[], id: string | null, message: string): Channel {
  const chat = chats.find((candidate) => candidate.id === id)
  const channel = chat ? mapChannel(chat) : null
  if (!channel) throw new PeerNotFound(message)
  return channel
}

function inputChannel({ id, accessHash }: ChannelRef): Api.InputChannel {
  return new Api.InputChannel({
    channelId: returnBigInt(id),
    accessHash: returnBigInt(accessHash),
  })
}

function inputPeerChannel({ id, accessHash }: ChannelRef): Api.InputPeerChannel {
  return new Api.InputPeerChannel({
    channelId: returnBigInt(id),
    accessHash: returnBigInt(accessHash),
  })
}

function inputFileLocation(location: FileLocation): Api.TypeInputFileLocation {
  const fields = {
    id: returnBigInt(location.id),
    accessHash: returnBigInt(location.accessHash),
    fileReference: Buffer.from(location.fileReference, 'base64'),
    thumbSize: location.thumbSize,
  }
  return location.type === 'photo'
    ? new Api.InputPhotoFileLocation(fields)
    : new Api.InputDocumentFileLocation(fields)
}

/** Telegram's rules for ranges (https://core.telegram.org/api/files#downloading-files). */
function checkedOffset(offset: number, limit: number): number {
  const isPowerOfTwo = Number.isInteger(Math.log2(limit))
  if (!isPowerOfTwo || limit < MIN_CHUNK_BYTES || limit > MAX_CHUNK_BYTES || offset % limit !== 0) {
    throw new RangeError(`not a range of a file: ${limit} bytes at ${offset}`)
  }
  return offset
}
