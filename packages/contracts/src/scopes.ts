/** What an API key may do, as noun and verb; `*` is everything, also what comes later. */
export const SCOPES = [
  '*',
  'sessions:read',
  'sessions:write',
  'sources:read',
  'sources:write',
  'runs:read',
  'runs:write',
  'messages:read',
  'files:read',
  'keys:read',
  'keys:write',
  'audit:read',
] as const
export type Scope = (typeof SCOPES)[number]

/** What an operation asks for: one scope, `any` key whatever its scopes, or nothing (null: public). */
export type Access = Exclude<Scope, '*'> | 'any' | null
