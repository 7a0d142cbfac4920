import type { Archetype } from './archetype.ts'
import { GROUP_ARCHETYPES } from './archetypes-groups.ts'
import { NEWS_ARCHETYPES } from './archetypes-news.ts'
import { SHOWCASE_ARCHETYPES } from './archetypes-showcase.ts'

/** The generated kinds of channels, by name. */
export const ARCHETYPES = {
  ...SHOWCASE_ARCHETYPES,
  ...NEWS_ARCHETYPES,
  ...GROUP_ARCHETYPES,
} satisfies Record<string, Archetype>

export type ArchetypeName = keyof typeof ARCHETYPES
