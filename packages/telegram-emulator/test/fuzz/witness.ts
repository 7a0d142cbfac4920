import type { TlObject } from '../../src/tl/object.ts'
import { accessHashFor } from '../../src/world/access-hash.ts'
import { DEMO_BOT } from '../../src/world/demo-accounts.ts'
import { textOfLongs, type FuzzedSession } from './fuzzed-session.ts'
import type { Known } from './random-calls.ts'

const LAYER = 198
/** The number of channels of which the witness reads a page. */
const WITNESSED_CHANNELS = 3

export async function signIn(session: FuzzedSession, phone: string): Promise<void> {
  const sent = await ask(session, {
    _: 'auth.sendCode',
    phone_number: phone,
    api_id: 1,
    api_hash: 'any',
    settings: { _: 'codeSettings' },
  })
  await session.ask({
    _: 'auth.signIn',
    phone_number: phone,
    phone_code_hash: sent['phone_code_hash'],
    phone_code: '22222',
  })
}

export async function signInBot(session: FuzzedSession, token: string): Promise<void> {
  await ask(session, {
    _: 'auth.importBotAuthorization',
    api_id: 1,
    api_hash: 'any',
    bot_auth_token: token,
  })
}

/** The objects that an account of the demo world can see. */
export async function explore(session: FuzzedSession, accountId: bigint): Promise<Known> {
  const referenceOf = ({ id, access_hash: hash }: TlObject): Known['users'][number] => ({
    id: id as bigint,
    accessHash: accessHashFor(accountId, hash as bigint),
  })
  const dialogs = await session.ask({
    _: 'messages.getDialogs',
    offset_date: 0,
    offset_id: 0,
    offset_peer: { _: 'inputPeerEmpty' },
    limit: 100,
    hash: 0n,
  })
  const resolved = await session.ask({
    _: 'contacts.resolveUsername',
    username: DEMO_BOT.username,
  })
  const chats = dialogs['chats'] as readonly TlObject[]
  const users = [...(dialogs['users'] as TlObject[]), ...(resolved['users'] as TlObject[])]
  return {
    channels: chats.filter(({ _ }) => _ === 'channel').map(referenceOf),
    users: users.map(referenceOf),
    usernames: [...chats, ...users].flatMap(({ username }) => username ?? []) as string[],
  }
}

/** Responses that only the owners of channels can change. */
export async function testimony(
  session: FuzzedSession,
  { channels }: Known,
  accountId: bigint,
): Promise<string> {
  const answers = []
  for (const { id, accessHash } of channels.slice(0, WITNESSED_CHANNELS)) {
    const history = await session.ask({
      _: 'messages.getHistory',
      peer: {
        _: 'inputPeerChannel',
        channel_id: id,
        access_hash: accessHashFor(accountId, accessHash),
      },
      offset_id: 50,
      offset_date: 0,
      add_offset: 0,
      limit: 40,
      max_id: 0,
      min_id: 0,
      hash: 0n,
    })
    answers.push(history['messages'])
  }
  answers.push(await session.ask({ _: 'help.getNearestDc' }))
  // File references change every hour.
  return JSON.stringify(answers, (name, value: unknown) =>
    name === 'file_reference' ? null : textOfLongs(name, value),
  )
}

/** Random calls change the layer of their key. */
function ask(session: FuzzedSession, query: TlObject): Promise<TlObject> {
  return session.ask({ _: 'invokeWithLayer', layer: LAYER, query })
}
