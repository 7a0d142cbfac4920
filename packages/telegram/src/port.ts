import type { FileLocation, Message } from './message.ts'

/** Every call ends within its deadline: with an answer, a TelegramError or the signal's reason. */
export interface CallOptions {
  /** Default 30 s. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** The logged-in account. */
export interface Account {
  readonly userId: string
  /** With `+`; null when Telegram does not tell. */
  readonly phoneNumber: string | null
  readonly username: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  readonly isBot: boolean
  readonly isPremium: boolean
}

/** What Telegram needs to find a channel. The access hash is valid for one account only. */
export interface ChannelRef {
  /** Bare id, without the `-100` mark. */
  readonly id: string
  readonly accessHash: string
}

/** A broadcast channel or a supergroup. */
export interface Channel extends ChannelRef {
  readonly username: string | null
  readonly title: string
  readonly participantsCount: number | null
  readonly isBroadcast: boolean
  readonly isMegagroup: boolean
  /** Without a public name. */
  readonly isPrivate: boolean
  readonly isMember: boolean
}

/** What Telegram needs to find a basic group. */
export interface GroupRef {
  /** Bare id; a channel may have the same. */
  readonly groupId: string
}

/** A basic group: up to 200 members, no public name, no access hash. */
export interface Group extends GroupRef {
  readonly title: string
  readonly participantsCount: number
  /** The supergroup that took its place, where one did. */
  readonly migratedTo: ChannelRef | null
}

export interface ChannelInfo {
  readonly about: string
  readonly participantsCount: number | null
}

export interface DialogsPage {
  readonly channels: readonly Channel[]
  readonly groups: readonly Group[]
  /** Opaque; null after the last page. A page may hold neither and still have a next one. */
  readonly cursor: string | null
}

export interface HistoryPage {
  /** Oldest first. Empty only when nothing newer exists. */
  readonly messages: readonly Message[]
  /** How many messages the channel has altogether. */
  readonly totalCount: number
}

/**
 * One account's connection to Telegram: plain request and response, so that it can be local or behind
 * a message bus. Iteration, retries and streaming are functions over it (`history`, `download`).
 */
export interface Telegram {
  /** `users.getUsers` of oneself. */
  me(options?: CallOptions): Promise<Account>

  /** Dialogs that are channels, supergroups or basic groups, up to 100 dialogs a page (`messages.getDialogs`). */
  dialogs(
    page: { cursor: string | null; limit?: number },
    options?: CallOptions,
  ): Promise<DialogsPage>

  /** The channel with this public name, without `@` (`contacts.resolveUsername`). PeerNotFound otherwise. */
  resolveUsername(username: string, options?: CallOptions): Promise<Channel>

  /**
   * The channel whose invite link ends with this, where the account has joined it (`messages.checkChatInvite`).
   * PeerNotFound otherwise.
   */
  invitedChannel(hash: string, options?: CallOptions): Promise<Channel>

  /** The channel as the account sees it now (`channels.getChannels`). */
  channel(ref: ChannelRef, options?: CallOptions): Promise<Channel>

  /**
   * Description and exact size (`channels.getFullChannel`, `messages.getFullChat`); expensive for Telegram: one
   * call per second at most.
   */
  channelInfo(ref: ChannelRef | GroupRef, options?: CallOptions): Promise<ChannelInfo>

  /**
   * The messages that follow `afterId` and the `skip` messages after it, at most `limit` ≤ 100
   * (`messages.getHistory`). Where fewer than `limit` follow, some of those skipped come before them.
   */
  historyPage(
    ref: ChannelRef,
    page: { afterId: number; skip?: number; limit?: number },
    options?: CallOptions,
  ): Promise<HistoryPage>

  /** The id of the channel's last message from before `instant`, to the second; 0 for none (`messages.getHistory`). */
  lastIdBefore(ref: ChannelRef, instant: string, options?: CallOptions): Promise<number>

  /** At most 100 ids; deleted ones are left out (`channels.getMessages`). */
  messagesById(
    ref: ChannelRef,
    ids: readonly number[],
    options?: CallOptions,
  ): Promise<readonly Message[]>

  /**
   * The id of the newest message, for bots, which may not read history: from what is told of the channel's last events
   * (`channels.getFullChannel`, `updates.getChannelDifference`), mostly in two calls. PeerNotFound unless the bot runs
   * the channel. 0 where there is none.
   */
  newestMessageId(ref: ChannelRef, options?: CallOptions): Promise<number>

  /**
   * Bytes of a file from `offset` (`upload.getFile`). `limit` is a power of two from 4 KiB to 1 MiB and
   * divides `offset`. Fewer bytes than `limit` mean the end of the file.
   */
  fileChunk(
    location: FileLocation,
    range: { offset: number; limit: number },
    options?: CallOptions,
  ): Promise<Uint8Array>

  /** Ends the login at Telegram for good (`auth.logOut`). */
  logOut(options?: CallOptions): Promise<void>

  /** Closes every connection; calls under way fail with ConnectionLost. The login stays valid. */
  close(): Promise<void>
}

export const DEFAULT_TIMEOUT_MS = 30_000
