import { int64, type Channel, type Session, type SessionTest } from '@telegather/contracts'
import type { ListedChat } from './channels/list-channels.ts'
import type { SessionRow } from './queries.ts'
import { stateOf } from './session-state.ts'
import type { SessionCheck } from './test-session.ts'

export function presentSession(row: SessionRow): Session {
  const state = stateOf(row)
  return {
    id: row.id,
    session_name: row.sessionName,
    phone_number: row.phoneNumber,
    created_at: row.createdAt.toISOString(),
    name: row.sessionName,
    updated_at: row.updatedAt.toISOString(),
    is_active: row.state === 'active' ? 'active' : 'paused',
    state,
    state_reason: row.stateReason,
    flood_wait_until: state === 'flood_wait' ? (row.floodWaitUntil?.toISOString() ?? null) : null,
    origin: row.origin,
    use_for_public: row.useForPublic,
  }
}

export function presentChannel({ chat, details }: ListedChat): Channel {
  if (chat.kind === 'group')
    return {
      id: int64(chat.group.groupId),
      username: null,
      title: chat.group.title,
      participants_count: chat.group.participantsCount,
      is_broadcast: false,
      is_megagroup: false,
      is_private: true,
      access_hash: int64('0'),
      description: details.description,
      id_str: chat.group.groupId,
      access_hash_str: '0',
    }
  const { channel } = chat
  return {
    id: int64(channel.id),
    username: channel.username,
    title: channel.title,
    participants_count: details.participantsCount ?? channel.participantsCount,
    is_broadcast: channel.isBroadcast,
    is_megagroup: channel.isMegagroup,
    is_private: channel.isPrivate,
    access_hash: int64(channel.accessHash),
    description: details.description,
    id_str: channel.id,
    access_hash_str: channel.accessHash,
  }
}

export function presentTest(check: SessionCheck): SessionTest {
  if (!check.valid) {
    const { reason, detail } = check
    return { valid: false, account: null, latency_ms: null, reason, detail }
  }
  const { account, latencyMs } = check
  return {
    valid: true,
    account: {
      user_id: int64(account.userId),
      user_id_str: account.userId,
      phone_number: account.phoneNumber,
      username: account.username,
      first_name: account.firstName,
      last_name: account.lastName,
      is_premium: account.isPremium,
    },
    latency_ms: Math.round(latencyMs * 10) / 10,
    reason: null,
    detail: null,
  }
}
