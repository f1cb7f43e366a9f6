import { channel } from 'node:diagnostics_channel'
import type { Page, ScanOptions, Scope } from '../backends/contract/backend.ts'
import type { Source } from './source.ts'

/** The names of the channels of `node:diagnostics_channel` on which the library says what it does. Nothing is measured for a channel that nobody has subscribed to. */
export const CHANNELS = {
  /** An OperationTrace each time a request, or a row of them, has ended. */
  operation: 'rollcall:operation',
  /** A TryTrace each time a balancer has called one instance. */
  try: 'rollcall:try',
  /** A KeepAliveTrace for each event of what is kept alive. */
  keepAlive: 'rollcall:keep-alive',
} as const

interface Timed {
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** How long it took; of what is streamed with the time that its reader took. */
  readonly milliseconds: number
  /** What it failed with. */
  readonly error?: unknown
}

interface Operation {
  readonly operation: 'scan' | 'register' | 'remove' | 'renew' | 'set-status' | 'restore'
  /** The services that are named; absent for all. */
  readonly services?: readonly string[]
  /** How many records were read or are to be changed. */
  readonly records?: number
}

/** What was done in a registry. */
export interface OperationTrace extends Operation, Timed {
  /** The URL of the registry, without secrets. */
  readonly registry: string
}

/** A call of one instance by a balancer. */
export interface TryTrace extends Timed {
  readonly service: string
  /** The id of the instance. */
  readonly instance: string
  /** Its endpoint. */
  readonly url: string
}

/** An event of an instance that is kept alive. */
export interface KeepAliveTrace {
  readonly registry: string
  readonly service: string
  readonly instance: string
  readonly event: 'registered' | 'registered-again' | 'lost' | 'retrying'
}

const operations = channel(CHANNELS.operation)
const tries = channel(CHANNELS.try)
const keepAlives = channel(CHANNELS.keepAlive)

/** Does it, and reports how it ended. */
export async function traced<T>(
  { registry }: Pick<Source, 'registry'>,
  operation: Operation,
  act: () => Promise<T>,
): Promise<T> {
  return operations.hasSubscribers ? await timed(act, (ended) => publish(registry, operation, ended)) : await act()
}

/** The same for what is answered one by one. */
export async function* tracedEach<T>(
  { registry }: Pick<Source, 'registry'>,
  operation: Operation,
  answers: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const end = started()
  let failure: unknown
  try {
    yield* answers
  } catch (error) {
    failure = error
    throw error
  } finally {
    publish(registry, operation, end(failure))
  }
}

/** The pages of a scan. */
export async function* tracedPages(
  { backend, registry }: Pick<Source, 'backend' | 'registry'>,
  scope: Scope,
  options: ScanOptions,
): AsyncGenerator<Page, void, undefined> {
  const end = started()
  let records = 0
  let failure: unknown
  try {
    for await (const page of backend.scan(scope, options)) {
      records += page.records.length + (page.canonical ? page.canonical.end - page.canonical.from : 0)
      yield page
    }
  } catch (error) {
    failure = error
    throw error
  } finally {
    publish(registry, { operation: 'scan', ...(scope.services && { services: scope.services }), records }, end(failure))
  }
}

/** Calls an instance, and reports how that ended. */
export async function tracedTry<T>(about: Omit<TryTrace, keyof Timed>, act: () => Promise<T>): Promise<T> {
  return tries.hasSubscribers ? await timed(act, (ended) => tries.publish({ ...about, ...ended })) : await act()
}

export function tracedKeepAlive(trace: KeepAliveTrace): void {
  if (keepAlives.hasSubscribers) keepAlives.publish(trace)
}

function publish(registry: string, operation: Operation, ended: Timed): void {
  if (operations.hasSubscribers) operations.publish({ registry, ...operation, ...ended } satisfies OperationTrace)
}

async function timed<T>(act: () => Promise<T>, report: (ended: Timed) => void): Promise<T> {
  const end = started()
  try {
    const result = await act()
    report(end())
    return result
  } catch (error) {
    report(end(error))
    throw error
  }
}

function started(): (error?: unknown) => Timed {
  const [startedAt, begun] = [Date.now(), performance.now()]
  return (error) => ({
    startedAt,
    milliseconds: performance.now() - begun,
    ...(error !== undefined && { error }),
  })
}
