import { type BackOff, backOff, pause } from '../../model/back-off.ts'
import type { KeepAliveEvent, KeepAliveOptions } from '../../client/client.ts'
import { messageOf } from '../../model/errors.ts'
import { onAbort } from '../../model/signals.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { Context } from '../command.ts'
import { eventLine } from '../instances/heartbeats.ts'

const DELAY: BackOff = { first: 500, most: 30_000 }
/** Milliseconds. */
const LAST_CALL = 5_000

/** An instance, and how it is to be registered. */
export interface RunningInstance {
  readonly instance: InstanceInit
  readonly options: KeepAliveOptions
}

/**
 * Keeps an instance registered until the signal is aborted, then deregisters it. Whatever the registry says or leaves unsaid
 * is reported and tried again: the program that is registered serves on. Never rejects.
 */
export async function keepRegistered(
  context: Context,
  { instance, options }: RunningInstance,
  stop: AbortSignal,
): Promise<void> {
  const name = `${instance.name}/${instance.id}`
  const say = (line: string | undefined) => (line ? context.say(`${name}: ${line}`) : undefined)
  const onEvent = (event: KeepAliveEvent) => void say(eventLine(event))
  let attempt = 0
  while (!stop.aborted) {
    try {
      const client = await context.client()
      const registering = client.keepAlive(instance, { ...options, onEvent })
      await using kept = await Promise.race([registering, afterStop(stop)])
      attempt = 0
      await say('registered')
      await Promise.race([kept.done, aborted(stop)])
    } catch (error) {
      if (stop.aborted) {
        await say(`may still be registered: ${messageOf(error)}`)
        return
      }
      attempt += 1
      const delay = backOff(attempt, DELAY)
      await say(`not registered: ${messageOf(error)}; trying again in ${(delay / 1000).toFixed(1)}s`)
      await pause(delay, stop).catch(() => {})
      continue
    }
    if (stop.aborted) await say('deregistered')
  }
}

/** Resolves when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else onAbort(signal, resolve)
  })
}

/** Rejects some seconds after the signal: a registration that is cut off halfway could leave its record, so it has that long to end. */
async function afterStop(signal: AbortSignal): Promise<never> {
  await aborted(signal)
  await pause(LAST_CALL)
  throw new Error(`the registry did not answer in ${LAST_CALL / 1000}s`)
}
