import type { Context } from './context.ts'
import { statusOf } from './exit-status.ts'
import type { Subject } from './write-results.ts'

/** Watches that what was removed stays gone; answers 7 as soon as something is back. `time` in milliseconds. */
export async function watchGone(context: Context, subjects: readonly Subject[], time: number): Promise<number> {
  const client = await context.client()
  const names = new Set(subjects.map((subject) => `${subject.service}/${subject.id}`))
  const services = [...new Set(subjects.map((subject) => subject.service))]
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(time)])
  for await (const event of client.watch({ services }, { signal })) {
    if (event.type !== 'snapshot' && event.type !== 'added' && event.type !== 'updated') continue
    const name = `${event.entry.service}/${event.entry.instance.id}`
    if (!names.has(name)) continue
    await context.say(
      `${name} is back: ${event.entry.observed.owner ? `${event.entry.observed.owner} holds it` : 'its owner registered it again'}`,
    )
    return statusOf('conflict')
  }
  context.signal.throwIfAborted()
  await context.say('stayed gone')
  return 0
}
