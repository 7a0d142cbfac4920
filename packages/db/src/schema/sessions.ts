import { SESSION_ORIGINS, SESSION_STATES } from '@telegather/contracts'
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { ownerColumns, ownerIsWhole, ownerTenantId } from './owner.ts'
import { tenants } from './tenants.ts'

/** What a login waits for: the code, the two-step password, `finalize` (`signed_in`), or the scan of its QR code. */
export const LOGIN_STEPS = ['code', 'password', 'signed_in', 'qr'] as const

export const loginStep = pgEnum('login_step', LOGIN_STEPS)
export const sessionState = pgEnum('session_state', SESSION_STATES)
export const sessionOrigin = pgEnum('session_origin', SESSION_ORIGINS)

/** The device that is reported to Telegram. It never changes after the login: a change looks like a stolen session. */
export interface DeviceDescription {
  readonly deviceModel: string
  readonly systemVersion: string
  readonly appVersion: string
}

/** Logged-in Telegram accounts. `encryptedAuth` gives full access to the account and is never sent to a client. */
export const sessions = pgTable(
  'sessions',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    ...ownerColumns(),
    ownerTenantId: ownerTenantId().references(() => tenants.id, { onDelete: 'restrict' }),
    sessionName: text('session_name').notNull(),
    phoneNumber: text('phone_number').notNull(),
    telegramUserId: bigint('telegram_user_id', { mode: 'bigint' }).notNull(),
    state: sessionState('state').notNull().default('active'),
    /** Telegram's error that ended the login, such as `AUTH_KEY_DUPLICATED`. */
    stateReason: text('state_reason'),
    /** The latest end of all `floodWaits`. */
    floodWaitUntil: timestamp('flood_wait_until', { withTimezone: true }),
    /** End of the flood wait of each TL method (`messages.getHistory`). Calls before that time prolong the wait. */
    floodWaits: jsonb('flood_waits')
      .$type<Readonly<Record<string, string>>>()
      .notNull()
      .default({}),
    /** Whether sources of the same owner without a session may read public channels with this one. */
    useForPublic: boolean('use_for_public').notNull().default(true),
    origin: sessionOrigin('origin').notNull().default('login'),
    /**
     * Id of the auth key: the low 64 bits of its SHA-1, as in MTProto. Unique, because Telegram revokes an auth key that
     * is connected from two sessions.
     */
    authKeyId: bigint('auth_key_id', { mode: 'bigint' }),
    encryptedAuth: text('encrypted_auth').notNull(),
    apiId: integer('api_id').notNull(),
    encryptedApiHash: text('encrypted_api_hash').notNull(),
    device: jsonb('device').$type<DeviceDescription>().notNull(),
    /** Rate limit: details of the account's next channel are not fetched before this time. */
    nextDetailsAt: timestamp('next_details_at', { withTimezone: true }).notNull().defaultNow(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    unique('sessions_session_name_unique')
      .on(table.ownerKind, table.ownerId, table.sessionName)
      .nullsNotDistinct(),
    unique('sessions_telegram_user_id_unique')
      .on(table.ownerKind, table.ownerId, table.telegramUserId)
      .nullsNotDistinct(),
    unique('sessions_auth_key_id_unique').on(table.authKeyId),
    ownerIsWhole('sessions_owner_is_whole', table),
  ],
)

/** Logins in progress. `encryptedLogin` contains the auth key, so that any replica can execute the next step. */
export const tempSessions = pgTable(
  'temp_sessions',
  {
    id: uuid('id').primaryKey(),
    /** Owner that logs in. */
    ...ownerColumns(),
    ownerTenantId: ownerTenantId().references(() => tenants.id, { onDelete: 'cascade' }),
    sessionName: text('session_name').notNull(),
    /** Null for a login by QR code. */
    phoneNumber: text('phone_number'),
    encryptedLogin: text('encrypted_login').notNull(),
    step: loginStep('step').notNull().default('code'),
    attempts: integer('attempts').notNull().default(0),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  (table) => [
    index('temp_sessions_expires_at').on(table.expiresAt),
    ownerIsWhole('temp_sessions_owner_is_whole', table),
  ],
)
