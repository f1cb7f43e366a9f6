import type { KeepAlive, KeepAliveEvent, KeepAliveOptions } from '../client/client.ts'
import type { Context } from './context.ts'
import type { InstanceInput } from './instance-input.ts'
import { registered, writeResults } from './write-results.ts'

export type KeepAllOptions = KeepAliveOptions & { readonly leave: boolean }

/** Registers all, keeps them alive until stopped, then deregisters them unless they are to be left. */
export async function keepAll(
  context: Context,
  inputs: readonly InstanceInput[],
  { leave, ...options }: KeepAllOptions,
): Promise<number> {
  const client = await context.client()
  const kept: KeepAlive[] = []
  try {
    for (const { instance, weight, env } of inputs) {
      const holdings = { ...(weight === undefined ? {} : { weight }), ...(env === undefined ? {} : { env }) }
      const onEvent = (event: KeepAliveEvent) => tell(context, `${instance.name}/${instance.id}`, event)
      kept.push(await client.keepAlive(instance, { ...options, ...holdings, onEvent }))
    }
    await writeResults(
      context,
      kept.map(({ registration }, at) => registered(inputs[at]?.instance ?? { name: '', id: '' }, registration)),
    )
    await context.say('kept alive; Ctrl-C to stop')
    await Promise.race([...kept.map((each) => each.done), aborted(context.signal)])
    return 0
  } finally {
    await Promise.all(kept.map((each) => (leave ? each.release() : each[Symbol.asyncDispose]())))
    if (!leave && kept.length > 0) await context.say(`deregistered ${kept.length === 1 ? 'it' : `all ${kept.length}`}`)
  }
}

function tell(context: Context, name: string, event: KeepAliveEvent): void {
  const line = {
    registered: () => undefined,
    'registered-again': () => `${name}: registered again`,
    lost: () => `${name}: ${'message' in event ? event.message : 'lost'}`,
    retrying: () =>
      'attempt' in event
        ? `${name}: ${event.message}; trying again in ${(event.delay / 1000).toFixed(1)}s (${event.attempt})`
        : undefined,
  }[event.type]()
  if (line) context.say(line).catch(() => {})
}

/** Rejects with the signal's reason. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
