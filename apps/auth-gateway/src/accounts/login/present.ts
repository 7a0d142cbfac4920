import type { CodeSent } from './send-otp.ts'
import type { QrState } from './start-qr.ts'

export function presentCodeSent(sent: CodeSent) {
  const { delivery } = sent
  return {
    message: `OTP sent to ${sent.phoneNumber}`,
    temp_session_id: sent.tempSessionId,
    phone_code_hash: sent.phoneCodeHash,
    delivery: delivery.type,
    next_delivery: delivery.nextType,
    resend_after_seconds: delivery.resendAfterSeconds,
  }
}

export function presentQr(state: QrState) {
  const isWaiting = state.status === 'waiting'
  return {
    temp_session_id: state.tempSessionId,
    status: state.status,
    url: isWaiting ? state.url : null,
    expires_at: isWaiting ? state.expiresAt : null,
  }
}
