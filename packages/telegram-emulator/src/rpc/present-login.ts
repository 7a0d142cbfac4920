import type { AuthKey } from '../mtproto/auth-key.ts'
import type { TlObject } from '../tl/object.ts'

/** A login, as `account.getAuthorizations` lists it. */
export function presentLogin(login: AuthKey, current: boolean): TlObject {
  return {
    _: 'authorization',
    current,
    hash: current ? 0n : loginHash(login),
    device_model: login.device?.model ?? '',
    platform: '',
    system_version: login.device?.systemVersion ?? '',
    api_id: login.apiId ?? 0,
    app_name: '',
    app_version: login.device?.appVersion ?? '',
    date_created: login.createdAt,
    date_active: login.createdAt,
    ip: '127.0.0.1',
    country: '',
    region: '',
  }
}

/** Identifies a login among the logins of its account. */
export function loginHash(login: AuthKey): bigint {
  return BigInt.asIntN(64, BigInt(`0x${login.id}`))
}
