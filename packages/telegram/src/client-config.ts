import type { TelegramClock } from './telegram-clock.ts'

/** Address of a data centre. */
export interface DataCentre {
  readonly id: number
  readonly ip: string
  readonly port: number
}

/** Application id and hash, issued at https://my.telegram.org. */
export interface ApiCredentials {
  readonly apiId: number
  readonly apiHash: string
}

/** Device fields of `initConnection`; the account's owner sees them under Settings → Devices. */
export interface Device {
  readonly deviceModel: string
  readonly systemVersion: string
  readonly appVersion: string
}

/**
 * Application and device of a login. They stay the same for its lifetime: Telegram may revoke a session
 * whose application or device changes.
 */
export interface ClientIdentity {
  readonly api: ApiCredentials
  readonly device: Device
}

/**
 * Keep-alive pings (`ping_delay_disconnect`). Telegram closes a connection without pings, so the connections of a
 * dead process do not linger.
 */
export interface KeepAlive {
  /** Milliseconds between pings. */
  readonly intervalMs: number
  /** Seconds without a ping after which Telegram closes the connection. */
  readonly disconnectAfterSeconds: number
}

/** Settings of this process's connections to Telegram. */
export interface TelegramConfig {
  /** Default application of new logins. */
  readonly api: ApiCredentials
  readonly device: Device
  /** Null: Telegram's production data centres (`TELEGRAM_DCS`). */
  readonly dcs: readonly DataCentre[] | null
  /** RSA public key of the server, PKCS#1 or SPKI PEM. When set, it replaces all built-in keys. */
  readonly publicKeyPem: string | null
  /** Local address of outgoing connections; null lets the operating system choose. */
  readonly egressAddress: string | null
  readonly keepAlive: KeepAlive
  /** Clock offset shared by all connections of this process. Without it each client measures its own. */
  readonly clock?: TelegramClock
}

export const DEFAULT_KEEP_ALIVE: KeepAlive = { intervalMs: 7_000, disconnectAfterSeconds: 20 }

export const DEFAULT_DEVICE: Device = {
  deviceModel: 'Telegather',
  systemVersion: 'Server',
  appVersion: '1.0',
}

/** Telegram's production data centres, with the addresses that the official clients ship. */
export const TELEGRAM_DCS: readonly DataCentre[] = [
  { id: 1, ip: '149.154.175.53', port: 443 },
  { id: 2, ip: '149.154.167.51', port: 443 },
  { id: 3, ip: '149.154.175.100', port: 443 },
  { id: 4, ip: '149.154.167.91', port: 443 },
  { id: 5, ip: '91.108.56.130', port: 443 },
]
