import type { TlObject } from '../tl/object.ts'

/** A text and its entities; offsets and lengths are UTF-16 code units, as Telegram counts. */
export interface FormattedText {
  readonly text: string
  readonly entities: readonly TlObject[]
}

/** Builds a text piece by piece and records its entities, in order of offset. */
export class FormattedTextBuilder {
  #text = ''
  readonly #entities: TlObject[] = []

  get length(): number {
    return this.#text.length
  }

  append(text: string): this {
    this.#text += text
    return this
  }

  /** Appends a text with an entity; `fields` are the fields of the entity other than offset and length. */
  appendEntity(text: string, constructor: string, fields: Omit<TlObject, '_'> = {}): this {
    this.#entities.push({
      _: constructor,
      offset: this.#text.length,
      length: text.length,
      ...fields,
    })
    return this.append(text)
  }

  finish(): FormattedText {
    return { text: this.#text, entities: this.#entities }
  }
}
