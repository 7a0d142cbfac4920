import type { Accounts } from './accounts.ts'
import type { Channel } from './channel.ts'
import type { Channels } from './channels.ts'
import type { Journal } from './journal.ts'
import type { Transaction } from './transaction.ts'

const PREFIX = 'audience/'
const NO_MEMBERS: readonly bigint[] = []

/** Member lists of channels at the time of each event. Each distinct list is stored once, under a number. */
export class Audiences {
  readonly #accounts: Accounts
  readonly #channels: Channels
  readonly #byChannel = new Map<bigint, (readonly bigint[])[]>()

  constructor(journal: Journal, accounts: Accounts, channels: Channels) {
    this.#accounts = accounts
    this.#channels = channels
    for (const { key, value } of journal.restored(PREFIX)) {
      const [, channelId = '', number] = key.split('/')
      this.#of(BigInt(channelId))[Number(number)] = value as bigint[]
    }
  }

  /** The number of the list of current members. */
  current(transaction: Transaction, channel: Channel): number {
    const lists = this.#of(channel.id)
    const members = [...this.#accounts.all()]
      .filter((account) => this.#channels.isMember(account, channel))
      .map(({ id }) => id)
    const last = lists.at(-1)
    const isSame =
      last?.length === members.length && last.every((id, index) => id === members[index])
    if (isSame) return lists.length - 1
    lists.push(members)
    transaction.remember(`${PREFIX}${channel.id}/${lists.length - 1}`, members)
    return lists.length - 1
  }

  get(channelId: bigint, number: number): readonly bigint[] {
    return this.#byChannel.get(channelId)?.[number] ?? NO_MEMBERS
  }

  #of(channelId: bigint): (readonly bigint[])[] {
    const known = this.#byChannel.get(channelId)
    if (known !== undefined) return known
    const lists: (readonly bigint[])[] = []
    this.#byChannel.set(channelId, lists)
    return lists
  }
}
