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
  /** With `+`; null when Telegram does not tell. */
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
  /** Without a public name. */
  readonly isPrivate: boolean
  readonly isMember: boolean
}

export const groupRef = z.object({
  /** Bare id; a channel may have the same. */
  groupId: tlLong,
})
/** What Telegram needs to find a basic group. */
export type GroupRef = Readonly<z.output<typeof groupRef>>

/** 0 stands before the first message. */
export const messageId = z.int().min(0)

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

export const DEFAULT_TIMEOUT_MS = 30_000

/** Telegram returns at most this many dialogs, or messages, in one answer. */
export const MAX_PAGE = 100
