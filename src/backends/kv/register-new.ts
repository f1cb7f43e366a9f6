import { RollcallError, isForbidden } from '../../model/errors.ts'
import type { RawRecord } from '../../model/record.ts'
import type { InstanceToRegister, Registration, WriteOptions } from '../contract/backend.ts'
import type { KvContext } from './context.ts'
import { type WantedRegistration, markOf } from './existing.ts'
import { revokeQuietly } from './leases.ts'
import { type LookIntoFolder, lookIntoFolder } from './placement.ts'
import type { Prefix } from './prefix.ts'
import { keyOf, valueOf } from './record.ts'
import { wantedFrom } from './register.ts'
import { registrationOf, written } from './registration.ts'
import { type KeyRange, type StoreLease, inside } from './store.ts'

/** Requests at the same time. */
const ABREAST = 50

/** What is written, and for which of the instances. */
interface Write {
  readonly at: number
  readonly wanted: WantedRegistration
  readonly record: RawRecord
  readonly granted?: { readonly lease: StoreLease; readonly at: number }
}

/**
 * Registers the instances of which nothing is stored yet, with as many requests as the writes need and a look at each service. In
 * their order: the registration; the error of that instance; or undefined where nothing was written, since `register` has to
 * look at what is there. What is found of a service holds for all of its instances here.
 */
export async function registerNew(
  kv: KvContext,
  instances: readonly InstanceToRegister[],
  options: WriteOptions,
): Promise<(Registration | RollcallError | undefined)[]> {
  const outcomes: (Registration | RollcallError | undefined)[] = instances.map(() => undefined)
  const lookInto = lookingOnce(kv, options.signal)
  const others = new OtherPlaces(kv, options)
  const found: Write[] = []
  await abreast(instances, async ({ instance, ...beside }, at) => {
    try {
      const wanted = await wantedFrom(kv, instance, { ...options, ...beside }, lookInto)
      const [record, another] = wanted.records
      if (!record || another || wanted.recordsOn || markOf(kv, wanted) !== undefined) return
      if (!(await others.mayHold(wanted))) found.push({ at, wanted, record })
    } catch (error) {
      if (!(error instanceof RollcallError) || !OF_ONE.has(error.code)) throw error
      outcomes[at] = error
    }
  })
  const leased = await withLeases(kv, distinct(found), options.signal)
  const results = await kv.store.write(
    leased.map(({ record, granted }) => ({
      put: keyOf(record),
      value: valueOf(record),
      expect: null,
      ...(granted && { lease: granted.lease.lease }),
    })),
    { signal: options.signal },
  )
  const unused: string[] = []
  for (const [place, { at, wanted, record, granted }] of leased.entries()) {
    const { result, revision } = results[place] ?? { result: 'changed' }
    if (result === 'done') {
      const now = written(record, revision, granted?.lease)
      outcomes[at] = registrationOf(kv, wanted, [now], { action: 'created', ...(granted && { granted }) })
    } else if (granted) unused.push(granted.lease.lease)
  }
  await abreast(unused, (lease) => revokeQuietly(kv.store, lease))
  return outcomes
}

/** The first of those with the same key. */
function distinct(writes: readonly Write[]): Write[] {
  const keys = new Set<string>()
  const inOrder = writes.toSorted((a, b) => a.at - b.at)
  return inOrder.filter(({ record }) => !keys.has(record.id) && keys.add(record.id))
}

/** Errors that say nothing of the other instances. */
const OF_ONE: ReadonlySet<RollcallError['code']> = new Set(['conflict', 'usage', 'refused'])

/** What lies in each folder, looked at once. */
function lookingOnce(kv: KvContext, signal?: AbortSignal): LookIntoFolder {
  const look = lookIntoFolder(kv, signal)
  const found = new Map<string, ReturnType<LookIntoFolder>>()
  return (prefix, service, wanted) => {
    const known = found.get(service) ?? look(prefix, service, wanted)
    found.set(service, known)
    return known
  }
}

/** Where else than under the key of its record an instance could be, for a registry that is read without a layout or a prefix. */
class OtherPlaces {
  readonly #kv: KvContext
  readonly #signal: AbortSignal | undefined
  readonly #isDecided: boolean
  readonly #known = new Map<string, Promise<boolean>>()

  constructor(kv: KvContext, { layout, signal }: WriteOptions) {
    this.#kv = kv
    this.#signal = signal
    this.#isDecided = layout !== undefined || kv.layout !== 'auto' || kv.givenPrefix !== undefined
  }

  /** Whether there is anything of its service in another place; false where the user named the place. */
  async mayHold({ instance: { name, endpoints }, prefix }: WantedRegistration): Promise<boolean> {
    if (this.#isDecided) return false
    const others = this.#kv.prefixes.filter(({ text }) => text !== prefix.text)
    for (const other of others)
      if ((await this.#holds(other.text, other.range)) && (await this.#holdsService(other, name))) return true
    const schemes = new Set((endpoints ?? []).flatMap((url) => /^([^:/]+):\/\//.exec(url)?.[1] ?? []))
    for (const scheme of schemes) if (await this.#holdsService(prefix, name, `/${scheme}`)) return true
    return false
  }

  #holdsService(prefix: Prefix, service: string, below = ''): Promise<boolean> {
    const folder = Buffer.concat([prefix.folder(service), Buffer.from(below)])
    return this.#holds(folder.toString('latin1'), inside(folder))
  }

  #holds(name: string, range: KeyRange): Promise<boolean> {
    const known = this.#known.get(name) ?? this.#look(range)
    this.#known.set(name, known)
    return known
  }

  /** A place that this user has no permission to read is taken for empty. */
  async #look(range: KeyRange): Promise<boolean> {
    try {
      for await (const { records } of this.#kv.store.scan(range, { limit: 1, signal: this.#signal }))
        if (records.length > 0) return true
    } catch (error) {
      if (!isForbidden(error)) throw error
    }
    return false
  }
}

/** With a lease of its own for each that is to have one. */
async function withLeases(kv: KvContext, writes: readonly Write[], signal?: AbortSignal): Promise<readonly Write[]> {
  if (writes.some(({ wanted }) => wanted.ttl !== null)) await kv.store.prepare?.()
  const leased = [...writes]
  await abreast(writes, async (write, place) => {
    const { ttl } = write.wanted
    if (ttl === null) return
    const at = kv.now()
    leased[place] = { ...write, granted: { lease: await kv.store.grant(ttl, { signal }), at } }
  })
  return leased
}

async function abreast<T>(items: readonly T[], work: (item: T, at: number) => Promise<void>): Promise<void> {
  const waiting = items.entries()
  const worker = async (): Promise<void> => {
    for (const [at, item] of waiting) await work(item, at)
  }
  await Promise.all(Array.from({ length: Math.min(ABREAST, items.length) }, worker))
}
