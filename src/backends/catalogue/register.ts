import type { InstanceInit } from '../../model/instance.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Registration, WriteOptions } from '../contract/backend.ts'
import { alreadyRegistered, keepsChanging } from '../contract/refusals.ts'
import type { Catalogue } from './catalogue.ts'
import { ChangeEach } from './change-each.ts'
import { isGone } from './changes.ts'
import { CatalogueRegistration, type Registered } from './registration.ts'
import { Unfinished, isBeside } from './unfinished.ts'
import { type Made, waitUntilVisible } from './wait-until-visible.ts'

/** How often another may come between reading and writing. */
const ATTEMPTS = 64

/** One record of the instance, and what lies in its place. */
interface Part<R> {
  readonly wanted: R
  readonly there: R | undefined
  /** What is there lives, and says the same. */
  readonly stays: boolean
}

/** What registering means here. */
interface Plan<R> {
  /** What it will have been, if something is written or removed. */
  readonly action: Registration['action']
  readonly parts: readonly Part<R>[]
  readonly rivals: readonly R[]
}

/**
 * Registers an instance: what is there and says the same is renewed, what is missing is written, and then what has its place
 * goes. All or nothing: what was written is taken back if the rest fails, until the first rival is gone, which cannot come
 * back. @throws RollcallError `conflict` for what lives in its place and says something else, unless told to replace it
 */
export async function register<R extends RawRecord>(
  catalogue: Catalogue<R>,
  instance: InstanceInit,
  options: WriteOptions,
): Promise<Registration> {
  const wanted = catalogue.encode(instance, options)
  const unfinished = new Unfinished(catalogue)
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const plan = await planOf(catalogue, wanted, instance, options)
      const made = await carryOut(catalogue, plan, unfinished, options.signal)
      if (made) return new CatalogueRegistration(catalogue, made, options)
    }
    throw keepsChanging(instance, ATTEMPTS)
  } catch (error) {
    await unfinished.takeBack()
    throw error
  }
}

async function planOf<R extends RawRecord>(
  catalogue: Catalogue<R>,
  wanted: readonly R[],
  instance: InstanceInit,
  { replace = false, signal }: WriteOptions,
): Promise<Plan<R>> {
  const { own, rivals } = await catalogue.occupants(wanted, { instance, replace, signal })
  const now = catalogue.now()
  const isLive = (record: R) => catalogue.isLive(record, now)
  const parts = wanted.map((record, at) => {
    const there = own[at]
    const compared = there && catalogue.compare(record, there)
    return { wanted: record, there, compared, stays: there !== undefined && compared === 'equal' && isLive(there) }
  })
  const others = parts.flatMap(({ there, compared }) => (there && compared === 'other' ? [there] : []))
  const inTheWay = [...others, ...rivals].filter(isLive)
  if (inTheWay.length > 0 && !replace) {
    const ids = inTheWay.map(({ id }) => id)
    throw alreadyRegistered(instance, ids)
  }
  const present = [...own.flatMap((record) => record ?? []), ...rivals]
  const isRenewed = others.length === 0 && inTheWay.length === 0 && present.some(isLive)
  const action = present.length === 0 ? 'created' : isRenewed ? 'renewed' : 'replaced'
  // Dead rivals go when something is written; alone they are no reason to.
  const isWritten = parts.some(({ stays }) => !stays)
  return { action, parts, rivals: isWritten ? rivals : rivals.filter(isLive) }
}

/** Undefined: what was there has changed meanwhile. */
async function carryOut<R extends RawRecord>(
  catalogue: Catalogue<R>,
  { action, parts, rivals }: Plan<R>,
  unfinished: Unfinished<R>,
  signal: AbortSignal | undefined,
): Promise<Registered<R> | undefined> {
  const records: R[] = []
  const unbeaten = new Set<string>()
  const written: { readonly record: R; readonly part: Part<R> }[] = []
  const passedOver: R[] = []
  let isBeaten = false
  for (const part of parts) {
    const { wanted, there, stays } = part
    const beat = stays && there ? await beatOnce(catalogue, there, signal) : 'none'
    if (beat === 'changed') return undefined
    if (there && (beat === 'ok' || beat === 'unneeded')) {
      isBeaten ||= beat === 'ok'
      if (beat === 'unneeded') unbeaten.add(there.id)
      records.push(there)
      continue
    }
    const isLost = beat === 'lost'
    const record = await unfinished.put(wanted, isLost ? undefined : there, signal)
    if (record === 'changed') return undefined
    if (there && !isLost && isBeside(record, part)) passedOver.push(there)
    unfinished.action ??= isLost ? 'created' : action
    written.push({ record, part: isLost ? { ...part, there: undefined } : part })
    records.push(record)
  }
  const removed = await removeRivals(catalogue, [...rivals, ...passedOver], { records, unfinished, signal })
  if (!removed) return undefined
  if (removed.length > 0) unfinished.action ??= action
  const parted = new Map(written.map(({ record, part }) => [record.id, part]))
  const isShown = (now: R | undefined, record: R) => isAsWritten(catalogue, now, parted.get(record.id), record)
  const shown = await untilVisible(
    catalogue,
    { change: 'put', records: written.map(({ record }) => record), isShown },
    signal,
  )
  await untilVisible(
    catalogue,
    { change: 'delete', records: removed, isShown: (now, was) => isGone(catalogue, now, was) },
    signal,
  )
  return {
    action: unfinished.action ?? (isBeaten ? 'renewed' : 'unchanged'),
    unbeaten,
    records: records.map((record) => {
      const now = shown.get(record.id)
      return parted.has(record.id) && isShown(now, record) ? (now ?? record) : record
    }),
  }
}

/** It was read a moment ago. */
async function beatOnce<R extends RawRecord>(catalogue: Catalogue<R>, record: R, signal: AbortSignal | undefined) {
  return (await catalogue.beat?.(record, { look: async () => 'unchanged', signal })) ?? 'unneeded'
}

/**
 * What was written where nothing was is in traffic; the settings of one that was there before may still hide it. What took the
 * place of a dead one is shown once that is no longer what is shown, unless the registry kept its revision.
 */
function isAsWritten<R extends RawRecord>(
  catalogue: Catalogue<R>,
  now: R | undefined,
  part: Part<R> | undefined,
  record: R,
): boolean {
  if (!now || catalogue.compare(record, now) !== 'equal') return false
  const before = part?.there
  if (before === undefined) return catalogue.isOut?.(now) !== true
  const time = catalogue.now()
  return (
    (record.revision !== undefined && record.revision === before.revision) ||
    catalogue.isLive(now, time) ||
    catalogue.isLive(before, time) ||
    now.revision !== before.revision
  )
}

/** One after the other, each as it was seen. Undefined: one of them has changed meanwhile. */
async function removeRivals<R extends RawRecord>(
  catalogue: Catalogue<R>,
  rivals: readonly R[],
  {
    records,
    unfinished,
    signal,
  }: { readonly records: readonly R[]; readonly unfinished: Unfinished<R>; readonly signal: AbortSignal | undefined },
): Promise<R[] | undefined> {
  const ours = new Set(records.map(({ id }) => id))
  const left = rivals.filter(({ id }) => !ours.has(id))
  if (left.length === 0) return []
  const refused = await catalogue.refuseToDelete?.(left, signal)
  for (const { id } of left) {
    const refusal = refused?.get(id)
    if (refusal) throw refusal
  }
  const now = catalogue.capabilities.guarded ? undefined : await catalogue.current(left, signal)
  const removed: R[] = []
  for (const rival of left) {
    const there = now ? now.get(rival.id) : rival
    if (there && there.revision !== rival.revision) return undefined
    const result = there ? await unfinished.deleteRival(there, signal) : 'absent'
    if (result === 'changed') return undefined
    if (result === 'done') removed.push(rival)
  }
  return removed
}

async function untilVisible<R extends RawRecord>(
  catalogue: Catalogue<R>,
  made: Made<R>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, R>> {
  const { now, failures } = await waitUntilVisible(catalogue, made, new ChangeEach(1, signal), signal)
  for (const { error } of failures.values()) if (error) throw error
  return now
}
