import { RollcallError } from '../../model/errors.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { RawRecord } from '../../model/record.ts'
import type { InstanceToRegister, Registration, WriteOptions } from '../contract/backend.ts'
import { isOfTheInstance, isSilence } from '../contract/outcome.ts'
import { optionsFor } from '../contract/write-options.ts'
import { abreast } from './abreast.ts'
import { type KvContext, placeToWrite } from './context.ts'
import { type WantedRegistration, markOf } from './existing.ts'
import { firstOf } from './first-records.ts'
import { revokeQuietly } from './leases.ts'
import { type LayoutsThere, followsFolder, hasOtherPlaces, layoutAmong, layoutsIn, schemesOf } from './placement.ts'
import { keyOf, valueOf } from './record.ts'
import { encode, wantedIn } from './register.ts'
import { registrationOf, written } from './registration.ts'
import { type OperationOutcome, type Store, type StoreLease, inside } from './store.ts'

/** What is written, and for which of the instances. */
interface Write {
  readonly at: number
  readonly wanted: WantedRegistration
  readonly record: RawRecord
  readonly granted?: { readonly lease: StoreLease; readonly at: number }
}

/**
 * Registers the instances of which nothing is stored yet, with as many requests as the writes need and a look at each service. In
 * their order: the registration; the error of that instance, or of a registry that did not answer the writes; or undefined where
 * nothing was written, since `register` has to look at what is there. What is found of a service holds for all of its instances here.
 */
export async function registerNew(
  kv: KvContext,
  instances: readonly InstanceToRegister[],
  options: WriteOptions,
): Promise<(Registration | RollcallError | undefined)[]> {
  const outcomes: (Registration | RollcallError | undefined)[] = instances.map(() => undefined)
  const seen = await look(kv, instances, options)
  const found: Write[] = []
  for (const [at, one] of instances.entries()) {
    const { instance } = one
    try {
      const own = optionsFor(one, options)
      const records = one.encoded ?? encode(kv, instance, own)
      const layout = seen.layoutOf(instance, own)
      const wanted = wantedIn(kv, instance, { records, layout, options: own })
      const [record, another] = wanted.records
      if (!record || another || wanted.recordsOn || markOf(kv, wanted) !== undefined) continue
      if (!seen.mayBeElsewhere(instance)) found.push({ at, wanted, record })
    } catch (error) {
      if (!(error instanceof RollcallError) || !isOfTheInstance(error)) throw error
      outcomes[at] = error
    }
  }
  const leased = await withLeases(kv, distinct(found), options.signal)
  const results = await write(kv, leased, options)
  if (results instanceof RollcallError) {
    for (const { at } of leased) outcomes[at] = results
    return outcomes
  }
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

/**
 * The outcomes of the writes; or the error of a registry that fell silent while they were on their way: any of them may be there. What is to
 * be kept alive is not cut off by the signal, or there could be records of which nobody knows that they are to be kept or removed.
 */
async function write(
  { store }: KvContext,
  writes: readonly Write[],
  { keepAlive, signal }: WriteOptions,
): Promise<readonly OperationOutcome[] | RollcallError> {
  const operations = writes.map(({ record, granted }) => ({
    put: keyOf(record),
    value: valueOf(record),
    expect: null,
    ...(granted && { lease: granted.lease.lease }),
  }))
  try {
    signal?.throwIfAborted()
    return await store.write(operations, keepAlive ? {} : { signal })
  } catch (error) {
    await endLeases(store, writes, error)
    if (!(error instanceof RollcallError) || !isSilence(error)) throw error
    return error
  }
}

/** After an error. A registry that is silent would not answer this either, and lets them expire; a session would go on for as long as this process. */
async function endLeases(store: Store, writes: readonly Write[], error: unknown): Promise<void> {
  if (error instanceof RollcallError && isSilence(error) && !store.sessions) return
  await abreast(writes, async ({ granted }) => {
    if (granted) await revokeQuietly(store, granted.lease.lease)
  })
}

/** The first of those with the same key. */
function distinct(writes: readonly Write[]): Write[] {
  const keys = new Set<string>()
  const inOrder = writes.toSorted((a, b) => a.at - b.at)
  return inOrder.filter(({ record }) => !keys.has(record.id) && keys.add(record.id))
}

/** What there is of the services of some instances. */
interface Seen {
  /** @throws RollcallError `conflict` as `layoutToWrite` */
  layoutOf(instance: InstanceInit, options: WriteOptions): LayoutName
  /** Whether there is anything of its service in another place than under the usual key: its own record may be among that. */
  mayBeElsewhere(instance: InstanceInit): boolean
}

/** Looks at the folder of each service, and at the other places where its instances could be, unless the user named the place. */
async function look(kv: KvContext, instances: readonly InstanceToRegister[], options: WriteOptions): Promise<Seen> {
  const { signal } = options
  const { layout: wanted, prefix } = placeToWrite(kv, options.layout)
  const schemes = new Map<string, Set<string>>()
  for (const { instance } of instances) {
    const known = schemes.get(instance.name) ?? new Set()
    for (const scheme of schemesOf(instance)) known.add(scheme)
    schemes.set(instance.name, known)
  }
  const services = [...schemes.keys()]
  const layoutsThere = new Map<string, LayoutsThere>()
  if (followsFolder(kv, options)) {
    const first = await firstOf(
      kv,
      services.map((service) => inside(prefix.folder(service))),
      signal,
    )
    for (const [at, service] of services.entries()) {
      const known = { service, wanted, first: first[at] ?? [], ...(signal && { signal }) }
      layoutsThere.set(service, await layoutsIn(kv, prefix, known))
    }
  }
  const elsewhere = new Set<string>()
  if (hasOtherPlaces(kv, options)) {
    const others = kv.prefixes.filter(({ text }) => text !== prefix.text)
    const filled = await firstOf(
      kv,
      others.map(({ range }) => range),
      signal,
    )
    const open = others.filter((_, at) => filled[at]?.length !== 0)
    const places: { readonly service: string; readonly folder: Uint8Array }[] = []
    for (const [service, known] of schemes) {
      for (const other of open) places.push({ service, folder: other.folder(service) })
      for (const scheme of known)
        places.push({ service, folder: Buffer.concat([prefix.folder(service), Buffer.from(`/${scheme}`)]) })
    }
    const there = await firstOf(
      kv,
      places.map(({ folder }) => inside(folder)),
      signal,
    )
    for (const [at, { service }] of places.entries()) if (there[at]?.length !== 0) elsewhere.add(service)
  }
  return {
    layoutOf: (instance, own) =>
      followsFolder(kv, own)
        ? layoutAmong(kv, instance, own, layoutsThere.get(instance.name) ?? new Set())
        : placeToWrite(kv, own.layout).layout,
    mayBeElsewhere: ({ name }) => elsewhere.has(name),
  }
}

/** With a lease of its own for each that is to have one. Where one cannot be granted, nothing is put on the others, and they end. */
async function withLeases(kv: KvContext, writes: readonly Write[], signal?: AbortSignal): Promise<readonly Write[]> {
  const leased = [...writes]
  const granting = abreast(writes, async (each, place) => {
    const { ttl } = each.wanted
    if (ttl === null) return
    const at = kv.now()
    leased[place] = { ...each, granted: { lease: await kv.store.grant(ttl, { signal }), at } }
  })
  try {
    await granting
  } catch (error) {
    await endLeases(kv.store, leased, error)
    throw error
  }
  return leased
}
