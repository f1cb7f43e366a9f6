import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { Client } from '../../src/client/client.ts'
import { patientTarget } from '../patience.ts'
import { rounds } from '../rounds.ts'
import type { Relay } from '../servers/relay.ts'
import { built } from './built.ts'

/** How often each of the five commands is killed, at least: sixty times together. ROLLCALL_TEST_KILLS asks for another number. */
export const KILLS = Number(process.env['ROLLCALL_TEST_KILLS'] ?? rounds(3, 12))
/** Milliseconds for all the kills of one test. */
export const PATIENCE = 600_000 + KILLS * 30_000

/** Kills at random as often as is asked for, and on until one has met a registry that is half changed: `round` answers whether it has. */
export async function killing(round: (kill: number) => Promise<boolean>): Promise<void> {
  let halves = 0
  for (let kill = 0; kill < KILLS || halves === 0; kill++) if (await round(kill)) halves++
}

/** A command line that is run by the real program, in a process of its own. */
export interface Killable {
  readonly words: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Its time is counted from when this holds, or from its first output; left out: from its beginning. */
  readonly isUnderWay?: (() => Promise<boolean>) | 'output' | undefined
}

/** A command line that reaches its registry through a relay: bytes tell how far it has come, on a busy machine as well. */
export interface Sending extends Pick<Killable, 'words' | 'env'> {
  readonly relay: Relay
}

/** Runs it to its end, or kills it when so many bytes have passed between it and its registry; answers how many have. */
export async function passed({ words, env, relay }: Sending, kill?: number): Promise<number> {
  const { program } = await built()
  const before = relay.bytes
  const child = spawn(process.execPath, [program, ...words], { stdio: 'ignore', env })
  if (kill !== undefined) relay.onceAfter(kill, () => child.kill('SIGKILL'))
  await once(child, 'exit')
  return relay.bytes - before
}

/** Runs it to its end, or kills it after so many milliseconds; answers how long it ran. */
export async function ran({ words, env, isUnderWay }: Killable, kill?: number): Promise<number> {
  const { program } = await built()
  const started = performance.now()
  // Without a home it keeps no code, and each run takes as long as the first.
  const output = isUnderWay === 'output' ? 'pipe' : 'ignore'
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', output, 'ignore'], env })
  const exit = once(child, 'exit')
  let hasOutput = false
  child.stdout?.on('data', () => (hasOutput = true))
  const isBegun =
    isUnderWay === 'output' ? () => Promise.resolve(hasOutput) : (isUnderWay ?? (() => Promise.resolve(true)))
  while (child.exitCode === null && !(await isBegun())) await setImmediate()
  const began = isUnderWay ? performance.now() : started
  const timer = kill === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), kill)
  await exit
  clearTimeout(timer)
  return performance.now() - began
}

/** Some time in a run that takes so many milliseconds; loading the program is the beginning of each. */
export function sometimeIn(time: number): number {
  return time * (0.25 + 0.75 * Math.random())
}

/** What is stored, by key: the value in hexadecimal, and whether it hangs on a lease. */
export async function stored(registry: string): Promise<Map<string, string>> {
  await using client = await Client.open(patientTarget(registry))
  const found = new Map<string, string>()
  for await (const { records } of client.backend.scan({}))
    for (const { id, body, lease } of records)
      found.set(id, `${Buffer.from(body as Uint8Array).toString('hex')} ${lease !== undefined}`)
  return found
}
