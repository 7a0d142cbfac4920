import type { Lexicon } from './lexicon.ts'
import type { Random } from './random.ts'

/** One name in this many is hostile: it has broken a program somewhere. */
const HOSTILE_EVERY = 14

const EXTENSIONS: Readonly<Record<string, string>> = { jpeg: '.jpg', binary: '.bin' }

/** Names that occur in practice and must not be used as paths. */
function hostileName(random: Random, extension: string): string | null {
  const names = [
    null,
    `../../../etc/report${extension}`,
    `C:\\Users\\reader\\Desktop\\scan${extension}`,
    `notes/2024/${'chapter '.repeat(30)}end${extension}`,
    `invoice\u202Efdp${extension}`,
    `reading list ✨📚 — итог 最終${extension}`,
    `  spaced  name  ${extension}`,
    `CON${extension}`,
    `.hidden`,
    `line\nbreak\ttab${extension}`,
    `50% off? "yes" <tag>|*${extension}`,
    `no extension`,
    `${'очень-длинное-имя-'.repeat(14)}${extension}`,
    `e\u0301te\u0301${extension}`,
  ]
  return random.pick(names)
}

/** The file name of a document or recording; null if the sender gave none. */
export function documentName(random: Random, lexicon: Lexicon, format: string): string | null {
  const extension = EXTENSIONS[format] ?? `.${format}`
  if (random.below(HOSTILE_EVERY) === 0) return hostileName(random, extension)
  const title = random.pick(lexicon.titles)
  const styles = [
    `${title}${extension}`,
    `${title} ${2015 + random.below(11)}${extension}`,
    `${title.toLowerCase().replaceAll(' ', '_')}_${random.below(900) + 100}${extension}`,
    `${title} (${random.below(8) + 1})${extension}`,
  ]
  return random.pick(styles)
}
