import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import type {
  CodeDelivery,
  CodeRequest,
  Deliveries,
  LoginCode,
  NextDelivery,
} from '../world/login-codes.ts'
import type { TestPhone } from '../world/test-phone.ts'
import { completeLogin } from './complete-login.ts'
import { open, type Caller, type MethodTable } from './method.ts'
import { checkStanding, phoneHere } from './phone-number.ts'

interface NumberAndHash {
  readonly phone_number: string
  readonly phone_code_hash: string
}

/** Seconds before a client may request the code by the next delivery type. */
const RESEND_TIMEOUT_SECONDS = 60
const MAX_NAME_LENGTH = 64

function sendCode(caller: Caller, params: { phone_number: string }): TlObject {
  const { world, key } = caller
  const phone = phoneHere(caller, params.phone_number)
  checkStanding(caller, phone)
  const ways: Deliveries = hasAccount(caller, phone) ? ['app', 'sms', 'call'] : ['sms', 'call']
  return sentCode(phone, world.loginCodes.send(key.id, phone, ways))
}

function resendCode(caller: Caller, params: NumberAndHash): TlObject {
  const phone = phoneHere(caller, params.phone_number)
  const code = caller.world.loginCodes.resend(requestOf(caller, phone, params))
  if (code === 'expired') throw new RpcError(400, 'PHONE_CODE_EXPIRED')
  if (code === null) throw new RpcError(406, 'SEND_CODE_UNAVAILABLE')
  return sentCode(phone, code)
}

function cancelCode(caller: Caller, params: NumberAndHash): boolean {
  const phone = phoneHere(caller, params.phone_number)
  const { loginCodes } = caller.world
  if (!loginCodes.isUnderWay(requestOf(caller, phone, params))) {
    throw new RpcError(400, 'PHONE_CODE_EXPIRED')
  }
  loginCodes.cancel(params.phone_code_hash)
  return true
}

function signIn(caller: Caller, params: NumberAndHash & { phone_code?: string }): TlObject {
  const { world } = caller
  const phone = phoneHere(caller, params.phone_number)
  const request = requestOf(caller, phone, params)
  if (params.phone_code === undefined || params.phone_code === '') {
    throw new RpcError(400, 'PHONE_CODE_EMPTY')
  }
  const check = world.loginCodes.check(request, params.phone_code, phone.code)
  if (check === 'expired') throw new RpcError(400, 'PHONE_CODE_EXPIRED')
  if (check === 'wrong') throw new RpcError(400, 'PHONE_CODE_INVALID')
  checkStanding(caller, phone)
  if (!hasAccount(caller, phone)) return { _: 'auth.authorizationSignUpRequired' }
  const account = world.accounts.of(phone)
  // A login that still needs the two-step password keeps its code, because clients may sign in with it again.
  if (account.password === null) world.loginCodes.cancel(request.hash)
  return completeLogin(caller, account)
}

function signUp(
  caller: Caller,
  params: NumberAndHash & { first_name: string; last_name: string },
): TlObject {
  const { world } = caller
  const phone = phoneHere(caller, params.phone_number)
  const request = requestOf(caller, phone, params)
  if (hasAccount(caller, phone)) throw new RpcError(400, 'PHONE_NUMBER_OCCUPIED')
  if (!world.loginCodes.isUnderWay(request)) throw new RpcError(400, 'PHONE_CODE_EXPIRED')
  if (!world.loginCodes.isProven(request)) throw new RpcError(400, 'PHONE_CODE_INVALID')
  const firstName = params.first_name.trim()
  const lastName = params.last_name.trim()
  if (firstName === '' || firstName.length > MAX_NAME_LENGTH) {
    throw new RpcError(400, 'FIRSTNAME_INVALID')
  }
  if (lastName.length > MAX_NAME_LENGTH) throw new RpcError(400, 'LASTNAME_INVALID')
  world.loginCodes.cancel(request.hash)
  const account = world.accounts.rename(world.accounts.of(phone), { firstName, lastName })
  return completeLogin(caller, account)
}

/** Usual numbers are treated as registered accounts, even before their first login. */
function hasAccount({ world }: Caller, { number, standing }: TestPhone): boolean {
  return standing === 'usual' || world.accounts.withPhone(number) !== undefined
}

function requestOf({ key }: Caller, phone: TestPhone, params: NumberAndHash): CodeRequest {
  const hash = params.phone_code_hash
  if (hash === '') throw new RpcError(400, 'PHONE_CODE_HASH_EMPTY')
  return { keyId: key.id, number: phone.number, hash }
}

function sentCode({ code }: TestPhone, { hash, delivery, next }: LoginCode): TlObject {
  return {
    _: 'auth.sentCode',
    type: { _: SENT_TYPES[delivery], length: code.length },
    phone_code_hash: hash,
    ...(next !== null && {
      next_type: { _: NEXT_TYPES[next] },
      timeout: RESEND_TIMEOUT_SECONDS,
    }),
  }
}

const SENT_TYPES: Record<CodeDelivery, string> = {
  app: 'auth.sentCodeTypeApp',
  sms: 'auth.sentCodeTypeSms',
  call: 'auth.sentCodeTypeCall',
}
const NEXT_TYPES: Record<NextDelivery, string> = {
  sms: 'auth.codeTypeSms',
  call: 'auth.codeTypeCall',
}

export const loginByCodeMethods: MethodTable = {
  'auth.sendCode': open(sendCode),
  'auth.resendCode': open(resendCode),
  'auth.cancelCode': open(cancelCode),
  'auth.signIn': open(signIn),
  'auth.signUp': open(signUp),
}
