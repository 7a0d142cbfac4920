import type { TlObject } from '../tl/object.ts'
import type { LayerSchema, SchemaSet } from '../tl/schema.ts'
import type { Connection } from './connection.ts'
import type { Session } from './session.ts'

interface Subscriber {
  readonly session: Session
  readonly connection: Connection
  /** Whether something could not be sent; until it is told so, the session gets nothing else. */
  hasMissed: boolean
}

const TOO_LONG: TlObject = { _: 'updatesTooLong' }

/**
 * Who is sent updates: of each key the session that last made a call other than one for files or one within
 * `invokeWithoutUpdates`, over the connection of that call.
 */
export class Subscribers {
  readonly #schema: SchemaSet
  /** What was pushed lately, by layer: the same `Updates` may go to many. */
  readonly #encoded = new WeakMap<TlObject, Map<LayerSchema, Buffer>>()
  readonly #byKey = new Map<string, Subscriber>()

  constructor(schema: SchemaSet) {
    this.#schema = schema
  }

  /** Sends the updates of the session's key there from now on. */
  subscribe(session: Session, connection: Connection): void {
    const former = this.#byKey.get(session.key.id)
    if (former?.session === session && former.connection === connection) return
    const hasMissed = former?.session === session && former.hasMissed
    const subscriber = { session, connection, hasMissed }
    this.#byKey.set(session.key.id, subscriber)
    if (hasMissed) this.#catchUp(subscriber)
  }

  /** Sends no more updates to a session. */
  leave(session: Session): void {
    if (this.#byKey.get(session.key.id)?.session === session) this.unsubscribe(session.key.id)
  }

  /** Sends no more updates to any session of that key, 16 hex digits. */
  unsubscribe(keyId: string): void {
    this.#byKey.delete(keyId)
  }

  /**
   * Sends an `Updates`, which must not change afterwards, to the session of that key, unless it is `except`. A connection that is gone or takes nothing
   * more is told `updatesTooLong` once it does again.
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
