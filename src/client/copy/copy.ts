import { option } from '../../model/wording.ts'
import type { InstanceToRegister, Registration, WriteOptions } from '../../backends/contract/backend.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { Client } from '../client.ts'
import { type Carried, carriedTo } from './carried.ts'
import { differencesOf } from '../../reports/content.ts'
import type { Present } from './present.ts'
import { requireDialable } from '../dialable.ts'
import type { RegisteredOne } from '../register.ts'

/** What became of one instance of the source. */
export interface Copied {
  readonly entry: InstanceEntry
  /** How the target has it, or would have it, unless it cannot hold it. */
  readonly carried?: Carried
  readonly result: Registration['action'] | 'planned' | RollcallError
  /** Where it was written. */
  readonly registration?: Registration
  /** False where an earlier error kept it from being tried. */
  readonly attempted: boolean
  /** Whether its error is, or comes after, one that ended all of it. */
  readonly stops?: boolean
}

/** How instances are registered elsewhere. */
export interface CopyOptions extends Pick<WriteOptions, 'ttl' | 'settings' | 'signal'> {
  /** Replace what has the same id and says something else; that is a conflict by default. */
  readonly replace?: boolean
  /** Only say what would be done. */
  readonly dryRun?: boolean
  /** Returns the time in milliseconds since 1970; `Date.now` by default. */
  readonly now?: () => number
}

/** The same, and what is registered in the target. */
export interface BatchOptions extends CopyOptions {
  readonly present: Present
}

/** How an instance is carried to a registry: in the layout of its service there, if that is the registry's to choose. @throws RollcallError `usage` */
export function carry(client: Client, entry: InstanceEntry, options: BatchOptions): Carried {
  const to = { backend: client.backend, now: options.now ?? Date.now }
  const { ttl, settings } = options
  const write = { ttl, settings }
  const usual = carriedTo(to, entry, write)
  const layout = client.target.layout === 'auto' ? options.present.layoutOf(usual.service, usual.layout) : undefined
  if (layout === undefined) return usual
  try {
    return carriedTo(to, entry, { ...write, layout })
  } catch (error) {
    if (error instanceof RollcallError && error.code === 'usage') return usual
    throw error
  }
}

/**
 * Registers in the target what it has not, and yields what became of each instance, batch by batch. What is there and says the same is left
 * alone, so that a second run changes nothing; what says something else is a conflict, unless it is to be replaced.
 * After an error of the whole registry the rest of the batch is not attempted, and it ends.
 * @throws the signal's reason, and errors of the source and of reading the target
 */
export async function* copyInto(
  client: Client,
  source: AsyncIterable<readonly InstanceEntry[]>,
  options: BatchOptions,
): AsyncGenerator<readonly Copied[], void, undefined> {
  for await (const batch of source) {
    const copied = await copyBatch(client, batch, options)
    yield copied
    if (copied.some(({ stops }) => stops)) return
  }
}

/** The same for some of them. */
export async function copyBatch(
  client: Client,
  batch: readonly InstanceEntry[],
  options: BatchOptions,
): Promise<readonly Copied[]> {
  options.signal?.throwIfAborted()
  await options.present.load(batch.map(({ service }) => service))
  const decided = await withReasons(
    batch.map((entry) => decide(client, entry, options)),
    options.present,
  )
  return options.dryRun ? decided.map(planned) : await carryOut(client, decided, options)
}

/** What to do with one of them. */
interface Decided {
  readonly entry: InstanceEntry
  readonly carried?: Carried
  readonly to: 'create' | 'replace' | 'leave' | RollcallError
}

/** The same before it is known in what an instance differs that is not to be replaced. */
type FirstDecided = Decided | { readonly entry: InstanceEntry; readonly carried: Carried; readonly to: 'differs' }

function decide(client: Client, entry: InstanceEntry, options: BatchOptions): FirstDecided {
  const flaw = flawOf(client, entry)
  try {
    const carried = carry(client, entry, options)
    if (flaw) return { entry, carried, to: flaw }
    const there = options.present.of(carried)
    if (there === 'none') return { entry, carried, to: 'create' }
    if (there === 'same') return { entry, carried, to: 'leave' }
    return { entry, carried, to: options.replace ? 'replace' : 'differs' }
  } catch (error) {
    if (error instanceof RollcallError) return { entry, to: flaw ?? error }
    throw error
  }
}

/** Why it would not be registered whatever the target has. */
function flawOf({ target }: Client, { instance }: InstanceEntry): RollcallError | undefined {
  try {
    requireDialable(instance.endpoints, target)
    return undefined
  } catch (error) {
    if (error instanceof RollcallError) return error
    throw error
  }
}

async function withReasons(decided: readonly FirstDecided[], present: Present): Promise<readonly Decided[]> {
  const differing = decided.flatMap((each) => (each.to === 'differs' ? [each.carried] : []))
  const contents = differing.length > 0 ? await present.contentsOf(differing) : []
  const reasons = differing.map((carried, at) => differs(carried, contents[at])).values()
  return decided.map((each) => {
    if (each.to !== 'differs') return each
    const { value } = reasons.next()
    return { ...each, to: value ?? differs(each.carried, undefined) }
  })
}

function differs({ service, id, content }: Carried, there: string | undefined): RollcallError {
  const fields = there === undefined ? [] : differencesOf(content(), there)
  const where = fields.length > 0 ? ` (${fields.join(', ')})` : ''
  return new RollcallError('conflict', `${service}/${id} is registered with different data${where}`, {
    hint: `${option('replace')} takes the place of what is there`,
  })
}

function planned({ entry, carried, to }: Decided): Copied {
  const result = to instanceof RollcallError ? to : to === 'leave' ? 'unchanged' : 'planned'
  return { entry, carried, result, attempted: true }
}

async function carryOut(client: Client, decided: readonly Decided[], options: BatchOptions): Promise<Copied[]> {
  const copied: Copied[] = decided.map(planned)
  const { ttl, settings, signal } = options
  for (const kind of ['create', 'replace'] as const) {
    const places: number[] = []
    const instances: InstanceToRegister[] = []
    for (const [at, { to, carried }] of decided.entries()) {
      if (to !== kind || !carried) continue
      places.push(at)
      instances.push(carried.wanted)
    }
    const write = { ttl, settings, signal, replace: kind === 'replace' }
    for await (const known of client.registerEach(instances, write))
      for (const registered of known) {
        const place = places[registered.at] ?? 0
        const before = decided[place]
        if (before) copied[place] = copiedAs(before, registered)
      }
  }
  return copied
}

function copiedAs({ entry, carried }: Decided, { result, attempted, stops }: RegisteredOne): Copied {
  if (result instanceof RollcallError) return { entry, carried, result, attempted, stops }
  // What came there meanwhile and says the same was renewed: nothing of this run.
  const action = result.action === 'renewed' ? 'unchanged' : result.action
  return { entry, carried, result: action, registration: result, attempted: true }
}
