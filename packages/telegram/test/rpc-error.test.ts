import { describe, expect, test } from 'vitest'
import * as errors from '../src/errors.ts'
import { errorFromRpc } from '../src/rpc-error.ts'

describe('an rpc_error', () => {
  test.each([
    [420, 'FLOOD_WAIT_37', errors.FloodWait],
    [420, 'FLOOD_PREMIUM_WAIT_3', errors.FloodWait],
    [420, 'SLOWMODE_WAIT_10', errors.FloodWait],
    [400, 'PHONE_NUMBER_FLOOD', errors.FloodWait],
    [303, 'PHONE_MIGRATE_4', errors.Migrate],
    [303, 'FILE_MIGRATE_2', errors.Migrate],
    [400, 'FILE_REFERENCE_EXPIRED', errors.FileReferenceExpired],
    [400, 'FILE_REFERENCE_0_EXPIRED', errors.FileReferenceExpired],
    [400, 'FILE_ID_INVALID', errors.FileReferenceExpired],
    [400, 'LOCATION_INVALID', errors.FileReferenceExpired],
    [406, 'FILEREF_UPGRADE_NEEDED', errors.FileReferenceExpired],
    [401, 'AUTH_KEY_UNREGISTERED', errors.SessionRevoked],
    [401, 'SESSION_REVOKED', errors.SessionRevoked],
    [406, 'AUTH_KEY_DUPLICATED', errors.SessionRevoked],
    [401, 'USER_DEACTIVATED_BAN', errors.AccountBanned],
    [401, 'SESSION_PASSWORD_NEEDED', errors.PasswordNeeded],
    [400, 'PASSWORD_HASH_INVALID', errors.PasswordInvalid],
    [400, 'PHONE_CODE_INVALID', errors.CodeInvalid],
    [400, 'PHONE_CODE_EXPIRED', errors.CodeExpired],
    [406, 'PHONE_NUMBER_INVALID', errors.PhoneInvalid],
    [400, 'PHONE_NUMBER_BANNED', errors.PhoneBanned],
    [400, 'PHONE_NUMBER_UNOCCUPIED', errors.PhoneUnregistered],
    [400, 'CHANNEL_PRIVATE', errors.PeerNotFound],
    [403, 'CHANNEL_PUBLIC_GROUP_NA', errors.PeerNotFound],
    [400, 'USERNAME_NOT_OCCUPIED', errors.PeerNotFound],
    [500, 'RPC_CALL_FAIL', errors.RpcFailed],
    [400, 'constructor', errors.RpcFailed],
    [400, 'XFLOOD_WAIT_37', errors.RpcFailed],
  ])('%i %s is mapped to its error class', (code, text, type) => {
    const error = errorFromRpc(code, text)
    expect(error).toBeInstanceOf(type)
    expect(error).toBeInstanceOf(errors.TelegramError)
    expect(error.name).toBe(type.name)
  })

  test('the number in an error text is a wait, a data centre or part of the text', () => {
    expect(errorFromRpc(420, 'FLOOD_WAIT_37')).toMatchObject({ seconds: 37, ofAccount: true })
    expect(errorFromRpc(420, 'FLOOD_PREMIUM_WAIT_3')).toMatchObject({ ofAccount: false })
    expect(errorFromRpc(420, 'SLOWMODE_WAIT_9')).toMatchObject({ ofAccount: false })
    expect(errorFromRpc(303, 'USER_MIGRATE_5')).toMatchObject({ dcId: 5 })
    expect(errorFromRpc(400, 'MSG_ID_INVALID')).toMatchObject({ code: 400, text: 'MSG_ID_INVALID' })
  })
})
