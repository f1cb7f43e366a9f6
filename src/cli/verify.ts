import type { InstanceEntry } from '../model/reading.ts'
import { within } from '../model/signals.ts'
import { type Context, pause } from './command.ts'
import { statusOf } from './exit-status.ts'
import type { Subject } from './outcomes.ts'

/** Milliseconds between two looks at a single key. */
const LOOK_EVERY = 500

/** Watches that instances stay gone; answers 7 as soon as one is back. `time` in milliseconds. */
export async function instancesStayGone(context: Context, subjects: readonly Subject[], time: number): Promise<number> {
  const client = await context.client()
  const names = new Set(subjects.map((subject) => `${subject.service}/${subject.id}`))
  const services = [...new Set(subjects.map((subject) => subject.service))]
  const signal = within(time, context.signal)
  const where = (entry: InstanceEntry) => names.has(nameOf(entry))
  for await (const event of client.watch({ services }, { signal, where })) {
    if (event.type !== 'snapshot' && event.type !== 'added') continue
    const { owner } = event.entry.observed
    return await back(context, nameOf(event.entry), owner ? `${owner} holds it` : 'its owner registered it again')
  }
  context.signal.throwIfAborted()
  return await gone(context)
}

/** The same for one stored key, which need not be an instance. */
export async function keyStaysGone(context: Context, rawKey: string, time: number): Promise<number> {
  const client = await context.client()
  const until = performance.now() + time
  for (;;) {
    for await (const _ of client.entries({ rawKey }, { signal: context.signal })) {
      return await back(context, rawKey, 'its owner wrote it again')
    }
    const left = until - performance.now()
    if (left <= 0) return await gone(context)
    await pause(Math.min(LOOK_EVERY, left), context.signal)
  }
}

function nameOf({ service, instance }: InstanceEntry): string {
  return `${service}/${instance.id}`
}

async function back(context: Context, what: string, why: string): Promise<number> {
  await context.say(`${what} is back: ${why}`)
  return statusOf('conflict')
}

async function gone(context: Context): Promise<number> {
  await context.say('stayed gone')
  return 0
}
