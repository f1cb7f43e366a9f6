import { setTimeout as pause } from 'node:timers/promises'
import type { InstanceEntry } from '../../model/reading.ts'
import { type Answer, ask } from './ask.ts'

/** How endpoints are probed. */
export interface Probe {
  /** Milliseconds one try may take. */
  readonly timeout?: number
  readonly tries?: number
  /** Milliseconds between tries. */
  readonly pause?: number
  /** Endpoints probed at once. */
  readonly concurrency?: number
}

export interface Probed {
  /** Instances of which no endpoint answered any try, with what each probe saw. */
  readonly dead: readonly { readonly entry: InstanceEntry; readonly reason: string }[]
  /** Services with endpoints, of which none answered. */
  readonly silentServices: readonly string[]
}

interface Seen {
  readonly entry: InstanceEntry
  readonly answers: readonly Answer[]
}

/** Probes every endpoint; an instance answers when one of its endpoints does. Instances without endpoints are left out. */
export async function probeAll(entries: readonly InstanceEntry[], probe: Probe, signal?: AbortSignal): Promise<Probed> {
  const queue = entries.filter((entry) => entry.instance.endpoints.length > 0)
  const seen: Seen[] = []
  const work = async () => {
    for (let entry = queue.pop(); entry; entry = queue.pop())
      seen.push({ entry, answers: await probeInstance(entry, probe, signal) })
  }
  await Promise.all(Array.from({ length: Math.min(probe.concurrency ?? 64, queue.length) }, work))
  const answering = new Set(seen.filter(answers).map(({ entry }) => entry.service))
  const dead = seen.filter((each) => !answers(each)).sort((a, b) => (a.entry.service < b.entry.service ? -1 : 1))
  return {
    dead: dead.map((each) => ({ entry: each.entry, reason: `unreachable: ${each.answers.map(inWords).join('; ')}` })),
    silentServices: [...new Set(dead.map(({ entry }) => entry.service))].filter((service) => !answering.has(service)),
  }
}

async function probeInstance(entry: InstanceEntry, probe: Probe, signal?: AbortSignal): Promise<Answer[]> {
  const { tries = 3, pause: between = 1500, timeout = 2000 } = probe
  let answers: Answer[] = []
  for (let attempt = 1; attempt <= tries; attempt++) {
    signal?.throwIfAborted()
    answers = await Promise.all(entry.instance.endpoints.map((endpoint) => ask(endpoint, timeout)))
    if (answers.some((answer) => answer.alive)) break
    if (attempt < tries) await pause(between, undefined, signal ? { signal } : {})
  }
  return answers
}

function answers({ answers: all }: Seen): boolean {
  return all.some((answer) => answer.alive)
}

function inWords({ endpoint, saw }: Answer): string {
  return `${endpoint} ${saw}`
}
