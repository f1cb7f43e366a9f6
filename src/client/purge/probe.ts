import { setTimeout as sleep } from 'node:timers/promises'
import type { InstanceEntry } from '../../model/reading.ts'
import { askedOf, whySilent } from '../probe/ask.ts'
import type { Asked } from '../probe/transports.ts'

/** How endpoints are probed. Times in milliseconds. */
export interface Probe {
  /** How long one try may take. */
  readonly timeout?: number
  readonly tries?: number
  /** Between tries. */
  readonly pause?: number
  /** Endpoints asked at once. */
  readonly concurrency?: number
}

/** How endpoints are probed, until when, and who counts along. */
export interface ProbeOptions extends Probe {
  readonly signal?: AbortSignal
  /** How many endpoints of a try were asked. */
  readonly onProgress?: (asked: number, of: number) => void
}

export interface Probed {
  /** Instances of which no endpoint answered any try, with what each probe saw. */
  readonly dead: readonly { readonly entry: InstanceEntry; readonly reason: string }[]
  /** Services of which endpoints were probed, and none answered. */
  readonly silentServices: readonly string[]
}

interface Suspect {
  readonly entry: InstanceEntry
  readonly endpoints: readonly { readonly endpoint: string; readonly asked: Asked }[]
  /** By endpoint, what the tries saw. */
  readonly seen: Map<string, Set<string>>
  alive: boolean
}

/**
 * Probes every endpoint, several times. An instance lives when one of its endpoints answers once; one without an endpoint
 * that can be asked is left out, because nothing is known of it.
 */
export async function probeAll(entries: readonly InstanceEntry[], options: ProbeOptions): Promise<Probed> {
  const { tries = 3, pause = 1500, signal } = options
  const suspects = entries.map(suspectOf).filter(({ endpoints }) => endpoints.length > 0)
  let silent = suspects
  for (let attempt = 1; attempt <= tries && silent.length > 0; attempt++) {
    if (attempt > 1) await sleep(pause, undefined, { signal })
    await askAll(silent, options)
    silent = silent.filter(({ alive }) => !alive)
  }
  const answering = new Set(suspects.filter(({ alive }) => alive).map(({ entry }) => entry.service))
  const services = new Set(silent.map(({ entry }) => entry.service))
  return {
    dead: silent.map((suspect) => ({ entry: suspect.entry, reason: reasonOf(suspect, tries) })),
    silentServices: [...services].filter((service) => !answering.has(service)),
  }
}

function suspectOf(entry: InstanceEntry): Suspect {
  const endpoints = entry.instance.endpoints.flatMap((endpoint) => {
    const asked = askedOf(endpoint)
    return asked ? [{ endpoint, asked }] : []
  })
  return { entry, endpoints, seen: new Map(endpoints.map(({ endpoint }) => [endpoint, new Set()])), alive: false }
}

/** One try: so many at once, and no further endpoint of an instance that has answered. */
async function askAll(suspects: readonly Suspect[], options: ProbeOptions): Promise<void> {
  const { timeout = 2000, concurrency = 64, signal, onProgress } = options
  const all = suspects.flatMap((suspect) => suspect.endpoints.map((each) => ({ suspect, ...each })))
  const queue = all.values()
  let done = 0
  const work = async () => {
    for (const { suspect, endpoint, asked } of queue) {
      const why = suspect.alive ? undefined : await whySilent(asked, timeout, signal)
      if (why === undefined) suspect.alive = true
      else suspect.seen.get(endpoint)?.add(why)
      onProgress?.(++done, all.length)
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, all.length) }, work))
}

function reasonOf({ seen }: Suspect, tries: number): string {
  const saw = [...seen].map(([endpoint, faults]) => `${endpoint} ${[...faults].join(', then ')}`)
  return `unreachable in ${tries === 1 ? '1 try' : `${tries} tries`}: ${saw.join('; ')}`
}
