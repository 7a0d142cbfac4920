import type { TlObject } from '../tl/object.ts'

const NEW_MESSAGE: ReadonlySet<string> = new Set(['updateNewMessage', 'updateNewChannelMessage'])

/** Splits updates as a difference does: new messages apart from all other updates. */
export function differenceContent(updates: readonly TlObject[]): {
  readonly new_messages: TlObject[]
  readonly other_updates: TlObject[]
} {
  return {
    new_messages: updates
      .filter(({ _ }) => NEW_MESSAGE.has(_))
      .map((update) => update['message'] as TlObject),
    other_updates: updates.filter(({ _ }) => !NEW_MESSAGE.has(_)),
  }
}
