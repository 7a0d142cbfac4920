import type { Db } from '@telegather/db'
import { FloodWait } from '@telegather/telegram'
import type { RunRow } from '../runs/queries/run-state.ts'
import type { Arrivals } from './arrivals.ts'
import { clearParts } from './clear-parts.ts'
import { freshenLocations } from './file-location.ts'
import type { FileRoute } from './file-route.ts'
import { floodSentence } from './file-failure.ts'
import { FilesWaiting } from './files-waiting.ts'
import { planFiles, type PlannedFile } from './plan-files.ts'
import { findEarliestWait, selectFilesToStore } from './queries.ts'
import { FileRecorder, recordFailure, removeOrphan } from './record-files.ts'
import { storeFile } from './store-file.ts'

const BATCH = 100
/**
 * Bounds of the files that are read from Postgres and not started. Below `MIN_READY` more are read. Up to `MAX_READY` more
 * are read only when no small file is among them.
 */
const MIN_READY = 50
const MAX_READY = 300
/** A small file is at most one chunk of Telegram's, 512 KiB, so that eight downloads need little memory. */
const SMALL_BYTES = 512 * 1024
const PARALLEL_LARGE = 3
const PARALLEL_SMALL = 8
/** While this many written files wait to be recorded, no download starts. */
const MAX_UNRECORDED = 100
/** Interval of the checks for files whose wait has ended, while posts are still read. */
const RECHECK_MS = 5_000

interface Options {
  readonly arrivals: Arrivals
  readonly signal: AbortSignal
}

/**
 * Stores a run's files, in the order of their messages: up to three large and eight small ones in parallel. The queue
 * consists of the pending rows of `files`, so it survives a crash. A file that waits or fails does not delay the others;
 * its error ends the attempt once all others are stored.
 */
export class FileQueue {
  readonly #db: Db
  readonly #run: RunRow
  readonly #route: FileRoute
  readonly #arrivals: Arrivals
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  readonly #recorder: FileRecorder
  /** Ids of files that this attempt must not select again. */
  readonly #taken = new Set<number>()
  readonly #ready: PlannedFile[] = []
  readonly #running = new Set<Promise<void>>()
  #large = 0
  #small = 0
  #isFilling = false
  /** The number of announcements when the last query returned all remaining files; -1 for none. */
  #drainedAt = -1
  #pause = { reason: '', until: 0 }
  #deferred: { readonly error: unknown } | null = null
  #hasTarget = false

  constructor(db: Db, run: RunRow, route: FileRoute, { arrivals, signal }: Options) {
    this.#db = db
    this.#run = run
    this.#route = route
    this.#arrivals = arrivals
    this.#signal = AbortSignal.any([signal, this.#stop.signal])
    this.#recorder = new FileRecorder(db, run, route)
  }

  /**
   * Resolves when no more files arrive and each is stored or recorded as missing. Throws FilesWaiting when a file waits, the
   * error of a file that the next attempt retries, and any error that concerns all files.
   */
  async work(): Promise<void> {
    while (!this.#signal.aborted) {
      const { isOver, count, wakeUp } = this.#arrivals
      if (this.#wantsMore(count)) this.#launch(() => this.#fill(count))
      this.#startFiles()
      const isPaused = this.#isPaused()
      const isIdle = this.#running.size === 0 && (isPaused || this.#drainedAt === count)
      if (isIdle && isOver) {
        await this.#end({ isPaused })
        return
      }
      await wakeUp.wait(RECHECK_MS, this.#signal)
      // The wait of a file may have ended: query again.
      if (isIdle && this.#arrivals.count === count) this.#drainedAt = -1
    }
    await Promise.all(this.#running)
    this.#signal.throwIfAborted()
  }

  /** Throws the error of the files that are not stored; returns when there are none. */
  async #end({ isPaused }: { readonly isPaused: boolean }): Promise<void> {
    this.#signal.throwIfAborted()
    if (this.#deferred) throw this.#deferred.error
    if (isPaused) {
      const { reason, until } = this.#pause
      throw new FilesWaiting(reason, Math.max(0, until - Date.now()))
    }
    const waits = await findEarliestWait(this.#db, this.#run.sourceId)
    if (waits) throw new FilesWaiting(waits.reason, waits.waitMs)
  }

  #isPaused(): boolean {
    return this.#pause.until > Date.now()
  }

  #wantsMore(count: number): boolean {
    if (this.#isFilling || this.#isPaused() || this.#drainedAt === count) return false
    if (this.#ready.length < MIN_READY) return true
    return this.#ready.length < MAX_READY && !this.#ready.some(isSmall)
  }

  /** Starts `work` without awaiting it. Its error stops the queue. */
  #launch(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) this.#stop.abort(error)
      })
      .finally(() => {
        this.#running.delete(running)
        this.#arrivals.wakeUp.call()
      })
    this.#running.add(running)
  }

  async #fill(count: number): Promise<void> {
    this.#isFilling = true
    try {
      const batch = await selectFilesToStore(this.#db, {
        sourceId: this.#run.sourceId,
        except: [...this.#taken],
        limit: BATCH,
      })
      const planned = await planFiles(this.#db, this.#run, this.#route, batch)
      if (planned.length > 0) {
        await this.#openTarget()
        const { located, gone } = await freshenLocations(this.#db, this.#run, this.#route, {
          files: planned,
          signal: this.#signal,
        })
        for (const { id } of located) this.#taken.add(id)
        this.#ready.push(...located)
        for (const { file, error } of gone)
          await recordFailure(this.#db, this.#run, this.#route, {
            file,
            failure: { status: 'missing', state: 'gone', error: error.message },
          })
      }
      if (batch.length < BATCH) this.#drainedAt = count
    } catch (error) {
      if (!(error instanceof FloodWait)) throw error
      this.#pauseFor(floodSentence(error), error.seconds * 1000)
    } finally {
      this.#isFilling = false
    }
  }

  /** Checks the target and clears its unused partial files, once, before the first file is stored. */
  async #openTarget(): Promise<void> {
    if (this.#hasTarget) return
    const { target } = this.#route
    const problem = await target.check()
    if (problem !== null) throw problem
    await clearParts(this.#db, target, { sourceId: this.#run.sourceId, isAlone: true })
    this.#hasTarget = true
  }

  #startFiles(): void {
    while (!this.#isPaused() && !this.#signal.aborted && this.#recorder.size < MAX_UNRECORDED) {
      const at = this.#ready.findIndex((file) =>
        isSmall(file) ? this.#small < PARALLEL_SMALL : this.#large < PARALLEL_LARGE,
      )
      const [file] = at < 0 ? [] : this.#ready.splice(at, 1)
      if (!file) return
      this.#launch(() => this.#store(file))
    }
  }

  async #store(file: PlannedFile): Promise<void> {
    try {
      const outcome = await this.#inLane(file)
      if (outcome.status === 'deferred') this.#deferred ??= outcome
      if (outcome.status === 'waits' && outcome.accountWaitMs !== null)
        this.#pauseFor(outcome.reason, outcome.accountWaitMs)
      if (outcome.status === 'written') await this.#recorder.record(file, outcome.content)
      else await recordFailure(this.#db, this.#run, this.#route, { file, failure: outcome })
      if (outcome.status === 'written' || outcome.status === 'waits') this.#taken.delete(file.id)
    } catch (error) {
      await removeOrphan(this.#db, this.#route.target, file, error)
      throw error
    }
  }

  /** Stores the file in a lane, large or small. The lane is released before the file is recorded. */
  async #inLane(file: PlannedFile) {
    const isOneMore = (files: number) => {
      if (isSmall(file)) this.#small += files
      else this.#large += files
    }
    isOneMore(1)
    try {
      return await storeFile(this.#db, this.#run, this.#route, { file, signal: this.#signal })
    } finally {
      isOneMore(-1)
      this.#arrivals.wakeUp.call()
    }
  }

  #pauseFor(reason: string, ms: number): void {
    const until = Date.now() + ms
    if (until > this.#pause.until) this.#pause = { reason, until }
  }
}

function isSmall({ size }: PlannedFile): boolean {
  return size <= SMALL_BYTES
}
