import type { TlObject } from '../tl/object.ts'
import type { LayerSchema, SchemaSet } from '../tl/schema.ts'
import type { Connection } from './connection.ts'
import type { Session } from './session.ts'

interface Subscriber {
  readonly session: Session
  readonly connection: Connection
  /** Whether an update was not sent. The session gets `updatesTooLong` before any other update. */
  hasMissed: boolean
}

const TOO_LONG: TlObject = { _: 'updatesTooLong' }

/**
 * The recipients of updates: per key, the session with the last call, on the connection of that call. File calls and
 * calls within `invokeWithoutUpdates` do not count.
 */
export class Subscribers {
  readonly #schema: SchemaSet
  /** Cache of encoded updates, by layer: the same `Updates` may be sent to many keys. */
  readonly #encoded = new WeakMap<TlObject, Map<LayerSchema, Buffer>>()
  readonly #byKey = new Map<string, Subscriber>()

  constructor(schema: SchemaSet) {
    this.#schema = schema
  }

  /** Sends the updates of the session's key to this session and connection from now on. */
  subscribe(session: Session, connection: Connection): void {
    const former = this.#byKey.get(session.key.id)
    if (former?.session === session && former.connection === connection) return
    const hasMissed = former?.session === session && former.hasMissed
    const subscriber = { session, connection, hasMissed }
    this.#byKey.set(session.key.id, subscriber)
    if (hasMissed) this.#catchUp(subscriber)
  }

  /** Stops sending updates to a session. */
  leave(session: Session): void {
    if (this.#byKey.get(session.key.id)?.session === session) this.unsubscribe(session.key.id)
  }

  /** Stops sending updates to the sessions of a key, 16 hex digits. */
  unsubscribe(keyId: string): void {
    this.#byKey.delete(keyId)
  }

  /**
   * Sends an `Updates`, which must not change afterwards, to the subscribed session of the key, unless it is `except`.
   * If its connection is closed or full, the session gets `updatesTooLong` when it can receive again.
   */
  push(keyId: string, updates: TlObject, except: object | null): void {
    const subscriber = this.#byKey.get(keyId)
    if (subscriber === undefined || subscriber.session === except) return
    if (subscriber.hasMissed) return
    const { connection } = subscriber
    if (connection.hasRoom) {
      this.#send(subscriber, updates)
      return
    }
    subscriber.hasMissed = true
    connection.onceRoom(() => this.#catchUp(subscriber))
  }

  #catchUp(subscriber: Subscriber): void {
    if (this.#byKey.get(subscriber.session.key.id) !== subscriber) return
    subscriber.hasMissed = false
    this.#send(subscriber, TOO_LONG)
  }

  #send({ session, connection }: Subscriber, updates: TlObject): void {
    const body = this.#encode(updates, this.#schema.layer(session.key.layer))
    connection.send(session, session.number(body, 'notification', true))
  }

  #encode(updates: TlObject, schema: LayerSchema): Buffer {
    const known = this.#encoded.get(updates)
    const encoded = known?.get(schema) ?? schema.encode(updates)
    if (known === undefined) this.#encoded.set(updates, new Map([[schema, encoded]]))
    else known.set(schema, encoded)
    return encoded
  }
}
