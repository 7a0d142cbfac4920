import type { TelegramClock } from './telegram-clock.ts'

/** Where a data centre listens. */
export interface DataCentre {
  readonly id: number
  readonly ip: string
  readonly port: number
}

/** What an application is called at Telegram (https://my.telegram.org). */
export interface ApiCredentials {
  readonly apiId: number
  readonly apiHash: string
}

/** What the account's owner sees under Settings → Devices (`initConnection`). */
export interface Device {
  readonly deviceModel: string
  readonly systemVersion: string
  readonly appVersion: string
}

/**
 * As whom a login was made. Fixed for its whole life: Telegram may end a session
 * whose application or device changes.
 */
export interface ClientIdentity {
  readonly api: ApiCredentials
  readonly device: Device
}

/**
 * The keep-alive that lets Telegram itself drop the connection of a process that has stopped
 * (`ping_delay_disconnect`).
 */
export interface KeepAlive {
  readonly intervalMs: number
  /** Seconds without a ping after which Telegram closes the connection. */
  readonly disconnectAfterSeconds: number
}

/** How this process reaches Telegram. */
export interface TelegramConfig {
  /** For new logins that bring no credentials of their own. */
  readonly api: ApiCredentials
  readonly device: Device
  /** Null: Telegram's own data centres. */
  readonly dcs: readonly DataCentre[] | null
  /** PKCS#1 or SPKI PEM. When set, it replaces every built-in key: no other server is trusted then. */
  readonly publicKeyPem: string | null
  /** Local address to connect from; null leaves it to the system. */
  readonly egressAddress: string | null
  readonly keepAlive: KeepAlive
  /** Shared by the connections of this process; without it each client measures for itself. */
  readonly clock?: TelegramClock
}

export const DEFAULT_KEEP_ALIVE: KeepAlive = { intervalMs: 7_000, disconnectAfterSeconds: 20 }

export const DEFAULT_DEVICE: Device = {
  deviceModel: 'Telegather',
  systemVersion: 'Server',
  appVersion: '1.0',
}

/** Telegram's production data centres, as its own clients ship them. */
export const TELEGRAM_DCS: readonly DataCentre[] = [
  { id: 1, ip: '149.154.175.53', port: 443 },
  { id: 2, ip: '149.154.167.51', port: 443 },
  { id: 3, ip: '149.154.175.100', port: 443 },
  { id: 4, ip: '149.154.167.91', port: 443 },
  { id: 5, ip: '91.108.56.130', port: 443 },
]
