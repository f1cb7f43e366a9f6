import type { KeepAlive, KeepAliveEvent, KeepAliveOptions } from '../client/client.ts'
import type { Context } from './command.ts'
import type { InstanceInput } from './args/instance-input.ts'
import { registered } from './register-all.ts'
import { type WriteItem, writeResults } from './write-results.ts'

export type KeepAllOptions = KeepAliveOptions & { readonly leave: boolean }

/** Registers all, keeps them alive until stopped, then deregisters them unless they are to be left. */
export async function keepAll(
  context: Context,
  inputs: readonly InstanceInput[],
  { leave, ...options }: KeepAllOptions,
): Promise<number> {
  const client = await context.client()
  const kept: KeepAlive[] = []
  const items: WriteItem[] = []
  try {
    for (const { instance, beside } of inputs) {
      const onEvent = (event: KeepAliveEvent) => tell(context, `${instance.name}/${instance.id}`, event)
      const one = await client.keepAlive(instance, { ...options, ...beside, onEvent })
      kept.push(one)
      items.push(await registered(context, instance, one.registration))
    }
    await writeResults(context, items)
    await context.say('kept alive; Ctrl-C to stop')
    await Promise.race([...kept.map((each) => each.done), aborted(context.signal)])
    context.signal.throwIfAborted()
    return 0
  } finally {
    await Promise.all(kept.map((each) => (leave ? each.release() : each[Symbol.asyncDispose]())))
    if (!leave && kept.length > 0) await context.say(`deregistered ${kept.length === 1 ? 'it' : `all ${kept.length}`}`)
  }
}

function tell(context: Context, name: string, event: KeepAliveEvent): void {
  const line = lineOf(event)
  if (line) context.say(`${name}: ${line}`).catch(() => {})
}

function lineOf(event: KeepAliveEvent): string | undefined {
  if ('delay' in event)
    return `${event.message}; trying again in ${(event.delay / 1000).toFixed(1)}s (${event.attempt})`
  if ('message' in event) return event.message
  return event.type === 'registered-again' ? 'registered again' : undefined
}

/** Rejects with the signal's reason. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
