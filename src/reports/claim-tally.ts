import type { InstanceEntry } from '../model/reading.ts'
import { type Counts, byCode, count } from './fold.ts'
import { glob } from './glob.ts'
import { listenerOf, schemesOf } from './endpoint-parts.ts'
import type { ServiceClaim, ServiceClaims } from './manifest.ts'

/** Instances that a result names before it only counts them. */
const NAMED = 20
const KINDS_NAMED = 5

/** What became of a claim about the instances of one service. */
export interface ClaimVerdict {
  readonly holds: boolean
  readonly wanted: string
  readonly found: string
  /** Ids of instances of which it does not hold, twenty at most. */
  readonly instances: readonly string[]
}

/** Counts what one claim needs to know, one instance at a time. */
export interface ClaimTally {
  add(entry: InstanceEntry): void
  result(): ClaimVerdict
}

/** The tally of a claim of one of the manifest's services. */
export function tallyOf(claim: ServiceClaim, { statuses }: Pick<ServiceClaims, 'statuses'>): ClaimTally {
  const isCounted = ({ observed }: InstanceEntry) => statuses.includes(observed.status)
  switch (claim.claim) {
    case 'min':
    case 'max':
      return counting(claim, statuses.join(' or '), isCounted)
    case 'status':
      return each(`each ${claim.wanted.join(' or ')}`, () => true, {
        holds: ({ observed }) => claim.wanted.includes(observed.status),
        words: ({ observed }) => observed.status,
      })
    case 'versions': {
      const tests = claim.wanted.map(glob)
      return each(`each ${claim.wanted.join(' or ')}`, isCounted, {
        holds: ({ instance }) => tests.some((test) => test(instance.version)),
        words: ({ instance }) => instance.version || 'no version',
      })
    }
    case 'schemes':
      return each(`each ${claim.wanted.join(' and ')}`, isCounted, {
        holds: ({ instance }) => claim.wanted.every((scheme) => schemesOf(instance.endpoints).includes(scheme)),
        words: ({ instance }) => schemesOf(instance.endpoints).join('+') || 'no scheme',
      })
    case 'metadata': {
      const tests = claim.wanted.map(glob)
      const valueOf = ({ instance }: InstanceEntry) => ownValue(instance.metadata, claim.key)
      return each(`each ${claim.wanted.join(' or ')}`, isCounted, {
        holds: (entry) => tests.some((test) => test(valueOf(entry) ?? '')) && valueOf(entry) !== undefined,
        words: (entry) => valueOf(entry) ?? 'no value',
      })
    }
    default:
      return spreading(claim, isCounted)
  }
}

type Test = (entry: InstanceEntry) => boolean

function counting(
  { claim, wanted }: { readonly claim: 'min' | 'max'; readonly wanted: number },
  kind: string,
  isCounted: Test,
): ClaimTally {
  const others: Counts = new Map()
  let counted = 0
  return {
    add(entry) {
      if (isCounted(entry)) counted++
      else count(others, entry.observed.status)
    },
    result: () => ({
      holds: claim === 'min' ? counted >= wanted : counted <= wanted,
      wanted: `at ${claim === 'min' ? 'least' : 'most'} ${wanted}`,
      found: [`${counted} ${kind}`, ...[...others].map(([status, some]) => `${some} ${status}`)].join(', '),
      instances: [],
    }),
  }
}

/** A claim that is to hold of every instance. `words` says what an instance has. */
function each(
  wanted: string,
  isCounted: Test,
  { holds, words }: { readonly holds: Test; readonly words: (entry: InstanceEntry) => string },
): ClaimTally {
  const found: Counts = new Map()
  const instances: string[] = []
  let failing = 0
  return {
    add(entry) {
      if (!isCounted(entry)) return
      count(found, words(entry))
      if (!holds(entry) && failing++ < NAMED) instances.push(entry.instance.id)
    },
    result: () => ({ holds: failing === 0, wanted, found: listed(found), instances }),
  }
}

function spreading({ by, wanted }: { readonly by: string; readonly wanted: number }, isCounted: Test): ClaimTally {
  const found: Counts = new Map()
  return {
    add(entry) {
      if (isCounted(entry)) for (const value of spreadValues(entry, by)) count(found, value)
    },
    result: () => ({ holds: found.size >= wanted, wanted: `at least ${wanted}`, found: listed(found), instances: [] }),
  }
}

/** What an instance has of that by which instances are spread: `host` for the hosts of its endpoints, else a metadata key. */
export function spreadValues({ instance }: InstanceEntry, by: string): string[] {
  if (by === 'host') {
    const hosts = instance.endpoints.map((endpoint) => listenerOf(endpoint).host)
    return [...new Set(hosts)].filter((host) => host !== '')
  }
  const value = ownValue(instance.metadata, by)
  return value === undefined ? [] : [value]
}

function ownValue(metadata: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(metadata, key) ? metadata[key] : undefined
}

/** `v1.4.2 ×7, v1.4.1 ×3`, the most frequent first. */
function listed(found: Counts): string {
  const words = [...found].sort(([a, many], [b, more]) => more - many || byCode(a, b))
  const shown = words.slice(0, KINDS_NAMED).map(([word, some]) => `${word} ×${some}`)
  const more = words.length - KINDS_NAMED
  return (more > 0 ? [...shown, `and ${more} more`] : shown).join(', ') || 'no instance'
}
