import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../eventually.ts'
import { openLocalStore } from '../../src/backends/local/store.ts'
import type { Registration } from '../../src/backends/contract/backend.ts'
import type { KeepAliveEvent } from '../../src/client/client.ts'
import { RollcallError } from '../../src/model/errors.ts'
import { silent } from '../../src/model/logger.ts'
import { embedded, scripted } from './clients.ts'
import { ScriptedBackend, away, recordOf } from './scripted-backend.ts'

const instance = { name: 'pay', id: 'a', endpoints: ['grpc://h:9000'] }

function recorder() {
  const events: KeepAliveEvent[] = []
  return {
    events,
    onEvent: (event: KeepAliveEvent) => void events.push(event),
    types: () => events.map((event) => event.type),
  }
}

function registration(beat: Registration['beat'], { beatEvery = 5, ttl = 60_000 } = {}) {
  const ends: string[] = []
  const made: Registration & { ends: string[] } = {
    action: 'created',
    records: [recordOf('pay/a')],
    expiresAt: Date.now() + ttl,
    beatEvery,
    ends,
    ...(beat ? { beat } : {}),
    release: async () => void ends.push('released'),
    [Symbol.asyncDispose]: async () => void ends.push('deregistered'),
  }
  return made
}

/** A heartbeat that ends with its signal alone. */
const unanswered = (signal?: AbortSignal) =>
  new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))

describe('keeping alive in a real registry', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-keep-alive-'))
    path = join(folder, 'registry.db')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const open = () => embedded({}, `file:${path}`)

  it('outlives its TTL by heartbeats, and is deregistered when the block ends', async () => {
    await using client = await open()
    const { onEvent, types } = recorder()
    {
      await using kept = await client.keepAlive(instance, { ttl: 2, onEvent })
      const lease = kept.registration.lease
      await new Promise((resolve) => setTimeout(resolve, 2_500))
      const [entry] = await client.find({ id: 'a' }, { detail: true })
      expect(entry?.observed).toMatchObject({ lease, ttl: { granted: 2 } })
    }
    expect(types()).toEqual(['registered'])
    expect(await client.find({ id: 'a' })).toEqual([])
  })

  it('registers again when its lease was revoked', async () => {
    await using client = await open()
    await using outsider = await openLocalStore(path, Date.now)
    const { onEvent, types } = recorder()
    await using kept = await client.keepAlive(instance, { ttl: 2, onEvent })
    const first = kept.registration.lease ?? ''
    await outsider.revoke(first)
    await eventually(() => expect(types()).toEqual(['registered', 'lost', 'registered-again']))
    expect(kept.registration.lease).not.toBe(first)
    expect(await client.find({ id: 'a' })).toMatchObject([{ observed: { lease: kept.registration.lease } }])
  })

  it('registers again when an outsider removed the record', async () => {
    await using client = await open()
    await using outsider = await open()
    const { onEvent, types } = recorder()
    await using kept = await client.keepAlive(instance, { ttl: 2, onEvent })
    const first = kept.registration
    const [entry] = await outsider.find({ id: 'a' })
    for await (const { result } of outsider.remove(entry?.records ?? [])) expect(result).toBe('done')
    await eventually(() => expect(types()).toEqual(['registered', 'lost', 'registered-again']))
    expect(kept.registration).not.toBe(first)
    expect(await outsider.find({ id: 'a' })).toHaveLength(1)
  })

  it('gives way to another live record that took its id, and leaves that alone', async () => {
    await using client = await open()
    await using outsider = await open()
    const kept = await client.keepAlive(instance, { ttl: 2, replace: true })
    const other = { ...instance, version: 'v2' }
    await outsider.register(other, { replace: true })
    await expect(kept.done).rejects.toMatchObject({ code: 'conflict' })
    await kept[Symbol.asyncDispose]()
    expect(await outsider.find({ id: 'a' })).toMatchObject([{ instance: { version: 'v2' } }])
  })

  it('leaves the record when it is released', async () => {
    await using client = await open()
    const kept = await client.keepAlive(instance, { ttl: 60 })
    await kept.release()
    await expect(kept.done).resolves.toBeUndefined()
    await kept[Symbol.asyncDispose]()
    expect(await client.find({ id: 'a' })).toHaveLength(1)
  })

  it('shows a watcher the new lease and nothing else when it takes its own record over', async () => {
    await using client = await open()
    await client.register(instance, { ttl: 60 })
    const seen: string[] = []
    let kept: AsyncDisposable | undefined
    for await (const event of client.watch()) {
      const changed = event.type === 'updated' ? event.changes.map(({ field }) => ` ${field}`).join('') : ''
      seen.push('entry' in event ? `${event.type} ${event.entry.instance.id}${changed}` : event.type)
      if (event.type === 'synced') {
        kept = await client.keepAlive(instance, { ttl: 60 })
        await client.register({ name: 'pay', id: 'marker' })
      }
      if (event.type === 'added') break
    }
    await kept?.[Symbol.asyncDispose]()
    expect(seen).toEqual(['snapshot a', 'synced', 'updated a lease', 'added marker'])
  })
})

describe('keeping alive in a registry whose answers are decided here', () => {
  it('survives failing heartbeats as long as the TTL lasts', async () => {
    const backend = new ScriptedBackend()
    let beats = 0
    const beat = async () => {
      beats += 1
      if (beats < 6) throw away()
      return 'ok' as const
    }
    const made = registration(beat)
    backend.registrations.push(made)
    const { onEvent, types } = recorder()
    const kept = await scripted(backend).keepAlive(instance, { onEvent })
    await eventually(() => expect(beats).toBeGreaterThan(8))
    await kept[Symbol.asyncDispose]()
    expect(types()).toEqual(['registered'])
    expect(made.ends).toEqual(['deregistered'])
    const after = beats
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(beats).toBe(after)
  })

  it('tries a heartbeat three times in quick succession before it backs off', async () => {
    const backend = new ScriptedBackend()
    const beatEvery = 8_000
    const at: number[] = []
    const beat = async () => {
      at.push(performance.now())
      if (at.length < 3) throw away()
      return 'ok' as const
    }
    const made = registration(beat, { beatEvery })
    backend.registrations.push(made)
    await using kept = await scripted(backend).keepAlive(instance)
    await eventually(() => expect(at).toHaveLength(3), { timeout: 60_000 })
    expect(kept.registration).toBe(made)
    const [first = 0, second = 0, third = 0] = at
    for (const apart of [second - first, third - second]) {
      // A second, or a quarter of the interval where that is less.
      expect(apart).toBeGreaterThan(990)
      expect(apart).toBeLessThan(beatEvery)
    }
  })

  it('takes silence for as long as its TTL as a loss, and comes back when the registry does', async () => {
    const backend = new ScriptedBackend()
    const mute = registration(() => Promise.reject(away()), { ttl: 60 })
    const next = registration(async () => 'ok')
    backend.registrations.push(mute, away(), away(), next)
    const { onEvent, events, types } = recorder()
    const kept = await scripted(backend).keepAlive(instance, { onEvent })
    await eventually(() => expect(types().at(-1)).toBe('registered-again'))
    expect(types()).toEqual(['registered', 'lost', 'retrying', 'retrying', 'registered-again'])
    expect(events[2]).toMatchObject({ attempt: 1, message: 'nobody answers' })
    expect(events[3]).toMatchObject({ attempt: 2 })
    expect(kept.registration).toBe(next)
    await kept[Symbol.asyncDispose]()
    expect([mute.ends, next.ends]).toEqual([['released'], ['deregistered']])
  })

  it('asks the registry what is left before it takes silence for a loss, and believes it', async () => {
    const backend = new ScriptedBackend()
    const left: (number | undefined)[] = [60, 60, undefined]
    const mute = { ...registration(unanswered, { ttl: 60 }), remaining: async () => left.shift() }
    backend.registrations.push(
      mute,
      registration(async () => 'ok'),
    )
    const { onEvent, types } = recorder()
    const kept = await scripted(backend).keepAlive(instance, { onEvent })
    await eventually(() => expect(types()).toEqual(['registered', 'lost', 'registered-again']))
    expect(left).toEqual([])
    await kept[Symbol.asyncDispose]()
  })

  it.each<[string, Registration['remaining']]>([
    ['a failure', () => Promise.reject(away())],
    ['silence', unanswered],
  ])('takes %s as the answer to that question for a loss', async (_, remaining) => {
    const backend = new ScriptedBackend()
    const mute = registration(() => Promise.reject(away()), { ttl: 60 })
    backend.registrations.push(
      { ...mute, remaining },
      registration(async () => 'ok'),
    )
    const { onEvent, types } = recorder()
    const kept = await scripted(backend).keepAlive(instance, { onEvent })
    await eventually(() => expect(types()).toEqual(['registered', 'lost', 'registered-again']))
    await kept[Symbol.asyncDispose]()
  })

  it('a heartbeat that is never answered ends with the TTL', async () => {
    const backend = new ScriptedBackend()
    // Long enough that a heartbeat is sent before it is over, on a busy machine too.
    const hung = registration(
      (signal) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
      { ttl: 1_000 },
    )
    const next = registration(async () => 'ok')
    backend.registrations.push(hung, next)
    const { onEvent, types } = recorder()
    const warned: string[] = []
    const logger = { ...silent, warn: (message: string) => void warned.push(message) }
    await using kept = await scripted(backend, { logger }).keepAlive(instance, { onEvent })
    await eventually(() => expect(types()).toEqual(['registered', 'lost', 'registered-again']))
    expect(kept.registration).toBe(next)
    expect(warned).toEqual(['heartbeat failed: no answer before the lifetime was over'])
  })

  it('gives up after as many tries as it may make', async () => {
    const backend = new ScriptedBackend()
    backend.registrations.push(
      registration(async () => 'lost'),
      away(),
      away(),
      away(),
    )
    const { onEvent, types } = recorder()
    const kept = await scripted(backend).keepAlive(instance, { retries: 2, onEvent })
    await expect(kept.done).rejects.toMatchObject({ code: 'unreachable' })
    expect(types()).toEqual(['registered', 'lost', 'retrying'])
    expect(backend.registrations).toHaveLength(1)
  })

  it('tries nothing again when it may not', async () => {
    const backend = new ScriptedBackend()
    backend.registrations.push(
      registration(async () => 'lost'),
      registration(async () => 'ok'),
    )
    const kept = await scripted(backend).keepAlive(instance, { retries: 0 })
    await expect(kept.done).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('pay/a') })
    expect(backend.registered).toBe(1)
  })

  it('a refusal ends it at once', async () => {
    const backend = new ScriptedBackend()
    const refusal = new RollcallError('forbidden', 'you may not')
    backend.registrations.push(
      registration(async () => 'lost'),
      refusal,
    )
    const kept = await scripted(backend).keepAlive(instance)
    await expect(kept.done).rejects.toBe(refusal)
  })

  it('stops between two tries', async () => {
    const backend = new ScriptedBackend()
    const lost = registration(async () => 'lost')
    backend.registrations.push(lost, ...Array.from({ length: 50 }, away))
    const { onEvent, types } = recorder()
    const kept = await scripted(backend).keepAlive(instance, { onEvent })
    await eventually(() => expect(types()).toContain('retrying'))
    await kept[Symbol.asyncDispose]()
    const tried = backend.registered
    await expect(kept.done).resolves.toBeUndefined()
    expect(backend.registered).toBe(tried)
    expect(lost.ends).toEqual(['deregistered'])
  })

  it('its signal ends the heartbeat; disposing still deregisters', async () => {
    const backend = new ScriptedBackend()
    const made = registration(undefined)
    backend.registrations.push(made)
    const stop = new AbortController()
    const kept = await scripted(backend).keepAlive(instance, { signal: stop.signal })
    stop.abort()
    await kept.done
    expect(made.ends).toEqual([])
    await kept[Symbol.asyncDispose]()
    expect(made.ends).toEqual(['deregistered'])
  })
})

describe('a status of a registration', () => {
  it('is written with it, so that a watcher sees nothing else', async () => {
    await using client = await embedded({ layout: 'aio' })
    const seen: string[] = []
    for await (const event of client.watch()) {
      seen.push('entry' in event ? `${event.type} ${event.entry.instance.id}` : event.type)
      if (event.type === 'synced') await client.register(instance, { status: 'maintenance' })
      if (event.type === 'added') break
    }
    expect(seen).toEqual(['synced', 'added a'])
    expect(await client.find({ id: 'a' })).toMatchObject([{ observed: { status: 'maintenance' } }])
  })

  it('comes with the time when it is down', async () => {
    await using client = await embedded({ layout: 'aio' })
    await client.register(instance, { status: 'down' })
    const [entry] = await client.find({ id: 'a' })
    expect(entry?.observed).toMatchObject({ status: 'down', offlineAt: entry?.observed.registeredAt })
  })

  it('is refused where nothing would hold it, and nothing is written', async () => {
    await using client = await embedded()
    await expect(client.register(instance, { status: 'down', layout: 'kratos' })).rejects.toMatchObject({
      code: 'usage',
      message: 'layout kratos has no status "down": every record in it is up',
    })
    await expect(client.register(instance, { status: 'expired', layout: 'aio' })).rejects.toMatchObject({
      code: 'usage',
    })
    expect(await client.find({ id: 'a' })).toEqual([])
    const backend = new ScriptedBackend()
    await expect(scripted(backend).register(instance, { status: 'down' })).rejects.toMatchObject({
      code: 'unsupported',
    })
    await expect(scripted(backend).keepAlive(instance, { status: 'down' })).rejects.toMatchObject({
      code: 'unsupported',
    })
    expect(backend.registered).toBe(0)
  })
})

describe('the first registration', () => {
  it('is tried again five times while the registry is away', async () => {
    const backend = new ScriptedBackend()
    backend.registrations.push(...Array.from({ length: 7 }, away))
    await expect(scripted(backend).register(instance)).rejects.toMatchObject({ code: 'unreachable' })
    expect(backend.registered).toBe(6)
  })

  it('is not tried again when it was refused', async () => {
    const backend = new ScriptedBackend()
    backend.registrations.push(new RollcallError('conflict', 'taken'))
    await expect(scripted(backend).register(instance)).rejects.toMatchObject({ code: 'conflict' })
    expect(backend.registered).toBe(1)
  })

  it('is given up between two tries when it is aborted', async () => {
    const backend = new ScriptedBackend()
    backend.registrations.push(...Array.from({ length: 7 }, away))
    const stop = new AbortController()
    const reason = new RollcallError('interrupted', 'enough')
    const registering = scripted(backend).register(instance, { signal: stop.signal })
    registering.catch(() => {})
    await eventually(() => expect(backend.registered).toBe(1))
    stop.abort(reason)
    await expect(registering).rejects.toBe(reason)
    expect(backend.registered).toBe(1)
  })
})
