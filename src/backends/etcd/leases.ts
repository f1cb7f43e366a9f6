import { isForbidden, RollcallError } from '../../model/errors.ts'
import { onAbort } from '../../model/signals.ts'
import type { Cluster } from './cluster.ts'
import { leaseDigits } from './calls.ts'
import { OPERATIONS } from './transactions.ts'
import type { StoreLeaseState } from '../kv/store.ts'
import type { LeaseAnswer } from './wire.ts'

const AT_ONCE = 32

/**
 * The state of leases by hexadecimal id, with one request per lease, many at once. Leases that are gone are left out.
 * The keys of a lease are left out when this user lacks permission to read one of them.
 */
export async function lookUp(
  cluster: Cluster,
  leases: readonly string[],
  { keys = false, signal }: { keys?: boolean; signal?: AbortSignal } = {},
): Promise<Map<string, StoreLeaseState>> {
  signal?.throwIfAborted()
  const found = new Map<string, StoreLeaseState>()
  const wanted = [...new Set(leases)]
  const unknown: string[] = []
  for (const [at, answer] of (await askInBulk(cluster, wanted, keys, signal)).entries()) {
    const lease = wanted[at] ?? ''
    const state = answer && stateIn(answer, keys)
    if (state) found.set(lease, state)
    else if (!answer) unknown.push(lease)
  }
  const waiting = unknown.values()
  const work = async (): Promise<void> => {
    for (const lease of waiting) {
      const state = await stateOf(cluster, lease, keys, signal)
      if (state) found.set(lease, state)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return found
}

/** What was answered plainly, by place. What was wrong with the others is to be found out one by one. */
async function askInBulk(
  cluster: Cluster,
  leases: readonly string[],
  keys: boolean,
  signal: AbortSignal | undefined,
): Promise<readonly (LeaseAnswer | undefined)[]> {
  const digits = leases.map(leaseDigits)
  const [first] = digits
  if (first === undefined) return []
  return await cluster.read(`look up the lease ${first}`, (member) => member.leaseStates(digits, keys, signal), signal)
}

async function stateOf(
  cluster: Cluster,
  lease: string,
  keys: boolean,
  signal: AbortSignal | undefined,
): Promise<StoreLeaseState | undefined> {
  const request = { lease: leaseDigits(lease), keys }
  const ask = () => cluster.read(`look up the lease ${lease}`, (member) => member.lease(request, signal), signal)
  let state: LeaseAnswer
  try {
    state = await ask()
  } catch (error) {
    if (!keys || !(error instanceof RollcallError) || error.code !== 'forbidden') throw error
    return stateOf(cluster, lease, false, signal)
  }
  return stateIn(state, keys)
}

function stateIn({ granted, ttl: remaining, keys }: LeaseAnswer, withKeys: boolean): StoreLeaseState | undefined {
  return remaining < 0 ? undefined : { granted, remaining, ...(withKeys ? { keys } : {}) }
}

interface Question {
  readonly lease: string
  readonly keys: readonly Uint8Array[]
  readonly answer: (holds: boolean) => void
  readonly fail: (error: unknown) => void
}

/**
 * Checks whether keys are still attached to their leases, with one transaction for all checks that can wait for it. A
 * request for each lease would cost several times as much as its heartbeat. Heartbeats answered together are also sent
 * together the next time.
 */
export class LeaseKeyChecks {
  readonly #cluster: Cluster
  #waiting: Question[] = []
  #timer: NodeJS.Timeout | undefined
  #due = Infinity

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /**
   * Whether all keys, at most as many as fit into a transaction, are attached to the lease, given in sixteen digits. `patience`: milliseconds that
   * the check can wait for others.
   */
  holds(lease: string, keys: readonly Uint8Array[], patience: number, signal?: AbortSignal): Promise<boolean> {
    return new Promise<boolean>((resolve, reject) => {
      signal?.throwIfAborted()
      const stopListening = onAbort(signal, () => reject(signal?.reason))
      const answer = (holds: boolean): void => {
        stopListening()
        resolve(holds)
      }
      const fail = (error: unknown): void => {
        stopListening()
        reject(error)
      }
      this.#waiting.push({ lease, keys, answer, fail })
      this.#askWithin(patience)
    })
  }

  #askWithin(patience: number): void {
    const due = performance.now() + patience
    if (due >= this.#due) return
    clearTimeout(this.#timer)
    this.#due = due
    this.#timer = setTimeout(() => this.#askAll(), patience)
  }

  #askAll(): void {
    const questions = this.#waiting
    this.#waiting = []
    this.#due = Infinity
    for (const part of batches(questions)) void this.#ask(part)
  }

  /** Asks for several at once; if reading one of them is forbidden, asks for each separately. */
  async #ask(questions: readonly Question[]): Promise<void> {
    try {
      const found = await this.#read(questions)
      for (const [at, { answer }] of questions.entries()) answer(found[at] === true)
    } catch (error) {
      if (isForbidden(error) && questions.length > 1) for (const question of questions) void this.#ask([question])
      else for (const { fail } of questions) fail(error)
    }
  }

  /** Nearly always all keys are where they should be, which etcd says for less than what it costs to read them. */
  async #read(questions: readonly Question[]): Promise<boolean[]> {
    const expected = questions.flatMap(({ lease, keys }) => keys.map((key) => ({ lease, key })))
    if (await this.#cluster.read('renew leases', (member) => member.areLeased(expected)))
      return questions.map(() => true)
    const looks = expected.map(({ key }) => ({ key, keys_only: true }))
    const { answers } = await this.#cluster.read('renew leases', (member) => member.ranges(looks))
    let at = 0
    return questions.map(({ lease, keys }) => {
      const own = answers.slice(at, (at += keys.length))
      return own.length === keys.length && own.every((answer) => answer.records(0, 1)[0]?.lease === lease)
    })
  }
}

/** Splits into requests; the keys of one question stay together. */
function batches(questions: readonly Question[]): Question[][] {
  const all: Question[][] = []
  let room = 0
  for (const question of questions) {
    if (question.keys.length <= room) all.at(-1)?.push(question)
    else {
      all.push([question])
      room = OPERATIONS
    }
    room -= question.keys.length
  }
  return all
}
