import type { TlJsonObject } from '../message.ts'

/**
 * Types of the TL objects in this package, with only the fields that it reads (layer 198,
 * https://core.telegram.org/schema). Optional fields depend on a flag.
 */
export interface TlUser {
  readonly _: 'user' | 'userEmpty'
  readonly id: string
  readonly access_hash?: string
  readonly first_name?: string
  readonly last_name?: string
  readonly username?: string
  readonly usernames?: readonly TlUsername[]
  readonly phone?: string
  readonly bot?: true
  readonly premium?: true
}

export interface TlUsername {
  readonly username: string
  readonly active?: true
}

export interface TlChat {
  readonly _: 'channel' | 'channelForbidden' | 'chat' | 'chatForbidden' | 'chatEmpty'
  readonly id: string
  readonly access_hash?: string
  readonly title: string
  readonly username?: string
  readonly usernames?: readonly TlUsername[]
  readonly participants_count?: number
  readonly broadcast?: true
  readonly megagroup?: true
  readonly left?: true
  /** The supergroup to which a `chat` was migrated. */
  readonly migrated_to?: { readonly channel_id: string; readonly access_hash: string }
}

/** `channelFull` and `chatFull`. */
export interface TlFullChat {
  readonly about: string
  /** Channels only: the channel's current pts (event counter). */
  readonly pts?: number
  /** Channels only. */
  readonly participants_count?: number
  /** Basic groups only; the inner list is absent when the account may not see the participants. */
  readonly participants?: { readonly participants?: readonly unknown[] }
}

export type TlPeer =
  | { readonly _: 'peerUser'; readonly user_id: string }
  | { readonly _: 'peerChat'; readonly chat_id: string }
  | { readonly _: 'peerChannel'; readonly channel_id: string }

export interface TlDialogs {
  readonly _: 'messages.dialogs' | 'messages.dialogsSlice'
  readonly dialogs: readonly { readonly peer: TlPeer; readonly top_message: number }[]
  readonly messages: readonly TlAnyMessage[]
  readonly chats: readonly TlChat[]
  readonly users: readonly TlUser[]
}

/** `updates.ChannelDifference`. */
export type TlChannelDifference =
  | {
      readonly _: 'updates.channelDifferenceTooLong'
      readonly dialog: { readonly top_message: number }
    }
  | {
      readonly _: 'updates.channelDifference' | 'updates.channelDifferenceEmpty'
      readonly final?: true
      readonly pts: number
      readonly new_messages?: readonly { readonly id: number }[]
    }

export interface TlMessages {
  /** Total number of messages; absent in `messages.messages`, which contains all of them. */
  readonly count?: number
  readonly messages: readonly TlAnyMessage[]
  readonly chats: readonly TlChat[]
  readonly users: readonly TlUser[]
}

export type TlAnyMessage =
  | TlMessage
  | { readonly _: 'messageEmpty'; readonly id: number; readonly peer_id?: TlPeer }

export interface TlMessage {
  readonly _: 'message' | 'messageService'
  readonly id: number
  readonly peer_id: TlPeer
  readonly from_id?: TlPeer
  readonly date: number
  readonly edit_date?: number
  readonly edit_hide?: true
  readonly message?: string
  readonly entities?: readonly TlEntity[]
  readonly media?: TlMedia
  readonly post_author?: string
  readonly views?: number
  readonly forwards?: number
  readonly replies?: { readonly replies: number }
  readonly reactions?: { readonly results: readonly TlReactionCount[] }
  readonly reply_to?: { readonly reply_to_msg_id?: number; readonly reply_to_peer_id?: TlPeer }
  readonly fwd_from?: TlForward
  readonly grouped_id?: string
  readonly via_bot_id?: string
}

export interface TlEntity {
  readonly _: string
  readonly offset: number
  readonly length: number
  readonly [field: string]: string | number | true
}

export interface TlReactionCount {
  readonly count: number
  readonly reaction:
    | { readonly _: 'reactionEmoji'; readonly emoticon: string }
    | { readonly _: 'reactionCustomEmoji'; readonly document_id: string }
    | { readonly _: 'reactionPaid' }
    | { readonly _: 'reactionEmpty' }
}

export interface TlForward {
  readonly date: number
  readonly from_id?: TlPeer
  readonly from_name?: string
  readonly channel_post?: number
  readonly post_author?: string
}

export type TlMedia =
  | { readonly _: 'messageMediaPhoto'; readonly photo?: TlPhoto }
  | {
      readonly _: 'messageMediaDocument'
      readonly document?: TlDocument
      readonly voice?: true
      readonly round?: true
      readonly video?: true
    }
  | { readonly _: TlOtherMedia }

export type TlOtherMedia =
  | 'messageMediaEmpty'
  | 'messageMediaGeo'
  | 'messageMediaGeoLive'
  | 'messageMediaVenue'
  | 'messageMediaContact'
  | 'messageMediaPoll'
  | 'messageMediaWebPage'
  | 'messageMediaUnsupported'

export interface TlPhoto {
  readonly _: 'photo' | 'photoEmpty'
  readonly id: string
  readonly access_hash: string
  /** Base64: messages are decoded as JSON. */
  readonly file_reference: string
  readonly dc_id: number
  /** Read by `largestPhotoSize`. */
  readonly sizes: readonly object[]
}

export interface TlDocument {
  readonly _: 'document' | 'documentEmpty'
  readonly id: string
  readonly access_hash: string
  /** Base64: messages are decoded as JSON. */
  readonly file_reference: string
  readonly dc_id: number
  /** Decimal. */
  readonly size: string
  readonly mime_type: string
  readonly attributes: readonly TlDocumentAttribute[]
}

export interface TlDocumentAttribute {
  readonly _: string
  readonly file_name?: string
  readonly w?: number
  readonly h?: number
  readonly duration?: number
  readonly round_message?: true
  readonly voice?: true
}

/** The untyped view of a message that was decoded as JSON. */
export function asJson(message: TlMessage): TlJsonObject {
  return message as unknown as TlJsonObject
}

export type TlSentCode =
  | {
      readonly _: 'auth.sentCode'
      readonly type: { readonly _: string; readonly length?: number }
      readonly phone_code_hash: string
      readonly next_type?: { readonly _: string }
      readonly timeout?: number
    }
  | { readonly _: 'auth.sentCodeSuccess' | 'auth.sentCodePaymentRequired' }

/** `auth.LoginToken`. */
export type TlLoginToken =
  | { readonly _: 'auth.loginToken'; readonly expires: number; readonly token: Uint8Array }
  | { readonly _: 'auth.loginTokenMigrateTo'; readonly dc_id: number; readonly token: Uint8Array }
  | { readonly _: 'auth.loginTokenSuccess'; readonly authorization: TlAuthorization }

export type TlAuthorization =
  | { readonly _: 'auth.authorization'; readonly user: TlUser }
  | { readonly _: 'auth.authorizationSignUpRequired' }
