import { RollcallError } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import { isAway } from '../../backends/contract/outcome.ts'
import { audit } from '../change/audit-log.ts'
import { placeAt } from '../change/place.ts'
import { closedHours, requireUnprotected } from '../change/protection.ts'
import type { ChangeSite, PlaceOptions } from '../change/site.ts'
import type { Client } from '../client.ts'
import { readTogether } from '../merge.ts'
import { currentOf } from '../purge/second-look.ts'
import { newRun } from '../undo/new-run.ts'
import type { Run } from '../undo/run.ts'
import { type Copied, type CopyOptions, carry, copyBatch } from './copy.ts'
import { Present } from './present.ts'

/** How a source is followed. */
export interface FollowOptions extends Omit<CopyOptions, 'dryRun'>, Omit<PlaceOptions, 'now' | 'signal'> {
  /** What the audit log calls the source. */
  readonly source: string
}

/** What became of an instance that the source has no longer. */
export interface Dropped {
  /** How the registry had it. */
  readonly records: readonly RawRecord[]
  /** One for each of them; none where it is kept. */
  readonly outcomes: readonly Outcome[]
  /** Why it is not removed. */
  readonly kept?: string
}

/**
 * Keeps in a registry what it has copied there, as it changes at its source: give it what a watch of the source says, event by event. Only
 * what it wrote itself, and is still as it wrote it, is removed; nothing that is protected; and a line for each goes to the audit log. What
 * it does rejects while the registry is away, and can then be called again.
 */
export class Follower {
  readonly #client: Client
  readonly #options: FollowOptions
  readonly #site: ChangeSite
  readonly #run: Omit<Run, 'records'>
  readonly #written = new Map<string, readonly RawRecord[]>()
  /** Where each instance of the source is stored; none that is gone. */
  readonly #places = new Map<string, Set<string>>()

  constructor(client: Client, options: FollowOptions) {
    this.#client = client
    this.#options = options
    this.#site = placeAt(client, options)
    this.#run = newRun(this.#site, 'copy', undefined).run
  }

  /** Copies instances that the source has. */
  async add(entries: readonly InstanceEntry[]): Promise<readonly Copied[]> {
    for (const entry of entries) this.#placesOf(entry).add(placeOf(entry))
    return await this.#copy(entries, this.#options.replace ?? false)
  }

  /** Copies an instance that has changed at the source, in the place of what this run wrote, or of what says what the source said before. */
  async update(entry: InstanceEntry, before: InstanceEntry): Promise<readonly Copied[]> {
    this.lost(before)
    this.#placesOf(entry).add(placeOf(entry))
    return await this.#copy([entry], this.#options.replace || (await this.#isAsBefore(before)))
  }

  /** Takes note that the source has an instance no longer in one place. */
  lost(entry: InstanceEntry): void {
    const places = this.#placesOf(entry)
    places.delete(placeOf(entry))
    if (places.size === 0) this.#places.delete(keyOf(entry))
  }

  /** Whether the source has it, or has it again. */
  has(entry: InstanceEntry): boolean {
    return this.#places.has(keyOf(entry))
  }

  /** Whether the source has no instance at all. */
  get isEmpty(): boolean {
    return this.#places.size === 0
  }

  /**
   * Removes what this run wrote of an instance that the source has no longer, each record only as it was written. Undefined where it
   * wrote nothing, or the source has it in another place, or again.
   */
  async remove(entry: InstanceEntry): Promise<Dropped | undefined> {
    const key = keyOf(entry)
    if (this.has(entry)) return undefined
    const records = this.#written.get(key)
    if (!records) return undefined
    const kept = this.#whyKept(entry, records)
    if (kept !== undefined) return { records, outcomes: [], kept }
    const outcomes: Outcome[] = []
    for await (const outcome of this.#client.remove(records)) outcomes.push(outcome)
    for (const { error } of outcomes) if (isAway(error)) throw error
    this.#written.delete(key)
    const named = { service: entry.service, id: entry.instance.id, reason: `not in ${this.#options.source}` }
    const removals = outcomes.map((outcome) => ({ ...named, key: outcome.id }))
    await audit(this.#site, this.#run, { removals, outcomes })
    return { records, outcomes }
  }

  /** Why it may not be removed now: protection is asked about what the source said last, and about what is written here. */
  #whyKept(entry: InstanceEntry, records: readonly RawRecord[]): string | undefined {
    const written = readTogether({ backend: this.#client.backend, now: this.#site.now }, records)
    try {
      for (const each of written ? [entry, written] : [entry]) requireUnprotected([each], this.#site)
      return closedHours(this.#site)
    } catch (error) {
      if (error instanceof RollcallError && error.code === 'refused') return error.message
      throw error
    }
  }

  async #copy(entries: readonly InstanceEntry[], replace: boolean): Promise<readonly Copied[]> {
    const { signal } = this.#options
    // Looked at anew each time: the registry changes by others, too.
    const present = new Present(this.#client, signal)
    const copied = await copyBatch(this.#client, entries, { ...this.#options, replace, present, dryRun: false })
    for (const { entry, registration } of copied)
      if (registration && registration.action !== 'unchanged' && registration.action !== 'renewed')
        this.#written.set(keyOf(entry), registration.records)
    for (const { result } of copied) if (isAway(result)) throw result
    return copied
  }

  async #isAsBefore(before: InstanceEntry): Promise<boolean> {
    const { signal } = this.#options
    const records = this.#written.get(keyOf(before))
    if (records) {
      const revisions = new Map(records.map(({ id, revision }) => [id, revision]))
      for await (const { id, now } of currentOf(this.#client, records, signal))
        if (now && now.revision !== revisions.get(id)) return false
      return true
    }
    const present = new Present(this.#client, signal)
    await present.load([before.service])
    return present.of(carry(this.#client, before, { ...this.#options, present })) === 'same'
  }

  #placesOf(entry: InstanceEntry): Set<string> {
    const key = keyOf(entry)
    const places = this.#places.get(key) ?? new Set<string>()
    this.#places.set(key, places)
    return places
  }
}

function keyOf({ service, instance }: InstanceEntry): string {
  return `${service}\0${instance.id}`
}

function placeOf({ records }: InstanceEntry): string {
  return records.map(({ id }) => id).join('\n')
}
