import { describe, expect, it } from 'vitest'
import { eventually } from '../eventually.ts'
import type { Client } from '../../src/client/client.ts'
import { RollcallError } from '../../src/model/errors.ts'
import { embedded, scripted } from './clients.ts'
import { ScriptedBackend } from './scripted-backend.ts'

const instance = { name: 'pay', id: 'a', endpoints: ['http://h:80'] }
const SOON = { timeout: 10_000 }

const observedIn = async (client: Client) => (await client.find({ service: 'pay', id: 'a' }))[0]?.observed

describe('the heartbeats of what is registered', () => {
  it('are sent until disposed of; the record stays', async () => {
    await using client = await embedded({ layout: 'aio' })
    await client.register(instance)
    const registered = (await observedIn(client))?.renewedAt ?? 0
    {
      await using renewed = await client.renewService(instance, { every: 20 })
      for (const later of [20, 100])
        await eventually(
          async () => expect((await observedIn(client))?.renewedAt).toBeGreaterThan(registered + later),
          SOON,
        )
      expect(renewed.every).toBe(20)
      await renewed[Symbol.asyncDispose]()
      await expect(renewed.done).resolves.toBeUndefined()
    }
    expect((await observedIn(client))?.status).toBe('up')
  })

  it('keep a lease as well, at a third of its TTL', async () => {
    await using client = await embedded()
    await client.register(instance, { ttl: 2 })
    await using renewed = await client.renewService(instance)
    expect(renewed.every).toBeCloseTo(2_000 / 3)
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect(await observedIn(client)).toMatchObject({ status: 'up' })
  })

  it('end when the instance is gone, which is told', async () => {
    await using client = await embedded({ layout: 'aio' })
    await client.register(instance)
    const renewed = await client.renewService(instance, { every: 20 })
    const gone = expect(renewed.done).rejects.toMatchObject({
      code: 'not-found',
      message: 'there is no pay/a to renew',
    })
    await eventually(async () => {
      const records = (await client.find({ id: 'a' })).flatMap((entry) => entry.records)
      for await (const { result } of client.remove(records)) expect(result).toBe('done')
    }, SOON)
    await gone
  })

  it('end with their signal', async () => {
    await using client = await embedded({ layout: 'aio' })
    await client.register(instance)
    const stop = new AbortController()
    const renewed = await client.renewService(instance, { signal: stop.signal })
    expect(renewed.every).toBe(10_000)
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    await expect(renewed.done).resolves.toBeUndefined()
  })

  it('are refused where they would come too late, and where nothing can be renewed', async () => {
    await using client = await embedded({ aioTtl: 5_000 })
    await client.register(instance, { layout: 'aio' })
    await client.register({ name: 'pay', id: 'kept' }, { ttl: null })
    await client.register({ name: 'pay', id: 'leased' }, { ttl: 3 })
    const refusals = [
      [{ name: 'pay', id: 'nobody' }, 1_000, 'not-found'],
      [instance, 5_000, 'usage'],
      [instance, 0, 'usage'],
      [{ name: 'pay', id: 'leased' }, 3_000, 'usage'],
      [{ name: 'pay', id: 'kept' }, 1_000, 'unsupported'],
    ] as const
    for (const [named, every, code] of refusals)
      await expect(client.renewService(named, { every })).rejects.toMatchObject({ code })
    const never = scripted(new ScriptedBackend({ renew: false }))
    await expect(never.renewService(instance)).rejects.toMatchObject({ code: 'unsupported' })
  })
})
