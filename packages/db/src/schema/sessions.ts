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

/** The login's next step: a code, a QR code being scanned, a two-step password, or being saved. */
export const LOGIN_STEPS = ['code', 'password', 'signed_in', 'qr'] as const

export const loginStep = pgEnum('login_step', LOGIN_STEPS)
export const sessionState = pgEnum('session_state', SESSION_STATES)
export const sessionOrigin = pgEnum('session_origin', SESSION_ORIGINS)

/** What Telegram is told about the device; fixed at login, since a change looks like a stolen session. */
export interface DeviceDescription {
  readonly deviceModel: string
  readonly systemVersion: string
  readonly appVersion: string
}

/** One logged-in Telegram account. `encryptedAuth` is as good as its password: only `openSession` reads it. */
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
    /** Telegram's word for why the login is lost, such as `AUTH_KEY_DUPLICATED`. */
    stateReason: text('state_reason'),
    /** Telegram asks to wait until then: the longest of `floodWaits`. */
    floodWaitUntil: timestamp('flood_wait_until', { withTimezone: true }),
    /** Until when each method of the Telegram port has to wait; calls made earlier prolong it. */
    floodWaits: jsonb('flood_waits')
      .$type<Readonly<Record<string, string>>>()
      .notNull()
      .default({}),
    /** Reads public channels for sources of the same owner that name no session. */
    useForPublic: boolean('use_for_public').notNull().default(true),
    origin: sessionOrigin('origin').notNull().default('login'),
    /**
     * Which key it is, not the key: the low 64 bits of its SHA-1, as on the wire. One key in two sessions would be
     * connected twice, and Telegram destroys such a login.
     */
    authKeyId: bigint('auth_key_id', { mode: 'bigint' }),
    encryptedAuth: text('encrypted_auth').notNull(),
    apiId: integer('api_id').notNull(),
    encryptedApiHash: text('encrypted_api_hash').notNull(),
    device: jsonb('device').$type<DeviceDescription>().notNull(),
    /** Descriptions of channels are asked for one by one, not before this time. */
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

/** A login in progress. `encryptedLogin` holds the auth key, so that any replica can take the next step. */
export const tempSessions = pgTable(
  'temp_sessions',
  {
    id: uuid('id').primaryKey(),
    /** Who logs in. */
    ...ownerColumns(),
    ownerTenantId: ownerTenantId().references(() => tenants.id, { onDelete: 'cascade' }),
    sessionName: text('session_name').notNull(),
    /** Null: whoever scans the QR code. */
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
