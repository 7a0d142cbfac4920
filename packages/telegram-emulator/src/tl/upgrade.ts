import type { TlObject, TlValue } from './object.ts'
import type { TlType } from './parse.ts'

type Upgrade = (value: TlValue) => TlValue

const reaction = (emoticon: TlValue): TlObject => ({ _: 'reactionEmoji', emoticon })

/** The newer form of a string, by the type that replaced it. */
const FORMS_OF_STRINGS: Readonly<Record<string, Upgrade>> = {
  TextWithEntities: (text) => ({ _: 'textWithEntities', text, entities: [] }),
  Reaction: reaction,
  'Vector<Reaction>': (emoticon) => [reaction(emoticon)],
}

/** Converts a field's value of type `older` to the newest layer; null if no conversion is needed. */
export function upgradeOf(older: TlType, newest: TlType): Upgrade | null {
  const isString = older.kind === 'scalar' && older.scalar === 'string'
  return isString ? (FORMS_OF_STRINGS[nameOf(newest)] ?? null) : null
}

function nameOf(type: TlType): string {
  if (type.kind === 'object') return type.type
  return type.kind === 'vector' ? `Vector<${nameOf(type.element)}>` : type.kind
}
