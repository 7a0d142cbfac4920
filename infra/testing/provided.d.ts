import 'vitest'

declare module 'vitest' {
  /** Values of `inject` in tests; global-setup.ts starts the servers. */
  interface ProvidedContext {
    /** A Postgres server on which databases may be created. */
    postgresUrl: string
    /** A NATS server with JetStream, shared: use a stream prefix of your own. */
    natsUrl: string
  }
}
