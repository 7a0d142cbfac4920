/** A clock, in milliseconds since 1970. Each data centre has its own. */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()
