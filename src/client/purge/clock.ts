import { formatDuration } from '../../model/duration.ts'
import type { Entry } from '../../model/reading.ts'
import type { Client } from '../client.ts'
import { type PurgeReasons, isDefault } from './reasons.ts'
import type { PlanRefusal } from './refusal.ts'
import { type Chosen, recordsOf } from './removal.ts'

/** As many TTLs without a renewal make an AIO record dead: so that no renewal at all for so long is a sign of a wrong clock. */
const TTLS = 10
/** Milliseconds by which clocks of machines that are kept in time may differ. */
const TOLERANCE = 5_000

/** This machine's clock, and the newest times that the registry holds, whoever wrote them. In milliseconds since 1970. */
export class Clock {
  readonly #begun: number
  readonly #steady = performance.now()
  /** Of a renewal or registration by the process itself. */
  renewed: number | undefined
  /** The same, or of a record's creation. */
  written: number | undefined

  /** `now`: the time at which the plan was begun. */
  constructor(now: number) {
    this.#begun = now
  }

  get now(): number {
    return this.#begun + (performance.now() - this.#steady)
  }

  meet(entry: Entry): void {
    if (entry.is === 'instance') {
      const { renewedAt, registeredAt } = entry.observed
      this.written = newest(this.written, renewedAt, registeredAt)
      if (entry.observed.layout === 'aio') this.renewed = newest(this.renewed, renewedAt, registeredAt)
    }
    this.written = newest(this.written, ...recordsOf({ entry }).map(({ createdAt }) => createdAt))
  }
}

interface Question {
  readonly chosen: readonly Chosen[]
  readonly clock: Clock
  readonly reasons: PurgeReasons
  readonly byAge?: boolean
  readonly trustClock?: boolean
  readonly signal?: AbortSignal
}

/**
 * Why the clock of this machine cannot be relied on, where a plan rests on it: it differs from the server's, or, where no
 * server tells its own, from what the registry holds. The whole registry is asked, since one service may well be dead.
 */
export async function whyMistrusted(client: Client, question: Question): Promise<PlanRefusal[]> {
  const { clock, trustClock, signal } = question
  const rests = restsOn(question)
  if (trustClock || rests === undefined) return []
  const server = client.backend.clock?.()
  if (server !== undefined) {
    const ahead = clock.now - server
    return Math.abs(ahead) > TOLERANCE ? [refusal(differs(ahead))] : []
  }
  for await (const entry of client.entries({}, { signal })) clock.meet(entry)
  const fact = mistrust(clock[rests], clock.now, { longest: TTLS * client.target.aioTtl, rests })
  return fact === undefined ? [] : [refusal(fact)]
}

/** The times that the plan compares with this machine's clock; undefined where it compares none. */
function restsOn({ chosen, reasons, byAge }: Question): 'renewed' | 'written' | undefined {
  const byDefault = isDefault(reasons)
  const byRenewal = ({ entry }: Chosen): boolean =>
    entry.is === 'instance' && entry.observed.layout === 'aio' && (byDefault || entry.observed.status === 'expired')
  if (chosen.some(byRenewal)) return 'renewed'
  return byAge && chosen.length > 0 ? 'written' : undefined
}

function mistrust(
  newestTime: number | undefined,
  now: number,
  { longest, rests }: { longest: number; rests: 'renewed' | 'written' },
): string | undefined {
  if (newestTime === undefined) return 'nothing in the registry has a time to compare it with'
  const ahead = newestTime - now
  if (ahead > TOLERANCE) return `the newest time in the registry is ${formatDuration(ahead)} in the future`
  if (-ahead <= longest) return undefined
  const what = rests === 'renewed' ? 'renewal of an AIO record' : 'write of any record'
  return `by it, the newest ${what} in the whole registry was ${formatDuration(-ahead)} ago`
}

function differs(ahead: number): string {
  return `it is ${formatDuration(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the server's`
}

function refusal(why: string): PlanRefusal {
  return { fact: `the plan relies on the clock of this machine, which may be wrong: ${why}`, liftedBy: 'trustClock' }
}

function newest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}
