import { setTimeout as delay } from 'node:timers/promises'
import { backOff, pause } from '../../model/back-off.ts'
import { isAway } from '../../backends/contract/outcome.ts'
import type { Copied } from '../../client/copy/copy.ts'
import { Follower } from '../../client/copy/follow.ts'
import type { WatchEvent } from '../../model/change.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { itemOf } from '../change/outcomes.ts'
import { placeOf } from '../change/place.ts'
import { type WriteItem, prepareWrite, writesTable } from '../change/results.ts'
import type { Context } from '../command.ts'
import { printChanges } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'
import { sayLink } from '../output/progress.ts'
import type { RegistrySide } from '../sides/side.ts'
import { checkCopyFlags, copyOptionsFor } from './options.ts'
import { itemsOf } from './results.ts'
import { CopyTally } from './tally.ts'
import type { Transfer } from './transfer.ts'
import { requireSome } from './whole.ts'

/** Instances of the first state that are written together. */
const BATCH = 500
const FORMATS = ['table', 'wide', 'ndjson', 'name'] as const
const DELAY = { first: 500, most: 30_000 }
/** Milliseconds without an event, after which what is gone is removed: a source that was emptied loses all of it in one go. */
const SETTLED_AFTER = 500
/** Milliseconds after which it is removed although more happens. */
const SETTLED_AT_LAST = 10_000

/** Copies what a registry has, and then each of its changes, until it is stopped. @throws RollcallError the error that ended it */
export async function followSide(
  context: Context,
  { source, listing, flags }: Transfer & { readonly source: RegistrySide },
): Promise<number> {
  checkCopyFlags(flags)
  await prepareWrite(context, false)
  parseOutput(context.globals, FORMATS)
  const client = await context.client()
  const options = copyOptionsFor(context, client, flags)
  if (typeof options.ttl === 'number')
    context.logger.warn(`what is copied is gone in ${flags.ttl} without heartbeats, and --follow sends none`)
  const follower = new Follower(client, { ...(await placeOf(context)), ...options, source: source.name })
  const following = new Following(context, follower, source)
  const from = await source.context.client()
  const where = (entry: InstanceEntry) => listing.inScope(entry)
  const events = from.watch(listing.scope, { signal: context.signal, where })[Symbol.asyncIterator]()
  for (let next = events.next(); ; ) {
    const event = await (following.isToSettle ? Promise.race([next, delay(following.patience)]) : next)
    if (event === undefined) await following.settle()
    else if (event.done) break
    else {
      await following.take(event.value)
      next = events.next()
    }
  }
  context.signal.throwIfAborted()
  return 0
}

class Following {
  readonly #context: Context
  readonly #follower: Follower
  readonly #source: RegistrySide
  readonly #tally = new CopyTally()
  #waiting: InstanceEntry[] = []
  #isSynced = false
  /** What the source lost, and is to be removed when it is known whether anything is left there. */
  #gone: InstanceEntry[] = []
  /** When the first of them was lost, as performance.now() has it. */
  #goneSince = 0
  #isInGap = false

  constructor(context: Context, follower: Follower, source: RegistrySide) {
    this.#context = context
    this.#follower = follower
    this.#source = source
  }

  async take(event: WatchEvent): Promise<void> {
    const context = this.#context
    if (event.type === 'snapshot') {
      this.#waiting.push(event.entry)
      if (this.#waiting.length >= BATCH) await this.#addWaiting()
    } else if (event.type === 'synced') await this.#synced()
    else if (event.type === 'link') await sayLink(context, event)
    else if (event.type === 'gap') {
      this.#isInGap = true
      await context.say(`${this.#source.name}: ${event.message}`)
    } else if (event.type === 'added')
      await this.#report(await this.#patiently(() => this.#follower.add([event.entry])))
    else if (event.type === 'updated')
      await this.#report(await this.#patiently(() => this.#follower.update(event.entry, event.before)))
    else if (event.type === 'removed') {
      this.#follower.lost(event.entry)
      if (this.#gone.length === 0) this.#goneSince = performance.now()
      this.#gone.push(event.entry)
      if (this.#follower.isEmpty)
        await context.say(`${this.#source.name} has no instances now: what was copied is kept until it has some`)
    }
  }

  async #addWaiting(): Promise<void> {
    const entries = this.#waiting
    this.#waiting = []
    const copied = await this.#patiently(() => this.#follower.add(entries))
    for (const each of copied) this.#tally.add(each)
    await this.#report(copied)
  }

  async #synced(): Promise<void> {
    await this.#addWaiting()
    const { name } = this.#source
    this.#isInGap = false
    if (this.#isSynced) return
    this.#isSynced = true
    requireSome(this.#source, this.#tally.total)
    await this.#tally.say(this.#context, name)
    await this.#context.say(`following ${name}; Ctrl-C to stop`)
  }

  /** Whether something is to be removed as soon as nothing more happens. */
  get isToSettle(): boolean {
    return this.#gone.length > 0 && !this.#isInGap && !this.#follower.isEmpty
  }

  /** Milliseconds to wait for more. */
  get patience(): number {
    return Math.max(0, Math.min(SETTLED_AFTER, this.#goneSince + SETTLED_AT_LAST - performance.now()))
  }

  /** Removes what the source has lost, and not got back. An empty source empties nothing. */
  async settle(): Promise<void> {
    const gone = this.#gone
    this.#gone = []
    for (const entry of gone) await this.#remove(entry)
  }

  async #remove(entry: InstanceEntry): Promise<void> {
    const context = this.#context
    const dropped = await this.#patiently(() => this.#follower.remove(entry))
    if (!dropped) return
    const { records, outcomes, kept } = dropped
    const subject = { service: entry.service, id: entry.instance.id, records }
    if (kept !== undefined) return await context.say(`kept ${subject.service}/${subject.id}: ${kept}`)
    const item = itemOf('deregister', subject, new Map(outcomes.map((outcome) => [outcome.id, outcome])))
    await this.#print([item])
  }

  async #report(copied: readonly Copied[]): Promise<void> {
    const [stopped] = copied.flatMap(({ result, attempted }) => (attempted ? [] : result))
    if (stopped instanceof RollcallError) throw stopped
    await this.#print(itemsOf(copied))
  }

  /** Each change at once, not when there are enough for the widths of a table. */
  async #print(items: readonly WriteItem[]): Promise<void> {
    if (items.length === 0) return
    const output = { ...parseOutput(this.#context.globals, FORMATS), headers: false }
    const writer = await printChanges(this.#context, 'WriteResultList', writesTable, output)
    for (const item of items) writer.add(item)
    await writer.end()
  }

  /** Tries again for as long as the target is away. */
  async #patiently<T>(act: () => Promise<T>): Promise<T> {
    const { signal } = this.#context
    for (let attempt = 1; ; attempt++) {
      try {
        return await act()
      } catch (error) {
        signal.throwIfAborted()
        if (!isAway(error)) throw error
        this.#context.logger.warn(`${messageOf(error)}; trying again`)
      }
      await pause(backOff(attempt, DELAY), signal)
    }
  }
}
