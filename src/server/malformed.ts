import { ruleOf } from '../lint/catalogue.ts'
import { checkRecord } from '../lint/check.ts'
import type { Finding } from '../lint/finding.ts'
import { PROBLEM_RULES } from '../lint/rules/problems.ts'
import type { MalformedEntry } from '../model/reading.ts'
import type { Client } from '../client/client.ts'
import type { Live } from './live.ts'

/** Milliseconds for which a reading of the whole registry is good enough for all who ask. */
const FRESH = 5_000
/** Of the time, reading takes at most one part in so many. */
const SHARE = 20
/** Records that are listed one by one; beyond that only the count is given. */
const LISTED = 1_000

/** A record that no client can use, with the finding of `check-keys` about it. */
export interface MalformedRecord {
  readonly key: string
  readonly service: string
  readonly rule: string
  readonly title: string
  readonly message: string
  readonly cause: string
  readonly fix: string
  /** As far as it can be read. */
  readonly id?: string
  readonly lease?: string
  /** Those whose processes may have written it. */
  readonly hosts: readonly string[]
}

interface Found {
  readonly counts: ReadonlyMap<string, number>
  readonly records: readonly MalformedRecord[]
}

/** The registry's malformed records, read on request, and once for all concurrent requests. */
export class Malformed {
  readonly #client: Client
  readonly #live: Live
  readonly #now: () => number
  #found: Found | undefined
  #reading: Promise<Found> | undefined
  #freshUntil = -Infinity
  /** How often it was forgotten. */
  #changes = 0

  constructor(client: Client, live: Live, now: () => number) {
    this.#client = client
    this.#live = live
    this.#now = now
  }

  /**
   * How many there are in the services that `isWanted`, and the first of them. While the registry is away the last ones.
   *
   * @throws RollcallError what the registry throws when it was never read.
   */
  async of(isWanted: (service: string) => boolean): Promise<{ total: number; records: MalformedRecord[] }> {
    const { counts, records } = await this.#current()
    const wanted = [...counts].filter(([service]) => isWanted(service))
    const total = wanted.reduce((sum, [, count]) => sum + count, 0)
    return { total, records: records.filter(({ service }) => isWanted(service)) }
  }

  /** The registry was changed: the next who asks has it read again, whatever is being read now. */
  forget(): void {
    this.#changes++
    this.#reading = undefined
    this.#freshUntil = -Infinity
  }

  async #current(): Promise<Found> {
    const isGoodEnough = this.#live.stale || performance.now() < this.#freshUntil
    if (this.#found && isGoodEnough) return this.#found
    return await (this.#reading ??= this.#begin())
  }

  #begin(): Promise<Found> {
    const reading = this.#read().finally(() => {
      if (this.#reading === reading) this.#reading = undefined
    })
    return reading
  }

  async #read(): Promise<Found> {
    const began = performance.now()
    const changes = this.#changes
    const counts = new Map<string, number>()
    const records: MalformedRecord[] = []
    for await (const entry of this.#client.entries()) {
      if (entry.is !== 'malformed') continue
      counts.set(entry.service, (counts.get(entry.service) ?? 0) + 1)
      if (records.length < LISTED) records.push(...explained(entry, this.#now()))
    }
    const ended = performance.now()
    const found = { counts, records }
    if (changes === this.#changes) {
      this.#freshUntil = ended + Math.max(FRESH, SHARE * (ended - began))
      this.#found = found
    }
    return found
  }
}

function explained({ record, problem }: MalformedEntry, now: number): MalformedRecord[] {
  const findings = checkRecord({ record, reading: { is: 'malformed', problem } }, { rules: PROBLEM_RULES, now })
  return findings.map(malformedRecordOf)
}

function malformedRecordOf({ key, service, rule, title, message, fix, id, lease, hosts }: Finding): MalformedRecord {
  return {
    key,
    service,
    rule,
    title,
    message,
    cause: ruleOf(rule).cause,
    fix,
    ...(id !== undefined && { id }),
    ...(lease !== undefined && { lease }),
    hosts,
  }
}
