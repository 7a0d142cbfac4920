import type { Fault, FaultKind, FaultMatch, FaultOf } from './fault.ts'

/** The client that a fault may apply to. */
export interface Subject {
  readonly dcId: number
  readonly keyId: string | null
  readonly accountId: bigint | null
  /** IP address without port; absent for updates. */
  readonly peerAddress?: string
}

export interface CallSubject extends Subject {
  /** Schema name, as in `messages.getHistory`. */
  readonly method: string
  /** The byte count requested by `upload.getFile`; 0 for any other method. */
  readonly requestedBytes: number
}

/** An active fault with its counters. */
export class PlacedFault<K extends FaultKind = FaultKind> {
  readonly id: number
  readonly fault: FaultOf<K>
  /** The account named in the match, resolved when the fault was placed. */
  readonly accountId: bigint | null
  fired = 0
  /** Calls made before the end of a flood wait. */
  ignoredWaits = 0
  #seen = 0

  constructor(id: number, fault: FaultOf<K>, accountId: bigint | null) {
    this.id = id
    this.fault = fault
    this.accountId = accountId
  }

  is<L extends FaultKind>(kind: L): this is PlacedFault<L> {
    return (this.fault as Fault).kind === kind
  }

  concerns(subject: Subject | CallSubject): boolean {
    const wanted: FaultMatch = 'match' in this.fault ? this.fault.match : {}
    if (wanted.dc !== undefined && wanted.dc !== subject.dcId) return false
    if (wanted.key !== undefined && wanted.key !== subject.keyId) return false
    if (wanted.peer !== undefined && wanted.peer !== subject.peerAddress) return false
    if (wanted.account !== undefined && this.accountId !== subject.accountId) return false
    if (wanted.method === undefined) return true
    return 'method' in subject && isMethod(wanted.method, subject.method)
  }

  /** Whether the fault fires this time, by `skip` and `count`. */
  fires(): boolean {
    const fault: Fault = this.fault
    this.#seen += 1
    if ('skip' in fault && this.#seen <= fault.skip) return false
    if ('count' in fault && fault.count !== undefined && this.fired >= fault.count) return false
    this.fired += 1
    return true
  }
}

function isMethod(wanted: string, method: string): boolean {
  return wanted.endsWith('.*') ? method.startsWith(wanted.slice(0, -1)) : method === wanted
}
