/** Permissions of API keys, as `noun:verb`. `*` is all permissions, including those added later. */
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

/** What an operation requires: one scope, any valid key (`any`), or nothing (null: public). */
export type Access = Exclude<Scope, '*'> | 'any' | null
