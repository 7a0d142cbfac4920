/** Postgres connections of each service in addition to its pools: LISTEN of the relay, and renewal of leases. */
export const FIXED_CONNECTIONS = 2
