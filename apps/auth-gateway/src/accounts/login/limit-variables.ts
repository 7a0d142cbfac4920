import { z } from 'zod'

/** At most `points` logins in each window of `seconds`. */
export interface Limit {
  readonly points: number
  readonly seconds: number
}

const LIMIT = /^(\d{1,9})\/(\d{1,9})$/
const expected = 'expected limits such as 3/600,10/86400: at most 3 in 600 s, 10 in a day'

const Limits = z.string().transform((list, context): Limit[] =>
  list.split(',').map((text) => {
    const [, points, seconds] = LIMIT.exec(text.trim()) ?? []
    const limit = { points: Number(points), seconds: Number(seconds) }
    if (limit.points > 0 && limit.seconds > 0) return limit
    context.addIssue(expected)
    return z.NEVER
  }),
)

/** Limits of started logins: for one phone number, from one address, and in total. */
export const loginLimitVariables = {
  LOGIN_LIMIT_PHONE: Limits.default([
    { points: 10, seconds: 600 },
    { points: 50, seconds: 86_400 },
  ]),
  LOGIN_LIMIT_ADDRESS: Limits.default([{ points: 100, seconds: 600 }]),
  LOGIN_LIMIT_TOTAL: Limits.default([{ points: 300, seconds: 600 }]),
  LOGIN_TRIES_PER_CODE: z.coerce.number().int().min(1).max(100).default(5),
}

const loginLimitSchema = z.object(loginLimitVariables)

export type LoginLimitEnvironment = z.output<typeof loginLimitSchema>
