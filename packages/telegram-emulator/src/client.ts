/**
 * Typed client of an emulator's control API: for tests, benchmarks and tools, in any process. Ids beyond 32 bits are
 * decimal strings.
 */
import type { AccountChange, AccountDescription } from './control/account-routes.ts'
import type { AdminsChange } from './control/admin-routes.ts'
import type { NewBot } from './control/bot-account.ts'
import type { MessageCounters, MessageDeletion, MessageEdit } from './control/change-message.ts'
import type {
  ChannelChange,
  GeneratedContent,
  MembersChange,
  NewChannel,
} from './control/channel-routes.ts'
import type { ChannelDescription } from './control/describe-channel.ts'
import type { EmittedUpdate } from './control/describe-emitted.ts'
import type { KeyDescription, KnownKey } from './control/describe-keys.ts'
import type { MessageDescription } from './control/describe-messages.ts'
import type { SentDescription } from './control/describe-sent.ts'
import type { FaultDescription } from './control/fault-routes.ts'
import type { GroupDescription, NewGroup } from './control/group-routes.ts'
import type { LoginAcceptance } from './control/login-routes.ts'
import type { NewPost } from './control/post-message.ts'
import type { DifferenceLimits } from './control/set-difference-limits.ts'
import type { NewFault } from './faults/fault.ts'

export type { ChannelDescription, MessageCounters, MessageEdit, NewChannel, NewFault, NewPost }

/** A fault of calls: it fires for `count` matching calls, after the first `skip`. */
export type NewCallFault = Extract<
  NewFault,
  { skip?: number | undefined; match?: { method?: string | undefined } | undefined }
>

/** A refused request. `code` is for programs; the message is the problem's `detail`. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

/** A channel id is bare or marked. */
type Id = string | number | bigint
/** The channel, or the account in whose mailbox the message has its id. */
type Chat = Id
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** The posted messages: `id` of the last one, and `first_id` and `count` if there were several. */
export interface Posted {
  readonly id: number
  readonly channel_id?: number
  readonly group_id?: string
  readonly from?: string
  readonly to?: string
  readonly to_id?: number
  readonly first_id?: number
  readonly count?: number
}

/** One method per request of the control API; each throws {@link ControlError} if the request is refused. */
export type EmulatorClient = ReturnType<typeof emulatorClient>

export function emulatorClient({ controlUrl }: { readonly controlUrl: string }) {
  async function call<T>(method: Method, path: string, body?: object): Promise<T> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const response = await fetch(controlUrl + path, init)
    if (response.ok) return (await response.json()) as T
    const { code, detail } = (await response.json()) as { code: string; detail: string }
    throw new ControlError(response.status, code, detail)
  }
  const message = (chat: Chat, id: number) => `/messages/${encodeURIComponent(String(chat))}/${id}`

  return {
    /** Statistics of the auth keys used since the start. */
    stats: () => call<KeyDescription[]>('GET', '/stats'),
    /** How often a method was called since the start, with all keys together. */
    callsOf: async (method: string) =>
      (await call<KeyDescription[]>('GET', '/stats')).reduce(
        (sum, { rpcs }) => sum + (rpcs[method] ?? 0),
        0,
      ),
    /** All stored auth keys. */
    keys: () => call<KnownKey[]>('GET', '/keys'),

    accounts: () => call<AccountDescription[]>('GET', '/accounts'),
    /** Creates the account of a test number, or updates the given fields. */
    putAccount: (account: AccountChange) => call<AccountDescription>('POST', '/accounts', account),
    addBot: (bot: Omit<NewBot, 'bot'> = {}) =>
      call<AccountDescription & { bot_token: string }>('POST', '/accounts', { ...bot, bot: true }),
    /** Accepts the login token of a QR code. */
    acceptLogin: (login: LoginAcceptance) =>
      call<{ account_id: string; key_id: string }>('POST', '/logins/accept', login),

    channels: () => call<ChannelDescription[]>('GET', '/channels'),
    addChannel: (channel: NewChannel) => call<ChannelDescription>('POST', '/channels', channel),
    changeChannel: (id: Id, change: ChannelChange) =>
      call<ChannelDescription>('PATCH', `/channels/${id}`, change),
    generate: (id: Id, content: GeneratedContent) =>
      call<ChannelDescription>('POST', `/channels/${id}/generate`, content),
    /** A Telegram Desktop export, or the path of its `result.json` on the emulator's machine. */
    importExport: (id: Id, from: string | object) =>
      call<ChannelDescription>(
        'POST',
        `/channels/${id}/import`,
        typeof from === 'string' ? { path: from } : from,
      ),
    changeMembers: (id: Id, change: MembersChange) =>
      call<{ members: string[] }>('POST', `/channels/${id}/members`, change),
    changeAdmins: (id: Id, change: AdminsChange) =>
      call<{ admins: string[] }>('POST', `/channels/${id}/admins`, change),
    /** All messages of a channel, oldest first. */
    messages: (id: Id) => call<MessageDescription[]>('GET', `/channels/${id}/messages`),

    groups: () => call<GroupDescription[]>('GET', '/groups'),
    addGroup: (group: NewGroup) => call<GroupDescription>('POST', '/groups', group),
    migrateGroup: (id: Id) => call<GroupDescription>('POST', `/groups/${id}/migrate`),

    post: (content: NewPost) => call<Posted>('POST', '/messages', content),
    edit: (chat: Chat, id: number, edit: MessageEdit) =>
      call<{ id: number; pts: number }>('PATCH', message(chat, id), edit),
    setCounters: (chat: Chat, id: number, counters: MessageCounters) =>
      call<{ id: number }>('PATCH', `${message(chat, id)}/counters`, counters),
    delete: (chat: Chat, id: number, deletion: MessageDeletion = {}) =>
      call<{ id: number; pts: number }>('DELETE', message(chat, id), deletion),
    /** Messages sent by accounts through the API, in order. */
    sent: () => call<SentDescription[]>('GET', '/sent'),
    /** All updates of all accounts. */
    emitted: () => call<EmittedUpdate[]>('GET', '/emitted'),
    limitDifferences: (limits: DifferenceLimits) =>
      call<{ slice: number; max_age: number }>('PATCH', '/differences', limits),
    setReferenceLife: (seconds: number) =>
      call<{ life_seconds: number }>('PATCH', '/file-references', { life_seconds: seconds }),

    ...faultRequests(call),
  }
}

function faultRequests(call: <T>(method: Method, path: string, body?: object) => Promise<T>) {
  return {
    faults: () => call<FaultDescription[]>('GET', '/faults'),
    placeFault: (fault: NewFault) => call<FaultDescription>('POST', '/faults', fault),
    removeFault: (id: number) => call<FaultDescription>('DELETE', `/faults/${id}`),
    removeFaults: () => call<FaultDescription[]>('DELETE', '/faults'),
  }
}
