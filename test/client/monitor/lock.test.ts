import { expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Leadership } from '../../../src/backends/contract/backend.ts'
import type { Client } from '../../../src/client/client.ts'
import { entryOf, registerAio } from './instances.ts'
import { onEveryStore } from './registries.ts'

const SOON = { timeout: 20_000 }

/** `ttl` in seconds: enough for a busy machine where none dies. */
async function electLeader(client: Client, onStandby?: (leader: string) => void, ttl = 30): Promise<Leadership> {
  const leadership = await client.backend.electLeader?.({ ttl, ...(onStandby && { onStandby }) })
  if (!leadership) throw new Error('it knows no lock')
  return leadership
}

await onEveryStore('the lock of the monitors', (registry) => {
  /** Of a registry that is there. */
  const open = async (): Promise<Client> => {
    const client = await registry().open()
    await registerAio(client, 'seed')
    return client
  }

  it('is held by one, who is named to the others, and passes to the next when it is given up', async () => {
    const first = await electLeader(await open())
    const leaders: string[] = []
    const second = electLeader(await registry().open(), (leader) => leaders.push(leader))
    second.catch(() => {}) // where this test fails before it waits for it
    await eventually(() => expect(leaders).toEqual([expect.stringContaining(`process ${process.pid}`)]), SOON)
    expect(await first.beat()).toBe('ok')
    await first[Symbol.asyncDispose]()
    const next = await second
    expect(await next.beat()).toBe('ok')
    expect(await first.beat()).toBe('lost')
    await next[Symbol.asyncDispose]()
  })

  it('passes to the next when its holder dies', async () => {
    const dying = await open()
    await electLeader(dying, undefined, 2)
    const leaders: string[] = []
    const second = electLeader(await registry().open(), (leader) => leaders.push(leader))
    second.catch(() => {}) // where this test fails before it waits for it
    await eventually(() => expect(leaders).toHaveLength(1), SOON)
    await registry().crash(dying)
    await (await second)[Symbol.asyncDispose]()
  })

  it('goes to one of many at a time', async () => {
    let holders = 0
    const clients = await Promise.all(Array.from({ length: 8 }, () => open()))
    const turns = clients.map(async (client) => {
      const leadership = await electLeader(client)
      holders += 1
      expect(holders).toBe(1)
      expect(await leadership.beat()).toBe('ok')
      holders -= 1
      await leadership[Symbol.asyncDispose]()
    })
    await Promise.all(turns)
    expect(holders).toBe(0)
  })

  it('binds what its holder writes: after it was lost, nothing', async () => {
    const client = await registry().open()
    await registerAio(client, 'a')
    const first = await electLeader(client)
    const before = await entryOf(client, 'a')
    expect(await first.setStatus(before.records, 'down')).toMatchObject([{ result: 'done' }])
    const down = await entryOf(client, 'a')
    expect(down.observed).toMatchObject({ status: 'down', offlineAt: expect.any(Number) })
    expect(await first.setStatus(before.records, 'maintenance')).toMatchObject([{ result: 'changed' }])
    await first[Symbol.asyncDispose]()
    expect(await first.setStatus(down.records, 'maintenance')).toMatchObject([{ result: 'changed' }])
    const second = await electLeader(await registry().open())
    expect(await first.setStatus(down.records, 'maintenance')).toMatchObject([{ result: 'changed' }])
    expect(await entryOf(client, 'a')).toEqual(down)
    await second[Symbol.asyncDispose]()
  })

  it('lies where no reader of instances meets it', async () => {
    const client = await registry().open()
    await registerAio(client, 'a')
    const leadership = await electLeader(client)
    const everything = await registry().open({ prefix: '/' })
    const names = new Set<string>()
    for await (const entry of everything.entries()) names.add(entry.service)
    expect(names).not.toContain('rollcall')
    expect((await everything.backend.alternatives?.())?.map(({ place }) => place)).toEqual([])
    await leadership[Symbol.asyncDispose]()
  })
})
