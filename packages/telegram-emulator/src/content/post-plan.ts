import { quantile, type Quantiles } from './distribution.ts'
import { Random, shuffle } from './random.ts'

/**
 * Maps the posts of a channel to ids and dates, without a list of them.
 *
 * Posts are grouped into pages of 256. All pages have the same number of albums of each size and the same gaps between
 * ids, in a different order, so all have the same number of messages and ids: finding the page of an id is one
 * division, and the order within the page is derived from the seed.
 */
const PAGE_POSTS = 256
const PLAN_SUBJECT = 1
const REMEMBERED_PAGES = 8
/** Numbers of consecutive missing ids: mostly one. */
const GAP_SIZES = [1, 1, 1, 1, 2, 1, 1, 3, 1, 2]

export interface PlanShape {
  readonly seed: number
  readonly posts: number
  /** Share of posts that are albums. */
  readonly albumShare: number
  /** Sizes of albums, equally likely. */
  readonly albumSizes: readonly number[]
  /** Share of messages that are preceded by missing ids. */
  readonly gapShare: number
  /** Seconds between posts; only the proportions matter. */
  readonly gapSeconds: Quantiles
  /** Unix seconds. */
  readonly firstDate: number
  readonly lastDate: number
}

export interface PostPlace {
  /** Number of the post, from 0. */
  readonly post: number
  readonly firstId: number
  readonly size: number
  /** Unix seconds. */
  readonly date: number
}

interface Page {
  /** Id of each post's first message, relative to the page's first id. */
  readonly starts: Uint32Array
  readonly sizes: Uint8Array
  /** Seconds since the start of the page, in units of the shape's gaps. */
  readonly elapsed: Float64Array
}

function evenly<Item>(count: number, make: (share: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make((index + 0.5) / count))
}

/** The mean interval between posts for these quantiles, in seconds. */
export function meanGap(gapSeconds: Quantiles): number {
  return (
    evenly(PAGE_POSTS, (share) => quantile(gapSeconds, share)).reduce((a, b) => a + b) / PAGE_POSTS
  )
}

function moveFirst(items: Uint8Array, wanted: number): void {
  const at = items.indexOf(wanted)
  if (at < 0) return
  items[at] = items[0] ?? wanted
  items[0] = wanted
}

export class PostPlan {
  readonly count: number
  readonly topId: number
  readonly #shape: PlanShape
  readonly #albums: readonly number[]
  readonly #gaps: readonly number[]
  readonly #pageMessages: number
  readonly #pageIds: number
  readonly #pages = new Map<number, Page>()

  constructor(shape: PlanShape) {
    this.#shape = shape
    const albums = Math.round(shape.albumShare * PAGE_POSTS)
    const sizes = shape.albumSizes.toSorted((a, b) => a - b)
    this.#albums = evenly(albums, (share) => sizes[Math.floor(share * sizes.length)] ?? 1)
    this.#pageMessages = this.#albums.reduce((sum, size) => sum + size, PAGE_POSTS - albums)
    const gaps = Math.min(PAGE_POSTS - 1, Math.round(shape.gapShare * this.#pageMessages))
    this.#gaps = Array.from(
      { length: gaps },
      (_, index) => GAP_SIZES[index % GAP_SIZES.length] ?? 1,
    )
    this.#pageIds = this.#gaps.reduce((sum, gap) => sum + gap, this.#pageMessages)

    const wholePages = Math.floor(shape.posts / PAGE_POSTS)
    const rest = shape.posts % PAGE_POSTS
    const lastPage = this.#page(wholePages)
    const restMessages = lastPage.sizes.subarray(0, rest).reduce((sum, size) => sum + size, 0)
    this.count = wholePages * this.#pageMessages + restMessages
    const last = this.post(shape.posts - 1)
    this.topId = last === undefined ? 0 : last.firstId + last.size - 1
  }

  /** The post with the given number. */
  post(number: number): PostPlace | undefined {
    if (number < 0 || number >= this.#shape.posts) return undefined
    const pageNumber = Math.floor(number / PAGE_POSTS)
    const index = number % PAGE_POSTS
    const page = this.#page(pageNumber)
    return {
      post: number,
      firstId: pageNumber * this.#pageIds + 1 + (page.starts[index] ?? 0),
      size: page.sizes[index] ?? 1,
      date: this.#date(page, pageNumber, index),
    }
  }

  /** The place of the `count`th message; independent of the length of the plan. */
  placeOfMessage(count: number): { readonly post: number; readonly id: number } {
    const pageNumber = Math.floor((count - 1) / this.#pageMessages)
    let left = (count - 1) % this.#pageMessages
    const { sizes, starts } = this.#page(pageNumber)
    let index = 0
    while (left >= (sizes[index] ?? Infinity)) {
      left -= sizes[index] ?? 0
      index += 1
    }
    const id = pageNumber * this.#pageIds + 1 + (starts[index] ?? 0) + left
    return { post: pageNumber * PAGE_POSTS + index, id }
  }

  /** The post of a message; undefined for a missing id. */
  postOf(messageId: number): PostPlace | undefined {
    if (messageId < 1 || messageId > this.topId) return undefined
    const place = this.post(this.#lastPostUpTo(messageId))
    return place !== undefined && messageId < place.firstId + place.size ? place : undefined
  }

  *idsBelow(beforeId: number): Iterable<number> {
    const top = Math.min(beforeId - 1, this.topId)
    for (let number = this.#lastPostUpTo(top); number >= 0; number -= 1) {
      const place = this.post(number)
      if (place === undefined) return
      const from = Math.min(top, place.firstId + place.size - 1)
      for (let id = from; id >= place.firstId; id -= 1) yield id
    }
  }

  *idsFrom(fromId: number): Iterable<number> {
    const start = Math.max(1, fromId)
    for (let number = Math.max(0, this.#lastPostUpTo(start)); ; number += 1) {
      const place = this.post(number)
      if (place === undefined) return
      for (let id = Math.max(start, place.firstId); id < place.firstId + place.size; id += 1)
        yield id
    }
  }

  /** Number of the last post that starts at or below the id, -1 if there is none. */
  #lastPostUpTo(messageId: number): number {
    if (messageId < 1) return -1
    const pageNumber = Math.floor((messageId - 1) / this.#pageIds)
    if (pageNumber * PAGE_POSTS >= this.#shape.posts) return this.#shape.posts - 1
    const offset = (messageId - 1) % this.#pageIds
    const { starts } = this.#page(pageNumber)
    let low = 0
    let high = PAGE_POSTS
    while (low < high) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? Infinity) <= offset) low = middle + 1
      else high = middle
    }
    return Math.min(this.#shape.posts, pageNumber * PAGE_POSTS + low) - 1
  }

  #date({ elapsed }: Page, pageNumber: number, index: number): number {
    const { posts, firstDate, lastDate } = this.#shape
    const inPage = Math.min(PAGE_POSTS, posts - pageNumber * PAGE_POSTS)
    const whole = elapsed[inPage] ?? 1
    const share = (pageNumber * PAGE_POSTS + ((elapsed[index] ?? 0) / whole) * inPage) / posts
    return Math.floor(firstDate + share * (lastDate - firstDate))
  }

  #page(number: number): Page {
    const known = this.#pages.get(number)
    if (known !== undefined) return known
    const page = this.#drawPage(number)
    this.#pages.set(number, page)
    if (this.#pages.size > REMEMBERED_PAGES) {
      const oldest = this.#pages.keys().next()
      if (!oldest.done) this.#pages.delete(oldest.value)
    }
    return page
  }

  #drawPage(number: number): Page {
    const { seed, gapSeconds } = this.#shape
    const random = new Random(seed, PLAN_SUBJECT, number)
    const sizes = new Uint8Array(PAGE_POSTS).fill(1)
    sizes.set(this.#albums)
    shuffle(sizes, random)
    const gaps = new Uint8Array(PAGE_POSTS)
    gaps.set(this.#gaps)
    shuffle(gaps, random)
    if (number === 0) {
      // The first message of a channel is its creation, which has id 1.
      moveFirst(sizes, 1)
      moveFirst(gaps, 0)
    }
    const seconds = Float64Array.from(evenly(PAGE_POSTS, (share) => quantile(gapSeconds, share)))
    shuffle(seconds, random)
    const starts = new Uint32Array(PAGE_POSTS)
    const elapsed = new Float64Array(PAGE_POSTS + 1)
    let next = 0
    for (let index = 0; index < PAGE_POSTS; index += 1) {
      starts[index] = next + (gaps[index] ?? 0)
      next = (starts[index] ?? 0) + (sizes[index] ?? 1)
      elapsed[index + 1] = (elapsed[index] ?? 0) + (seconds[index] ?? 0)
    }
    return { starts, sizes, elapsed }
  }
}
