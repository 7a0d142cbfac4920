import type { TlObject } from '../tl/object.ts'
import { accessHashFor } from '../world/access-hash.ts'
import type { Group } from '../world/groups.ts'
import type { Viewer } from './method.ts'

/** The `chat` for lists of chats. Accounts that are not members see only its title. */
export function presentGroup({ world, account }: Viewer, group: Group): TlObject {
  const { id, title, creatorId, memberIds, createdAt, migratedTo } = group
  if (!memberIds.includes(account.id)) return { _: 'chatForbidden', id, title }
  const channel = migratedTo === null ? undefined : world.channels.get(migratedTo)
  return {
    _: 'chat',
    creator: creatorId === account.id,
    deactivated: migratedTo !== null,
    id,
    title,
    photo: { _: 'chatPhotoEmpty' },
    participants_count: memberIds.length,
    date: createdAt,
    version: 1,
    ...(channel !== undefined && {
      migrated_to: {
        _: 'inputChannel',
        channel_id: channel.id,
        access_hash: accessHashFor(account.id, channel.blueprint.accessHash),
      },
    }),
  }
}

/** `chatFull`. */
export function presentFullGroup({ id, creatorId, memberIds, createdAt }: Group): TlObject {
  return {
    _: 'chatFull',
    id,
    about: '',
    participants: {
      _: 'chatParticipants',
      chat_id: id,
      participants: memberIds.map((memberId) =>
        memberId === creatorId
          ? { _: 'chatParticipantCreator', user_id: memberId }
          : {
              _: 'chatParticipant',
              user_id: memberId,
              inviter_id: creatorId,
              date: createdAt,
            },
      ),
      version: 1,
    },
    notify_settings: { _: 'peerNotifySettings' },
  }
}
