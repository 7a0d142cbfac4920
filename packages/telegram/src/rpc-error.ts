import {
  AccountBanned,
  BotTokenRefused,
  ApplicationRefused,
  CodeExpired,
  CodeInvalid,
  CodeUnavailable,
  FileReferenceExpired,
  FloodWait,
  LoginTokenExpired,
  Migrate,
  PasswordInvalid,
  PasswordNeeded,
  PeerNotFound,
  PhoneBanned,
  PhoneInvalid,
  PhoneUnregistered,
  RpcFailed,
  SessionRevoked,
  type TelegramError,
} from './errors.ts'

/** Wait for login limits whose error names no duration. Telegram's clients tell the user to wait a day. */
const LOGIN_FLOOD_SECONDS = 86_400

const NUMBERED: readonly [RegExp, (n: number) => TelegramError][] = [
  [/^(?:FLOOD|FLOOD_TEST_PHONE)_WAIT_(\d+)$/, (n) => new FloodWait(n)],
  [/^(?:FLOOD_PREMIUM|SLOWMODE)_WAIT_(\d+)$/, (n) => new FloodWait(n, { ofAccount: false })],
  [/^(?:FILE|PHONE|NETWORK|USER|STATS)_MIGRATE_(\d+)$/, (n) => new Migrate(n)],
  [/^FILE_REFERENCE_(?:\d+_)?(?:EXPIRED|INVALID|EMPTY)$/, () => new FileReferenceExpired()],
]

const NAMED: Readonly<Record<string, (text: string) => TelegramError>> = {
  AUTH_KEY_DUPLICATED: (text) => new SessionRevoked(text),
  AUTH_KEY_INVALID: (text) => new SessionRevoked(text),
  AUTH_KEY_UNREGISTERED: (text) => new SessionRevoked(text),
  SESSION_EXPIRED: (text) => new SessionRevoked(text),
  SESSION_REVOKED: (text) => new SessionRevoked(text),
  USER_DEACTIVATED: (text) => new AccountBanned(text),
  USER_DEACTIVATED_BAN: (text) => new AccountBanned(text),
  SESSION_PASSWORD_NEEDED: () => new PasswordNeeded(),
  PASSWORD_HASH_INVALID: () => new PasswordInvalid(),
  PASSWORD_EMPTY: () => new PasswordInvalid(),
  PHONE_CODE_EMPTY: () => new CodeInvalid(),
  PHONE_CODE_INVALID: () => new CodeInvalid(),
  PHONE_CODE_EXPIRED: () => new CodeExpired(),
  PHONE_CODE_HASH_EMPTY: () => new CodeExpired(),
  SEND_CODE_UNAVAILABLE: () => new CodeUnavailable(),
  AUTH_TOKEN_EXPIRED: () => new LoginTokenExpired(),
  AUTH_TOKEN_INVALID: () => new LoginTokenExpired(),
  AUTH_TOKEN_INVALIDX: () => new LoginTokenExpired(),
  AUTH_TOKEN_ALREADY_ACCEPTED: () => new LoginTokenExpired(),
  ACCESS_TOKEN_EXPIRED: () => new BotTokenRefused(),
  ACCESS_TOKEN_INVALID: () => new BotTokenRefused(),
  API_ID_INVALID: (text) => new ApplicationRefused(text),
  API_ID_PUBLISHED_FLOOD: (text) => new ApplicationRefused(text),
  UPDATE_APP_TO_LOGIN: (text) => new ApplicationRefused(text),
  PHONE_NUMBER_BANNED: () => new PhoneBanned(),
  PHONE_NUMBER_INVALID: () => new PhoneInvalid(),
  PHONE_NUMBER_UNOCCUPIED: () => new PhoneUnregistered(),
  PHONE_NUMBER_FLOOD: () => new FloodWait(LOGIN_FLOOD_SECONDS),
  PHONE_PASSWORD_FLOOD: () => new FloodWait(LOGIN_FLOOD_SECONDS),
  FILE_ID_INVALID: (text) => new FileReferenceExpired(text),
  FILEREF_UPGRADE_NEEDED: (text) => new FileReferenceExpired(text),
  LOCATION_INVALID: (text) => new FileReferenceExpired(text),
  CHANNEL_INVALID: (text) => new PeerNotFound(`no such channel (${text})`),
  CHANNEL_PRIVATE: (text) => new PeerNotFound(`the account is not a member (${text})`),
  CHANNEL_PUBLIC_GROUP_NA: (text) => new PeerNotFound(`the channel is not available (${text})`),
  CHAT_ID_INVALID: (text) => new PeerNotFound(`no such group (${text})`),
  INVITE_HASH_EXPIRED: (text) => new PeerNotFound(`the invite link is not valid (${text})`),
  INVITE_HASH_INVALID: (text) => new PeerNotFound(`the invite link is not valid (${text})`),
  PEER_ID_INVALID: (text) => new PeerNotFound(`no such peer (${text})`),
  USERNAME_INVALID: (text) => new PeerNotFound(`no peer has this username (${text})`),
  USERNAME_NOT_OCCUPIED: (text) => new PeerNotFound(`no peer has this username (${text})`),
}

/** Errors that mean the call was not executed, and how to retry it. */
const REMEDIES: readonly [RegExp, 'repeat' | 'initialise'][] = [
  [/^CONNECTION_(?:NOT_INITED|LAYER_INVALID)$/, 'initialise'],
  [/^AUTH_RESTART(?:_\d+)?$/, 'repeat'],
]

/** Maps an `rpc_error` to a typed error. Telegram's error strings are parsed only here. */
export function errorFromRpc(code: number, text: string): TelegramError {
  for (const [pattern, make] of NUMBERED) {
    const match = pattern.exec(text)
    if (match) return make(Number(match[1] ?? 0))
  }
  const make = Object.hasOwn(NAMED, text) ? NAMED[text] : undefined
  if (make) return make(text)
  const [, remedy] = REMEDIES.find(([pattern]) => pattern.test(text)) ?? []
  return new RpcFailed(code, text, remedy && { remedy })
}
