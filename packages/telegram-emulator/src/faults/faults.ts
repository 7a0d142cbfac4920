import type { LinkConditions } from '../mtproto/outlet.ts'
import { codeOfError } from './error-code.ts'
import type { Fault, FaultKind } from './fault.ts'
import { PlacedFault, type CallSubject, type Subject } from './placed-fault.ts'
import { UpdateOrder } from './update-order.ts'
import { DownloadLimits, FloodWaits } from './waits.ts'

/** How the faults affect a call. */
export interface CallFate {
  /** Delay before the call runs. */
  readonly stallMs: number
  /** Sent instead of a result; the call is not run. */
  readonly error: { readonly code: number; readonly text: string } | null
  /** When the connection is closed: before the call is run, or before its response is sent. */
  readonly disconnect: 'request' | 'answer' | null
}

/** The active faults. They change what clients see, but not the state of the world. */
export class Faults {
  readonly #placed = new Map<number, PlacedFault>()
  readonly #floodWaits = new FloodWaits()
  readonly #downloadLimits = new DownloadLimits()
  readonly #updateOrder = new UpdateOrder()
  #lastId = 0

  /** @param accountId the account named in the match; null if it names none */
  place(fault: Fault, accountId: bigint | null): PlacedFault {
    this.#lastId += 1
    const placed = new PlacedFault(this.#lastId, fault, accountId)
    this.#placed.set(placed.id, placed)
    return placed
  }

  list(): PlacedFault[] {
    return [...this.#placed.values()]
  }

  /** Returns whether there was such a fault. */
  remove(id: number): boolean {
    const wasThere = this.#placed.delete(id)
    this.#updateOrder.flush(id)
    return wasThere
  }

  clear(): void {
    this.#placed.clear()
    this.#updateOrder.flush(null)
  }

  get any(): boolean {
    return this.#placed.size > 0
  }

  /** Called once per call, before it runs. */
  onCall(call: CallSubject): CallFate {
    const stallMs = this.#concerning('stall', call)
      .filter((placed) => placed.fires())
      .reduce((sum, { fault }) => sum + fault.delay_ms, 0)
    const broken = this.#concerning('disconnect', call).find((placed) => placed.fires())
    const disconnect = broken?.fault.at ?? null
    const error = disconnect === null ? this.#errorOf(call) : null
    return { stallMs, disconnect, error }
  }

  /** Called for everything sent. Null for a connection without faults. */
  onSend(subject: Subject): LinkConditions | null {
    if (this.#placed.size === 0) return null
    const delays = this.#concerning('latency', subject)
    const limits = this.#concerning('bandwidth', subject)
    if (delays.length === 0 && limits.length === 0) return null
    for (const placed of [...delays, ...limits]) placed.fired += 1
    return {
      delayMs: delays.reduce((sum, { fault }) => sum + fault.delay_ms, 0),
      bytesPerSecond: Math.min(...limits.map(({ fault }) => fault.bytes_per_second)),
    }
  }

  /**
   * Called for each update before it is pushed to a connection. Invokes `send` now, later, or never. The update remains
   * in the account's differences.
   */
  onPush(subject: Subject, send: () => void): void {
    if (this.#concerning('drop_update', subject).some((placed) => placed.fires())) return
    const reorders = this.#concerning('reorder_updates', subject)
    if (!reorders.some((placed) => this.#updateOrder.take(placed, subject, send))) send()
  }

  /** The offset of a data centre's clock from the system clock. */
  clockOffsetMs(dcId: number): number {
    if (this.#placed.size === 0) return 0
    const offsets = this.#concerning('clock', clockOf(dcId))
    return offsets.reduce((sum, { fault }) => sum + fault.offset_seconds * 1000, 0)
  }

  /** Counts a message refused because its id does not match the data centre's clock. */
  onWrongTime(dcId: number): void {
    for (const placed of this.#concerning('clock', clockOf(dcId))) placed.fired += 1
  }

  /** Called at the end of each key exchange. Returns the failure, or null. */
  onKeyExchange(dcId: number, peerAddress: string): 'dh_gen_retry' | 'dh_gen_fail' | null {
    const subject = { dcId, peerAddress, keyId: null, accountId: null }
    const failing = this.#concerning('key_exchange', subject).find((placed) => placed.fires())
    return failing?.fault.answer ?? null
  }

  /** Whether the account is banned; counts the refusal. */
  refusesBanned(accountId: bigint): boolean {
    const ban = this.list().find(
      (placed) => placed.is('ban_account') && placed.accountId === accountId,
    )
    if (ban !== undefined) ban.fired += 1
    return ban !== undefined
  }

  #errorOf(call: CallSubject): CallFate['error'] {
    for (const placed of this.#concerning('flood_wait', call)) {
      const seconds = this.#floodWaits.check(placed, call)
      const name = placed.fault.premium ? 'FLOOD_PREMIUM_WAIT' : 'FLOOD_WAIT'
      if (seconds !== null) return { code: 420, text: `${name}_${seconds}` }
    }
    const failing = this.#concerning('rpc_error', call).find((placed) => placed.fires())
    if (failing !== undefined) {
      const { error, code = codeOfError(error) } = failing.fault
      return { code, text: error }
    }
    if (call.requestedBytes === 0) return null
    for (const placed of this.#concerning('download_limit', call)) {
      const seconds = this.#downloadLimits.check(placed, call)
      if (seconds !== null) return { code: 420, text: `FLOOD_PREMIUM_WAIT_${seconds}` }
    }
    return null
  }

  #concerning<K extends FaultKind>(kind: K, subject: Subject): PlacedFault<K>[] {
    const found: PlacedFault<K>[] = []
    for (const placed of this.#placed.values()) {
      if (placed.is(kind) && placed.concerns(subject)) found.push(placed)
    }
    return found
  }
}

function clockOf(dcId: number): Subject {
  return { dcId, keyId: null, accountId: null }
}
