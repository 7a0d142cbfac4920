export { parseChannelIdentifier, type ChannelIdentifier } from './reading/channel-identifier.ts'
export { channels, chats, resolveChannel, type Chat } from './reading/channels.ts'
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
export { CHUNK_BYTES, download, type DownloadOptions } from './reading/download.ts'
export { withDeadline } from './deadline.ts'
export { TelegramClock } from './telegram-clock.ts'
export { portOver, type MakeCall, type MethodName, type Telegram } from './telegram.ts'
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
  isTelegramRefusal,
  SessionRevoked,
  TelegramError,
  Timeout,
} from './errors.ts'
export * as telegramErrors from './errors.ts'
export { contentOf } from './content/content-of.ts'
export { contentWords, summaryOf } from './content/summary.ts'
export { tlObject, tlObjects, tlText, type Tl } from './content/tl-fields.ts'
export { largestPhotoSize } from './tl/photo-size.ts'
export { connectTelegram } from './gramjs/connect.ts'
export { METHODS } from './gramjs/methods.ts'
export type { ClientLogin } from './gramjs/mtproto-client.ts'
export { historyById, lastIdBeforeById } from './reading/history-by-id.ts'
export { history, type HistoryOptions } from './reading/history.ts'
export { botIdOf, loginBot } from './login/bot-login.ts'
export type { CodeDelivery } from './login/login-port.ts'
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
} from './login/login.ts'
export type {
  FileLocation,
  Forward,
  MediaFile,
  Message,
  Reaction,
  TextEntity,
  TlJson,
  TlJsonObject,
} from './message.ts'
export { bareChannelId, markedChannelId, peerOfMarkedId } from './peer-id.ts'
export {
  DEFAULT_TIMEOUT_MS,
  type Account,
  type CallOptions,
  type Channel,
  type ChannelInfo,
  type ChannelRef,
  type DialogsPage,
  type Group,
  type GroupRef,
  type HistoryPage,
} from './port.ts'
export { checkQrLogin, startQrLogin, type CheckQrResult, type QrLogin } from './login/qr-login.ts'
export { withRetry, type RetryOptions } from './reading/retry.ts'
export { authKeyIdOf, authOfKey, type SessionAuth } from './session-auth.ts'
export { parseSessionString } from './session-formats/parse-session-string.ts'
export type { ForeignLogin, ReadLogin, Rejection } from './session-formats/read-login.ts'
export {
  MAX_SESSION_FILE_BYTES,
  readSessionFile,
  type SessionFileRead,
} from './session-formats/read-session-file.ts'
export { verifyLogin, type VerifyLoginResult } from './login/verify-login.ts'
