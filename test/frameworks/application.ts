import { expect, it } from 'vitest'
import { type Ran, run } from '../cli/run.ts'
import type { FrameworkInstance, FrameworkProgram } from '../servers/framework-program.ts'
import { Watched, eventually } from './watched.ts'

/** What an application of a framework registers, and what rollcall shows of it. */
export interface Seen {
  /** As its framework names things. */
  readonly written: FrameworkInstance
  /** Members of the instance in JSON. */
  readonly shown: { readonly name: string; readonly endpoints: readonly string[] } & Readonly<Record<string, unknown>>
  /** Where rollcall is to look: `--prefix` or `--layout`, where it would not look by itself. */
  readonly place?: readonly string[]
}

/** What rollcall registers, and what the framework's own client finds then. */
export interface Found {
  /** The words of `register` without the service. */
  readonly words: readonly string[]
  /** The service as the framework names it. */
  readonly service: string
  readonly instance: FrameworkInstance
}

/** One registry, as rollcall is told of it, and an application that uses it. */
export interface Ground {
  readonly registry: string
  readonly program: FrameworkProgram
}

/** Runs rollcall on a registry. */
export function rollcall(registry: string, words: readonly string[], place: readonly string[] = []): Promise<Ran> {
  return run([...words, '-r', registry, ...place])
}

/** The instances of that service in JSON. */
export async function listed(registry: string, { shown, place }: Seen): Promise<unknown[]> {
  const { stdout, stderr } = await rollcall(registry, ['ls', shown.name, '-o', 'json'], place)
  if (stdout !== '') return JSON.parse(stdout).items
  expect(JSON.parse(stderr)).toMatchObject({ code: 'not-found' })
  return []
}

export const lineOf = ({ shown }: Seen): string => `${shown.name} ${shown.endpoints.join(' ')}`

/** The application registers and deregisters; `ls`, `get`, `watch` and `check-keys` see it, and nothing wrong with it. */
export function seesItComeAndGo(seen: Seen, ground: () => Ground): void {
  it('is seen, and seen to come and go', async () => {
    const { registry, program } = ground()
    await using watched = await Watched.start(['-r', registry, ...(seen.place ?? [])])
    await program.register(seen.written)
    await eventually(() => watched.told()).toEqual([`added ${lineOf(seen)}`])
    const items = await listed(registry, seen)
    expect(items).toEqual([expect.objectContaining({ status: 'up', ...seen.shown })])
    const { name, id } = items[0] as { name: string; id: string }
    const got = await rollcall(registry, ['get', `${name}/${id}`, '-o', 'json'], seen.place)
    expect(JSON.parse(got.stdout)).toMatchObject(seen.shown)
    const checked = await rollcall(registry, ['check-keys', '--severity', 'warning', '-o', 'json'], seen.place)
    expect([checked.status, JSON.parse(checked.stdout).items]).toEqual([0, []])
    await program.deregister(seen.written)
    await eventually(() => watched.told()).toEqual([`added ${lineOf(seen)}`, `removed ${lineOf(seen)}`])
    expect(await listed(registry, seen)).toEqual([])
  })
}

/** The framework's client finds what rollcall registered, until it is deregistered. */
export function findsWhatIsRegistered({ words, service, instance }: Found, seen: Seen, ground: () => Ground): void {
  it('finds what rollcall registers, until it is deregistered', async () => {
    const { registry, program } = ground()
    const keys = Object.keys(instance.metadata ?? {})
    const find = () => program.find(service, keys)
    const registered = await rollcall(registry, ['register', seen.shown.name, ...words])
    expect(registered.status, registered.stderr).toBe(0)
    await eventually(find).toEqual([instance])
    const { stdout } = await rollcall(registry, ['ls', seen.shown.name, '-o', 'name'], seen.place)
    const removed = await rollcall(registry, ['deregister', stdout.trim()], seen.place)
    expect(removed.status, removed.stderr).toBe(0)
    await eventually(find).toEqual([])
  })
}
