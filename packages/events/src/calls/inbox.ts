import { createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node'

/** The reply subject of one call. */
export interface ReplySubject {
  readonly subject: string
  readonly close: () => void
}

interface Listener {
  readonly onMessage: (message: Msg) => void
  /** Called when the connection to NATS is closed and will not be reopened. */
  readonly onClose: () => void
}

/** Receives the answers to all calls of one connection through one subscription. */
class Inbox {
  readonly #prefix = createInbox()
  readonly #listeners = new Map<string, Listener>()
  #calls = 0

  constructor(connection: NatsConnection) {
    const subscription = connection.subscribe(`${this.#prefix}.*`, {
      callback: (error, message) => {
        if (!error) this.#listeners.get(message.subject)?.onMessage(message)
      },
    })
    const onClose = () => {
      for (const listener of this.#listeners.values()) listener.onClose()
    }
    void subscription.closed.then(onClose, onClose)
  }

  open(listener: Listener): ReplySubject {
    const subject = `${this.#prefix}.${this.#calls++}`
    this.#listeners.set(subject, listener)
    return { subject, close: () => void this.#listeners.delete(subject) }
  }
}

const inboxes = new WeakMap<NatsConnection, Inbox>()

export function openReplySubject(connection: NatsConnection, listener: Listener): ReplySubject {
  let inbox = inboxes.get(connection)
  if (!inbox) {
    inbox = new Inbox(connection)
    inboxes.set(connection, inbox)
  }
  return inbox.open(listener)
}
