import type { MessageContent, MessageKind } from '@telegather/contracts'

type Service = Extract<MessageContent, { type: 'service' }>
type Poll = Extract<MessageContent, { type: 'poll' }>

const KINDS: Readonly<Record<Exclude<MessageKind, 'text'>, string>> = {
  photo: 'Photo',
  video: 'Video',
  voice: 'Voice message',
  audio: 'Audio file',
  round: 'Video message',
  gif: 'Animation',
  sticker: 'Sticker',
  document: 'File',
  poll: 'Poll',
  webpage: 'Link with a preview',
  location: 'Location',
  contact: 'Contact',
  service: 'Service message',
  other: 'Message of a kind that is not shown here',
}

/** One English sentence for a message's kind and content. Null for a message with only a text. */
export function summaryOf({
  kind,
  content,
}: {
  readonly kind: MessageKind
  readonly content: MessageContent | null
}): string | null {
  if (content === null) return kind === 'text' ? null : KINDS[kind]
  return sentence(content)
}

/** The searchable text of a content: what people wrote, without the labels that `summaryOf` adds. */
export function contentWords(content: MessageContent): string {
  switch (content.type) {
    case 'poll':
      return joined('\n', content.question, ...content.answers.map(({ text }) => text))
    case 'contact':
      return joined('\n', personName(content), content.phone_number)
    case 'location':
      return joined('\n', content.title, content.address)
    case 'webpage':
      return joined('\n', content.title, content.site_name)
    case 'audio':
      return joined('\n', content.performer, content.title)
    case 'sticker':
      return content.emoji
    case 'service':
      return serviceWords(content)
    case 'game':
    case 'invoice':
    case 'dice':
    case 'giveaway':
    case 'giveaway_results':
    case 'story':
    case 'paid_media':
      return joined('\n', content.title, content.description)
  }
}

function serviceWords({ title, members, inviter, text, details }: Service): string {
  const names = [...members, ...(inviter ? [inviter] : [])].map(({ name }) => name)
  const newTitle = details['new_title']
  return joined('\n', title, ...names, text, typeof newTitle === 'string' ? newTitle : null)
}

function sentence(content: MessageContent): string {
  switch (content.type) {
    case 'poll':
      return pollSentence(content)
    case 'contact':
      return `Contact: ${joined(', ', personName(content), phone(content.phone_number))}`
    case 'location':
      return locationSentence(content)
    case 'webpage':
      return `Link: ${joined(', ', content.title && quoted(content.title), content.site_name) || (content.url ?? 'a page')}`
    case 'audio':
      return `Audio file: ${joined(' – ', content.performer, content.title)}`
    case 'sticker':
      return `Sticker ${content.emoji}`
    case 'service':
      return serviceSentence(content)
    case 'game':
      return labelled('Game', content.title)
    case 'invoice':
      return labelled('Invoice', content.title)
    case 'dice':
      return `${content.title ?? 'Dice'}: ${content.description}`
    case 'giveaway':
      return labelled('Giveaway', content.description)
    case 'giveaway_results':
      return labelled('Results of a giveaway', content.description)
    case 'story':
      return 'Story'
    case 'paid_media':
      return 'Paid media'
  }
}

function pollSentence(poll: Poll): string {
  const { question, answers, total_voters: total } = poll
  const label = `${poll.is_closed ? 'Closed ' : ''}${poll.is_quiz ? 'quiz' : 'poll'}`
  const results = answers.map(({ text, voters, is_correct: isCorrect }) => {
    const votes = voters === null ? text : `${text} ${voters}`
    return isCorrect ? `${votes} (correct)` : votes
  })
  const votes = total === null ? '' : ` (${total} ${total === 1 ? 'vote' : 'votes'})`
  return `${capitalised(label)}: ${question} ${results.join(', ')}${votes}`
}

function locationSentence(place: Extract<MessageContent, { type: 'location' }>): string {
  const { latitude, longitude, title, address } = place
  const point = latitude === null || longitude === null ? null : `${latitude}, ${longitude}`
  const where = joined(', ', title, address) || point
  return labelled(place.is_live ? 'Live location' : 'Location', where)
}

/** Fixed sentences of actions whose sentence needs no names or numbers. */
const PLAIN: ReadonlyMap<string, string> = new Map(
  Object.entries({
    clear_history: 'The history was cleared',
    delete_group_photo: 'The photo was removed',
    empty: 'A service message without content',
    edit_group_photo: 'The photo was changed',
    join_group_by_request: 'Joined after a request',
    joined_telegram: 'Joined Telegram',
    migrate_to_supergroup: 'The group became a supergroup',
    pin_message: 'A message was pinned',
    take_screenshot: 'A screenshot was taken',
    phone_call: 'A phone call',
    group_call: 'A group call',
    group_call_scheduled: 'A group call was scheduled',
    giveaway_launch: 'A giveaway was started',
    giveaway_results: 'A giveaway ended',
    send_payment: 'A payment was sent',
    refunded_payment: 'A payment was refunded',
    send_premium_gift: 'Telegram Premium was given as a gift',
    send_stars_gift: 'Stars were given as a gift',
    send_star_gift: 'A gift was sent',
    set_messages_ttl: 'The time after which messages delete themselves was changed',
    edit_chat_theme: 'The theme was changed',
    set_chat_wallpaper: 'The wallpaper was changed',
    set_same_chat_wallpaper: 'The same wallpaper was set',
    boost_apply: 'The group was boosted',
    suggest_profile_photo: 'A profile photo was suggested',
  }),
)

function serviceSentence(service: Service): string {
  const { action, title, inviter, text, details } = service
  const named = title === null ? '' : ` ${quoted(title)}`
  const people = peopleOf(service)
  const newTitle = details['new_title']
  switch (action) {
    case 'create_channel':
      return `The channel${named} was created`
    case 'create_group':
      return `The group${named} was created${people && ` with ${people}`}`
    case 'edit_group_title':
      return `The title was changed to${named}`
    case 'migrate_from_group':
      return `The group${named} became this supergroup`
    case 'invite_members':
      return `Added ${people}`
    case 'remove_members':
      return `Removed ${people}`
    case 'invite_to_group_call':
      return `Invited ${people} to a group call`
    case 'join_group_by_link':
      return `Joined by an invite link${inviter?.name ? ` of ${inviter.name}` : ''}`
    case 'topic_created':
      return `The topic${named} was created`
    case 'topic_edit':
      return typeof newTitle === 'string'
        ? `The topic was renamed to ${quoted(newTitle)}`
        : 'The topic was changed'
    case 'custom_action':
      return text ?? 'A service message'
    default:
      return labelled(PLAIN.get(action) ?? capitalised(action.replaceAll('_', ' ')), text)
  }
}

function peopleOf({ members }: Service): string {
  return members.map(({ id, name }) => name ?? `user ${id}`).join(', ')
}

function personName({
  first_name: first,
  last_name: last,
}: Extract<MessageContent, { type: 'contact' }>): string {
  return joined(' ', first, last)
}

function phone(number: string): string {
  return /^\d/.test(number) ? `+${number}` : number
}

function labelled(label: string, text: string | null): string {
  return text === null ? label : `${label}: ${text}`
}

function joined(separator: string, ...parts: readonly (string | null)[]): string {
  return parts.filter(Boolean).join(separator)
}

function quoted(text: string): string {
  return `“${text}”`
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
