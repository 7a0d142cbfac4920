import { ARCHETYPES, type ArchetypeName } from '../content/archetypes.ts'
import { generateMessages } from '../content/generate-timeline.ts'
import { generatePeople } from '../content/people.ts'
import { hashText, Random } from '../content/random.ts'
import type { Channel } from './channel.ts'
import type { Channels } from './channels.ts'
import type { Journal } from './journal.ts'
import type { ChannelBlueprint, Timeline } from './model.ts'

/** A channel created while the world was running. */
export type ChannelDescription = Pick<
  ChannelBlueprint,
  'id' | 'title' | 'username' | 'kind' | 'about' | 'createdAt'
> & { readonly isJoinedByAll: boolean }

/** The parameters from which the content of a channel is generated; only these are stored. */
export interface GeneratedContent {
  /** At most about 50 million. */
  readonly messages: number
  readonly seed: string
  readonly archetype: ArchetypeName
  /** Date of the newest message, Unix seconds. */
  readonly lastDate: number
  /** Maximum size of a file. */
  readonly maxFileBytes: number
}

interface MadeChannel {
  readonly channel: ChannelDescription
  readonly content: GeneratedContent | null
}

const PREFIX = 'channel/'
const ACCESS_HASH_SUBJECT = 41
const FIRST_ID = 3_000_000_000n
const AUTHORS = 6
const MEMBERS = 60
const NO_MESSAGES: Timeline = {
  count: 0,
  topId: 0,
  get: () => undefined,
  idsBelow: () => [],
  idsFrom: () => [],
}

/** Channels created, and content generated, through the control API. */
export class MadeChannels {
  readonly #channels: Channels
  readonly #journal: Journal

  constructor(channels: Channels, journal: Journal) {
    this.#channels = channels
    this.#journal = journal
  }

  /** Adds the channels of earlier runs. */
  restore(): void {
    for (const { value } of this.#journal.restored(PREFIX)) {
      this.#channels.add(blueprintOf(value as MadeChannel))
    }
  }

  /** An unused channel id. */
  freeId(): bigint {
    let id = FIRST_ID
    while (this.#channels.get(id) !== undefined) id += 1n
    return id
  }

  /** Adds an empty channel. Throws ChannelConflictError if its file ids would collide with another channel's. */
  create(channel: ChannelDescription): Channel {
    return this.#replace({ channel, content: null })
  }

  /** Replaces the content of a channel by generated messages. */
  generate({ blueprint }: Channel, content: GeneratedContent): Channel {
    const { id, title, username, kind, about, createdAt, isJoinedByAll = true } = blueprint
    const channel = { id, title, username, kind, about, createdAt, isJoinedByAll }
    return this.#replace({ channel, content })
  }

  /** Forgets a created channel whose content now has another source. */
  forget(id: bigint): void {
    this.#journal.delete(`${PREFIX}${id}`)
  }

  #replace(made: MadeChannel): Channel {
    const channel = this.#channels.replace(blueprintOf(made))
    this.#journal.put(`${PREFIX}${made.channel.id}`, made)
    return channel
  }
}

function blueprintOf({ channel, content }: MadeChannel): ChannelBlueprint {
  const { id, title, kind } = channel
  const accessHash = new Random(hashText(String(id)), ACCESS_HASH_SUBJECT, 0).long()
  if (content === null) {
    return { ...channel, accessHash, participantsCount: 0, people: [], timeline: NO_MESSAGES }
  }
  const { language } = ARCHETYPES[content.archetype]
  const people = generatePeople(
    `${content.seed}/${id}`,
    language,
    kind === 'broadcast' ? AUTHORS : MEMBERS,
  )
  const timeline = generateMessages({ ...content, channelId: id, kind, title, people })
  return { ...channel, accessHash, participantsCount: 0, people, timeline }
}
