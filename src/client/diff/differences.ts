import { differingFields } from '../../reports/comparison.ts'
import { byCode } from '../../reports/fold.ts'
import type { MatchStep, Unlike } from './matching.ts'

/** One difference between two sides. */
export interface Difference {
  /** `removed`: only on the first side; `added`: only on the second one. */
  readonly difference: 'removed' | 'added' | 'changed'
  readonly service: string
  /** The instance; absent where the difference is one of the whole service. */
  readonly id?: string
  /** Of `changed`: what is not the same, such as `version` or `metadata.zone`; of a manifest the claim. */
  readonly field?: string
  /** Absent where a side has no value. */
  readonly from?: unknown
  readonly to?: unknown
  /** Of a whole service: how many instances it has on the side that has it. */
  readonly instances?: number
  /** Where the claim stands in the manifest. */
  readonly line?: number
}

/** How far a comparison goes: which services there are, or also which instances; everything where it is left out. */
export type Depth = 'services' | 'instances'

/** What a comparison found. */
export interface Compared {
  /** By service, id and field. */
  readonly items: readonly Difference[]
  /** The services that some side has. */
  readonly services: ReadonlySet<string>
}

/** Collects the differences. A service that one side lacks is one of them, and its instances are only counted, except to the depth of instances. */
export async function differencesOf(steps: AsyncIterable<MatchStep>, depth: Depth | undefined): Promise<Compared> {
  const items: Difference[] = []
  const services = new Set<string>()
  let current = start('')
  for await (const step of steps) {
    if (current.service !== step.service) current = start(step.service)
    current.before += step.before
    current.after += step.after
    const isWhole = current.before === 0 || current.after === 0
    if (depth === 'instances' || (depth === undefined && !isWhole))
      for (const unlike of step.unlike) current.items.push(...itemsOf(step.service, unlike, depth))
    if (!step.isLast) continue
    services.add(step.service)
    if (isWhole && depth !== 'instances') items.push(missing(current))
    else items.push(...current.items.toSorted((a, b) => byCode(a.id ?? '', b.id ?? '')))
  }
  return { items, services }
}

interface OfService {
  readonly service: string
  before: number
  after: number
  readonly items: Difference[]
}

function start(service: string): OfService {
  return { service, before: 0, after: 0, items: [] }
}

function missing({ service, before, after }: OfService): Difference {
  return { difference: before > 0 ? 'removed' : 'added', service, instances: before + after }
}

function itemsOf(service: string, { id, before, after }: Unlike, depth: Depth | undefined): Difference[] {
  if (!before || !after) return [{ difference: before ? 'removed' : 'added', service, id }]
  if (depth === 'instances') return []
  return differingFields(before, after).map(({ field, from, to }) => changed({ service, id, field, from, to }))
}

/** A difference of `changed`; a side without a value leaves that out. */
function changed({ from, to, ...where }: Omit<Difference, 'difference'>): Difference {
  return {
    difference: 'changed',
    ...where,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  }
}
