import { Faults } from '../faults/faults.ts'
import { Accounts } from './accounts.ts'
import { Admins } from './admins.ts'
import { Audiences } from './audiences.ts'
import { AuthKeys } from './auth-keys.ts'
import { Authorizations } from './authorizations.ts'
import { ChannelMarks } from './channel-marks.ts'
import { ChannelNews } from './channel-news.ts'
import { Channels } from './channels.ts'
import { Contacts } from './contacts.ts'
import { defaultDifferenceLimits, type DifferenceLimits } from './difference-limits.ts'
import { FileReferences } from './file-references.ts'
import { Groups } from './groups.ts'
import type { Journal } from './journal.ts'
import { LoginCodes } from './login-codes.ts'
import { LoginTokens } from './login-tokens.ts'
import { MadeChannels } from './made-channels.ts'
import { Mailboxes } from './mailboxes.ts'
import { PasswordChallenges } from './password-challenges.ts'
import { SentLog } from './sent-log.ts'
import { Transaction } from './transaction.ts'
import { UpdateFeed } from './update-feed.ts'
import { Uploads } from './uploads.ts'

/** The complete state of the emulated Telegram, shared by its data centres. */
export interface World {
  readonly accounts: Accounts
  readonly admins: Admins
  readonly audiences: Audiences
  readonly authKeys: AuthKeys
  readonly authorizations: Authorizations
  readonly channelMarks: ChannelMarks
  readonly channelNews: ChannelNews
  readonly channels: Channels
  readonly contacts: Contacts
  readonly differenceLimits: DifferenceLimits
  /** The faults in force. */
  readonly faults: Faults
  readonly fileReferences: FileReferences
  readonly groups: Groups
  readonly journal: Journal
  readonly loginCodes: LoginCodes
  readonly loginTokens: LoginTokens
  readonly madeChannels: MadeChannels
  readonly mailboxes: Mailboxes
  readonly passwordChallenges: PasswordChallenges
  readonly sent: SentLog
  readonly updateFeed: UpdateFeed
  readonly uploads: Uploads
}

/** A world with the state of the journal. Uploads are stored in `dataDir`; without it, in a temporary folder. */
export function createWorld(journal: Journal, dataDir: string | null = null): World {
  const accounts = new Accounts(journal)
  const authKeys = new AuthKeys(journal)
  const channels = new Channels(journal)
  const channelMarks = new ChannelMarks(journal)
  return {
    accounts,
    admins: new Admins(journal),
    audiences: new Audiences(journal, accounts, channels),
    authKeys,
    authorizations: new Authorizations(journal, authKeys),
    channelMarks,
    channelNews: new ChannelNews(channels, channelMarks),
    channels,
    contacts: new Contacts(journal),
    differenceLimits: defaultDifferenceLimits(),
    faults: new Faults(),
    fileReferences: new FileReferences(journal),
    groups: new Groups(journal),
    journal,
    loginCodes: new LoginCodes(journal),
    loginTokens: new LoginTokens(),
    madeChannels: new MadeChannels(channels, journal),
    mailboxes: new Mailboxes(journal),
    passwordChallenges: new PasswordChallenges(),
    sent: new SentLog(journal),
    updateFeed: new UpdateFeed(),
    uploads: new Uploads(journal, dataDir),
  }
}

/** Changes the world in one transaction, see {@link Transaction}. */
export function change<T>(world: World, step: (transaction: Transaction) => T): T {
  const transaction = new Transaction()
  const result = step(transaction)
  transaction.commit(world.journal, world.updateFeed)
  return result
}
