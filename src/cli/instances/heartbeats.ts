import type { KeepAlive, KeepAliveEvent, KeepAliveOptions } from '../../client/client.ts'
import { secondLook } from '../../client/purge/second-look.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { Outcome } from '../../model/record.ts'
import type { InstanceInput } from '../args/instance-input.ts'
import { collect, itemOf, subjectOf, writeOutcomes } from '../change/outcomes.ts'
import { type WriteItem, writeResults } from '../change/results.ts'
import type { Context } from '../command.ts'
import { findInstances } from '../select/lookup.ts'
import { requireOnePlace } from '../select/one-place.ts'
import { registered } from './registration.ts'

/** Sends one heartbeat for everything that was named; returns the exit status. */
export type SendHeartbeat = () => Promise<number>

/** Heartbeats for instances. The other keys of their leases, which are renewed with them, are reported once. */
export function beatTargets(context: Context, words: readonly string[], id: string | undefined): SendHeartbeat {
  const reported = new Set<string>()
  return async () => {
    const entries = await requireOnePlace(
      context,
      await findInstances(context, words, { id, detail: true, writes: 'renew' }),
      'change',
    )
    const client = await context.client()
    const records = entries.flatMap((entry) => entry.records)
    const beats = await client.renew(records, { signal: context.signal })
    // A heartbeat to a lease does not change the record, so reading it again shows nothing.
    const [written, others] = byWhetherWritten(entries, beats)
    const known = await secondLook(client, records, written, { wanted: 'changed', signal: context.signal })
    const outcomes = await collect([...others, ...known])
    const items = entries.map((entry) => {
      const item = itemOf('renew', subjectOf(entry), outcomes)
      return item.result === 'done' ? { ...item, ...leaseOf(context, entry) } : item
    })
    const status = await writeOutcomes(context, items, outcomes)
    for (const { observed } of entries) {
      const { lease = '', leaseKeys = [] } = observed
      if (leaseKeys.length > 0 && !reported.has(lease))
        await context.say(`also on lease ${lease}: ${leaseKeys.join(', ')}`)
      reported.add(lease)
    }
    return status
  }
}

/** Heartbeats for a lease by its id. */
export function beatLease(context: Context, lease: string): SendHeartbeat {
  if (!/^[0-9a-f]{1,16}$/i.test(lease)) {
    throw new RollcallError('usage', `--lease ${lease} is not the id of a lease`, {
      hint: 'it is hexadecimal, as `get` and `ls -o wide` show it',
    })
  }
  return async () => {
    const client = await context.client()
    const { keys, lease: id, remaining } = await client.renewLease(lease, { signal: context.signal })
    const item = { action: 'renew', service: '', id: '', keys, result: 'done', lease: id } as const
    return await writeResults(context, [{ ...item, expiresAt: inSeconds(context, remaining) }])
  }
}

/** The outcomes of heartbeats that are written into a record, then all others. */
function byWhetherWritten(entries: readonly InstanceEntry[], beats: readonly Outcome[]): [Outcome[], Outcome[]] {
  const inValues = entries.filter(({ observed }) => observed.layout === 'aio')
  const ids = new Set(inValues.flatMap(({ records }) => records.map((record) => record.id)))
  return [beats.filter((beat) => ids.has(beat.id)), beats.filter((beat) => !ids.has(beat.id))]
}

function leaseOf(context: Context, { observed }: InstanceEntry): Pick<WriteItem, 'lease' | 'expiresAt'> {
  const { lease, ttl } = observed
  if (lease === undefined) return {}
  return ttl?.granted === undefined ? { lease } : { lease, expiresAt: inSeconds(context, ttl.granted) }
}

function inSeconds(context: Context, seconds: number): string {
  return new Date(context.now() + seconds * 1000).toISOString()
}

export type KeepAllOptions = KeepAliveOptions & { readonly leave: boolean }

/** Registers instances, keeps them alive until stopped, then deregisters them unless `leave` is set. Returns the exit status. */
export async function keepAll(
  context: Context,
  inputs: readonly InstanceInput[],
  { leave, ...options }: KeepAllOptions,
): Promise<number> {
  const client = await context.client()
  const kept: KeepAlive[] = []
  const items: WriteItem[] = []
  const wanted = inputs.map(({ instance, beside }) => ({ instance, ...beside }))
  const onEvent = (event: KeepAliveEvent, { name, id }: InstanceInit) => report(context, `${name}/${id}`, event)
  try {
    for await (const some of client.keepAliveEach(wanted, { ...options, onEvent })) {
      const from = kept.length
      kept.push(...some)
      for (const [at, { registration }] of some.entries()) {
        const one = wanted[from + at]
        if (one) items.push(await registered(context, one.instance, registration))
      }
    }
    await writeResults(context, items)
    await context.say('kept alive; Ctrl-C to stop')
    await Promise.race([...kept.map((each) => each.done), aborted(context.signal)])
    context.signal.throwIfAborted()
    return 0
  } finally {
    await endAll(kept, { leave })
    if (!leave && kept.length > 0) await context.say(`deregistered ${kept.length === 1 ? 'it' : `all ${kept.length}`}`)
  }
}

/**
 * Deregisters each, or leaves it registered. One that fails keeps none of the others from it.
 * @throws the first failure, once all have ended
 */
export async function endAll(
  kept: readonly Pick<KeepAlive, 'release' | typeof Symbol.asyncDispose>[],
  { leave }: { readonly leave: boolean },
): Promise<void> {
  const ended = await Promise.allSettled(kept.map((each) => (leave ? each.release() : each[Symbol.asyncDispose]())))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}

function report(context: Context, name: string, event: KeepAliveEvent): void {
  const line = eventLine(event)
  if (line) context.say(`${name}: ${line}`).catch(() => {})
}

/** What there is to tell of an event in the life of a registration; undefined where it is nothing. */
export function eventLine(event: KeepAliveEvent): string | undefined {
  if ('delay' in event)
    return `${event.message}; trying again in ${(event.delay / 1000).toFixed(1)}s (${event.attempt})`
  if ('message' in event) return event.message
  return event.type === 'registered-again' ? 'registered again' : undefined
}

/** Rejects with the signal's reason. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
