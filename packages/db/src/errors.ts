import { DrizzleQueryError } from 'drizzle-orm'
import postgres from 'postgres'

/** Whether `error` is a violation of the named unique constraint (23505). */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return violates(error, '23505', constraint)
}

/** Whether `error` is a violation of the named foreign key (23503). */
export function isForeignKeyViolation(error: unknown, constraint: string): boolean {
  return violates(error, '23503', constraint)
}

function violates(error: unknown, code: string, constraint: string): boolean {
  const cause = error instanceof DrizzleQueryError ? error.cause : error
  return (
    cause instanceof postgres.PostgresError &&
    cause.code === code &&
    cause.constraint_name === constraint
  )
}
