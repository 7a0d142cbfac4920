export { BotRefused, botSessionFor, type BotOwner, type Bots } from './bots/bot-session.ts'
export { parseChannelIdentifier, type ChannelIdentifier } from './channel-identifier.ts'
export { channels, chats, resolveChannel, type Chat } from './channels.ts'
export {
  DEFAULT_DEVICE,
  DEFAULT_KEEP_ALIVE,
  type ApiCredentials,
  type ClientIdentity,
  type DataCentre,
  type Device,
  type KeepAlive,
  type TelegramConfig,
} from './client-config.ts'
export { CHUNK_BYTES, download, type DownloadOptions } from './download.ts'
export {
  botsConfig,
  botVariables,
  checkOwnership,
  ownershipTimings,
  telegramConfig,
  telegramVariables,
} from './environment.ts'
export {
  AccountBanned,
  ApplicationRefused,
  BotTokenRefused,
  CodeExpired,
  CodeInvalid,
  ConnectionLost,
  FileIncomplete,
  FileReferenceExpired,
  FloodWait,
  PasswordInvalid,
  PasswordNeeded,
  PeerNotFound,
  PhoneBanned,
  PhoneInvalid,
  PhoneUnregistered,
  RpcFailed,
  SessionRevoked,
  TelegramError,
  Timeout,
} from './errors.ts'
export { connectTelegram } from './gramjs/connect.ts'
export type { ClientLogin } from './gramjs/mtproto-client.ts'
export { historyById, lastIdBeforeById } from './history-by-id.ts'
export { history, type HistoryOptions } from './history.ts'
export type { CodeDelivery } from './login-port.ts'
export {
  abandonLogin,
  abandonSignIn,
  resendCode,
  startLogin,
  submitCode,
  submitPassword,
  type LoginState,
  type PendingLogin,
  type ResendCodeResult,
  type SignedIn,
  type StartLogin,
  type StartLoginResult,
  type SubmitCodeResult,
  type SubmitPasswordResult,
} from './login.ts'
export {
  MEDIA_KINDS,
  type FileLocation,
  type Forward,
  type MediaFile,
  type MediaKind,
  type Message,
  type Reaction,
  type TextEntity,
  type TlJson,
  type TlJsonObject,
} from './message.ts'
export { bareChannelId, markedChannelId } from './peer-id.ts'
export type {
  Account,
  CallOptions,
  Channel,
  ChannelInfo,
  ChannelRef,
  DialogsPage,
  Group,
  GroupRef,
  HistoryPage,
  Telegram,
} from './port.ts'
export { checkQrLogin, startQrLogin, type CheckQrResult, type QrLogin } from './qr-login.ts'
export { withRetry, type RetryOptions } from './retry.ts'
export { authKeyIdOf, authOfKey, type SessionAuth } from './session-auth.ts'
export { parseSessionString } from './session-formats/parse-session-string.ts'
export type { ForeignLogin, ReadLogin, Rejection } from './session-formats/read-login.ts'
export {
  MAX_SESSION_FILE_BYTES,
  readSessionFile,
  type SessionFileRead,
} from './session-formats/read-session-file.ts'
export { LeaseLost } from './sessions/leases.ts'
export {
  createSessions,
  type OpenedSession,
  type OpenSession,
  type Sessions,
} from './sessions/open-session.ts'
export { findSessionForPublic } from './sessions/queries.ts'
export { SessionNotActive, SessionNotFound, SessionUnavailable } from './sessions/session-errors.ts'
export type { OwnershipTimings } from './sessions/timings.ts'
export type { Withdraw, Withdrawn } from './sessions/withdraw.ts'
export { telegramProblem } from './telegram-problem.ts'
export { verifyLogin, type VerifyLoginResult } from './verify-login.ts'
