import { LazyBytes } from '../memory/lazy-bytes.ts'
import type { TlObject, TlValue } from './object.ts'
import type { Definition, Scalar, TlType } from './parse.ts'
import { asReusable } from './reusable.ts'

/** Converts a value to an older layer; undefined if the layer cannot represent it. */
type Convert = (value: TlValue) => TlValue

/** Replacements for constructors that the older layer lacks, where it expects another type. */
const FORMER_FORMS: Readonly<Record<string, (object: TlObject) => TlValue>> = {
  textWithEntities: (object) => object['text'],
  reactionEmoji: (object) => object['emoticon'],
  chatReactionsSome: (object) => object['reactions'],
  peerUser: (object) => object['user_id'],
  messagePeerVote: (object) => ({ ...object, _: 'messageUserVote' }),
  'help.appConfig': (object) => object['config'],
  'messages.dialogFilters': (object) => object['filters'],
  'messages.invitedUsers': (object) => object['updates'],
  'messages.webPagePreview': (object) => object['media'],
}

/** Replacements for constructors that a layer lacks, by type. Objects of other types are omitted. */
const STAND_INS: Readonly<Record<string, TlObject>> = {
  MessageMedia: { _: 'messageMediaUnsupported' },
  MessageAction: { _: 'messageActionEmpty' },
}

/** Fields that newer layers have moved. */
const FORMER_FIELDS: Readonly<Record<string, (object: TlObject) => Record<string, TlValue>>> = {
  draftMessage: ({ reply_to }) => ({
    reply_to_msg_id: (reply_to as TlObject | undefined)?.['reply_to_msg_id'],
  }),
  reactionCount: ({ chosen_order }) => ({ chosen: chosen_order !== undefined }),
}

/**
 * Converts values of the newest layer to an older one. Unrepresentable values are omitted: an optional field is absent,
 * an element of a vector is skipped, and an object that requires it is unrepresentable too.
 */
export class Downgrade {
  readonly #definitions: ReadonlyMap<string, Definition>
  readonly #objects = new Map<string, (object: TlObject) => TlObject | undefined>()

  constructor(definitions: Iterable<Definition>) {
    this.#definitions = new Map([...definitions].map((definition) => [definition.name, definition]))
  }

  /** Converts an object of any type. */
  object(object: TlObject): TlObject | undefined {
    const definition = this.#definitions.get(object._)
    return definition === undefined ? undefined : this.#fieldsOf(definition)(object)
  }

  /** Converts the result of `method`. */
  result(method: string, value: TlValue): TlValue {
    const definition = this.#definitions.get(method)
    return definition === undefined ? undefined : this.#convert(definition.result)(value)
  }

  #fieldsOf(definition: Definition): (object: TlObject) => TlObject | undefined {
    const { name } = definition
    const known = this.#objects.get(name)
    if (known !== undefined) return known
    // Registered before its fields are compiled, because types are recursive.
    const fields: { name: string; isOptional: boolean; convert: Convert }[] = []
    const former = FORMER_FIELDS[name]
    const convertFields = (object: TlObject): TlObject | undefined => {
      const said: TlObject = former === undefined ? { ...object } : { ...former(object), ...object }
      for (const field of fields) {
        const value = said[field.name]
        if (value === undefined) continue
        const converted = field.convert(value)
        if (converted === undefined && !field.isOptional) return undefined
        said[field.name] = converted
      }
      return said
    }
    this.#objects.set(name, convertFields)
    for (const { name: field, type, condition } of definition.fields) {
      if (type.kind === 'flags' || type.kind === 'true') continue
      fields.push({ name: field, isOptional: condition !== null, convert: this.#convert(type) })
    }
    return convertFields
  }

  #convert(type: TlType): Convert {
    switch (type.kind) {
      case 'scalar':
        return SCALARS[type.scalar]
      case 'object':
        return (value) => this.#typed(type.type, value)
      case 'vector':
        return this.#vector(this.#convert(type.element))
      case 'bare':
        return (value) => this.#bare(type.constructor, value)
      case 'any':
        return (value) => (isObject(value) ? this.object(value) : undefined)
      case 'flags':
      case 'true':
        return (value) => value
    }
  }

  #typed(type: string, value: TlValue): TlValue {
    if (!isObject(value)) return undefined
    const definition = this.#definitions.get(value._)
    if (definition?.result.kind === 'object' && definition.result.type === type) {
      // A reusable object is converted when it is encoded, and then cached.
      if (asReusable(value) !== undefined) return value
      const said = this.#fieldsOf(definition)(value)
      if (said !== undefined) return said
    }
    const former = FORMER_FORMS[value._]?.(value)
    return former === undefined ? STAND_INS[type] : this.#typed(type, former)
  }

  #bare(name: string, value: TlValue): TlValue {
    const definition = this.#definitions.get(name)
    return definition === undefined || !isObject(value)
      ? undefined
      : this.#fieldsOf(definition)(value)
  }

  #vector(convert: Convert): Convert {
    const elements: Convert = (value) => {
      if (Array.isArray(value)) {
        return (value as readonly TlValue[]).map(convert).filter((said) => said !== undefined)
      }
      const former = formerForm(value)
      return former === undefined ? undefined : elements(former)
    }
    return elements
  }
}

function scalar(fits: (value: TlValue) => boolean): Convert {
  const convert: Convert = (value) => {
    if (fits(value)) return value
    const former = formerForm(value)
    return former === undefined ? undefined : convert(former)
  }
  return convert
}

const number = scalar((value) => typeof value === 'number')
const bytes = scalar((value) => value instanceof Uint8Array || value instanceof LazyBytes)

const SCALARS: Record<Scalar, Convert> = {
  // Newer layers have fractional durations.
  int: (value) => {
    const said = number(value)
    return typeof said === 'number' ? Math.round(said) : said
  },
  long: scalar((value) => typeof value === 'bigint'),
  double: number,
  string: scalar((value) => typeof value === 'string'),
  bytes,
  int128: bytes,
  int256: bytes,
  Bool: scalar((value) => typeof value === 'boolean'),
}

function formerForm(value: TlValue): TlValue {
  return isObject(value) ? FORMER_FORMS[value._]?.(value) : undefined
}

function isObject(value: TlValue): value is TlObject {
  return typeof value === 'object' && '_' in value
}
