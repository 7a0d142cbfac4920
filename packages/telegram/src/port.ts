import { z } from 'zod'
import { tlLong, type Message } from './message.ts'

/** Every call ends within its deadline: with an answer, a TelegramError or the signal's reason. */
export interface CallOptions {
  /** Default 30 s. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** The logged-in account. */
export interface Account {
  readonly userId: string
  /** With `+`; null when Telegram does not send it. */
  readonly phoneNumber: string | null
  readonly username: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  readonly isBot: boolean
  readonly isPremium: boolean
}

export const channelRef = z.object({
  /** Bare id, without the `-100` mark. */
  id: tlLong,
  accessHash: tlLong,
})
/** What Telegram needs to find a channel. The access hash is valid for one account only. */
export type ChannelRef = Readonly<z.output<typeof channelRef>>

/** A broadcast channel or a supergroup. */
export interface Channel extends ChannelRef {
  readonly username: string | null
  readonly title: string
  readonly participantsCount: number | null
  readonly isBroadcast: boolean
  readonly isMegagroup: boolean
  /** True for a channel without a public username. */
  readonly isPrivate: boolean
  readonly isMember: boolean
}

export const groupRef = z.object({
  /** Bare id. A channel may have the same number as its id. */
  groupId: tlLong,
})
/** What Telegram needs to find a basic group. */
export type GroupRef = Readonly<z.output<typeof groupRef>>

/** The id of a message. 0 is the position before the first message. */
export const messageId = z.int().min(0)

/** A basic group: up to 200 members, no public name, no access hash. */
export interface Group extends GroupRef {
  readonly title: string
  readonly participantsCount: number
  /** The supergroup that the group was upgraded to; null without an upgrade. */
  readonly migratedTo: ChannelRef | null
}

export interface ChannelInfo {
  readonly about: string
  readonly participantsCount: number | null
}

export interface DialogsPage {
  readonly channels: readonly Channel[]
  readonly groups: readonly Group[]
  /** Opaque; null on the last page. A page without channels and groups may have a next page. */
  readonly cursor: string | null
}

export interface HistoryPage {
  /** Oldest first. Empty only when the channel has no newer messages. */
  readonly messages: readonly Message[]
  /** The number of all messages in the channel. */
  readonly totalCount: number
}

export const DEFAULT_TIMEOUT_MS = 30_000

/** Telegram returns at most this many dialogs, or messages, in one answer. */
export const MAX_PAGE = 100
