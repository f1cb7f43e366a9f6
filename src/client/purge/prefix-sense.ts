import { isDefaultPrefix } from '../../backends/contract/default-prefix.ts'
import type { Entry, MalformedEntry, ProblemCode } from '../../model/reading.ts'
import type { Client } from '../client.ts'
import type { PlanRefusal } from './refusal.ts'
import type { Chosen } from './removal.ts'

/** What records show that were cut at the wrong place. An empty name or id in a value is none of these. */
const EXPLAINED: ReadonlySet<ProblemCode> = new Set([
  'name-mismatch',
  'short-key',
  'not-json',
  'null-value',
  'wrong-type',
  'not-an-address',
])
/** So few may well be malformed. */
const FEW = 2

/** How many of the records under a prefix look as if it were the wrong one. */
export class PrefixSense {
  /** What is neither of another program nor a folder. */
  #judged = 0
  #explained = 0
  readonly #likelier = new Map<string, number>()

  meet(entry: Entry): void {
    if (entry.is === 'foreign') this.#count(entry.reading.belongsTo)
    else this.#judged++
    if (entry.is !== 'malformed' || !EXPLAINED.has(entry.problem.code)) return
    this.#explained++
    this.#count(prefixBefore(entry))
  }

  get isDoubtful(): boolean {
    return this.#explained > FEW && this.#explained * 2 > this.#judged
  }

  get fact(): string {
    return `${this.#explained} of ${this.#judged} records`
  }

  /** The other prefix under which the most of them would fit their keys. */
  likelierThan(prefix: string): string | undefined {
    const others = [...this.#likelier].filter(([other]) => other !== prefix)
    return others.toSorted(([, a], [, b]) => b - a)[0]?.[0]
  }

  #count(prefix: string | undefined): void {
    if (prefix !== undefined) this.#likelier.set(prefix, (this.#likelier.get(prefix) ?? 0) + 1)
  }
}

/**
 * Why a plan for malformed records is refused under a prefix that was given and does not belong to a layout: most of what
 * is there is malformed in ways that a wrong prefix explains. What a rule chooses that was named is meant.
 */
export async function whyWrongPrefix(
  client: Client,
  chosen: readonly Chosen[],
  signal?: AbortSignal,
): Promise<PlanRefusal[]> {
  const { prefix } = client.target
  if (prefix === undefined || isDefaultPrefix(prefix) || !chosen.some(isByProblem)) return []
  const sense = new PrefixSense()
  for await (const entry of client.entries({}, { signal })) sense.meet(entry)
  if (!sense.isDoubtful) return []
  const likelier = sense.likelierThan(prefix)
  const fits = likelier === undefined ? '' : `; ${quoted(likelier)} fits`
  const fact = `prefix ${quoted(prefix)} looks wrong: ${sense.fact} under it are malformed in ways that a wrong prefix explains${fits}`
  return [{ fact, liftedBy: 'flagged' }]
}

/** Whether no rule chose it, but only that it is malformed in such a way. */
function isByProblem({ entry, reason }: Chosen): boolean {
  return entry.is === 'malformed' && reason === entry.problem.message && EXPLAINED.has(entry.problem.code)
}

/** The part of the key before the name that is in the value. */
function prefixBefore({ problem: { name }, record }: MalformedEntry): string | undefined {
  if (!name) return undefined
  const at = record.id.indexOf(`/${name}/`)
  return at > 0 ? record.id.slice(0, at) : undefined
}

function quoted(prefix: string): string {
  return prefix === '' ? "''" : prefix
}
