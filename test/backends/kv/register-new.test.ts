import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Backend, InstanceToRegister, WriteOptions } from '../../../src/backends/contract/backend.ts'
import { RollcallError } from '../../../src/model/errors.ts'
import { SharedFile, json, plant } from './shared-file.ts'

let file: SharedFile
beforeEach(async () => {
  file = await SharedFile.create()
})
afterEach(() => file[Symbol.asyncDispose]())

const named = (name: string, id: string): InstanceToRegister => ({
  instance: { name, id, endpoints: ['grpc://10.0.0.1:9000'] },
})

/** `created`, `left` for what is to be looked at alone, or the code and message of an error. */
async function outcomes(backend: Backend, many: readonly InstanceToRegister[], options: WriteOptions = { ttl: null }) {
  const made = (await backend.registerNew?.(many, options)) ?? []
  return made.map((each) =>
    each === undefined ? 'left' : each instanceof RollcallError ? `${each.code}: ${each.message}` : each.action,
  )
}

async function keys(backend: Backend): Promise<string[]> {
  const found: string[] = []
  for await (const { records } of backend.scan({})) found.push(...records.map(({ id }) => id))
  return found
}

describe('registering many together', () => {
  it('creates the file, and writes what is new in its service', async () => {
    const backend = await file.open()
    expect(await outcomes(backend, [named('a', '1'), named('b', '1'), named('a', '2')])).toEqual([
      'created',
      'created',
      'created',
    ])
    expect(await keys(backend)).toEqual(['/microservices/a/1', '/microservices/a/2', '/microservices/b/1'])
  })

  it('leaves what is there, and what is named twice, to be looked at', async () => {
    const backend = await file.open()
    await backend.register(named('a', '1').instance, { ttl: null })
    const many = [named('a', '1'), named('a', '2'), named('a', '2')]
    expect(await outcomes(backend, many)).toEqual(['left', 'created', 'left'])
  })

  it('refuses a folder of another program, each with the same reason, and writes the others', async () => {
    const backend = await file.open()
    await backend.register(named('a', '1').instance, { ttl: null })
    await plant(backend, {
      '/microservices/b/x':
        '{"address":"10.0.0.1","port":80,"payload":null,"serviceType":"DYNAMIC","uriSpec":null,"registrationTimeUTC":1,"name":"b","id":"x"}',
    })
    const made = await outcomes(backend, [named('b', '1'), named('a', '2'), named('b', '2')])
    expect(made[1]).toBe('created')
    const alone = await backend.register(named('b', '1').instance, { ttl: null }).catch((error: unknown) => error)
    expect(alone).toMatchObject({ code: 'conflict' })
    expect([made[0], made[2]]).toEqual(Array(2).fill(`conflict: ${(alone as RollcallError).message}`))
  })

  it('writes in the layout of a folder, as one alone would be', async () => {
    const backend = await file.open('auto', '/mixed')
    const plain = await file.open('plain', '/mixed')
    await plain.register({ name: 'a', id: '10.0.0.9:1', endpoints: ['10.0.0.9:1'] }, { ttl: null })
    const bare = { instance: { name: 'a', id: '10.0.0.1:9000', endpoints: ['10.0.0.1:9000'] } }
    expect(await outcomes(backend, [bare, named('a', '2')])).toEqual([
      'created',
      expect.stringContaining('conflict: the folder of a holds bare addresses'),
    ])
  })

  it.each([
    [
      'under another prefix',
      '/aio/registry/a/1',
      '{"id":"1","name":"a","address":"10.0.0.1:9000","register_time":"2026-01-01T00:00:00Z","last_renew_time":"2099-01-01T00:00:00Z","status":"up"}',
    ],
    ['for one scheme', '/microservices/a/grpc/1', json('a', '1')],
  ])('leaves what may be registered in another place: %s', async (_, key, value) => {
    const backend = await file.open()
    await plant(backend, { [key]: value })
    expect(await outcomes(backend, [named('a', '1'), named('b', '1')])).toEqual(['left', 'created'])
  })

  it('ends the leases on which nothing was put when it is stopped while it gets them', async () => {
    const stop = new AbortController()
    const requests: string[] = []
    const backend = await file.open('auto', undefined, (request) => {
      requests.push(request)
      if (requests.filter((each) => each.includes('grant a lease')).length === 3) stop.abort(new Error('stopped'))
    })
    const many = ['1', '2', '3', '4'].map((id) => named('a', id))
    await expect(backend.registerNew?.(many, { ttl: 30, signal: stop.signal })).rejects.toThrow('stopped')
    const ended = requests.flatMap((request) => /revoke lease ([\da-f]+)/.exec(request)?.[1] ?? [])
    expect(ended.length).toBeGreaterThan(0)
    const states = [...((await backend.leases?.(ended)) ?? [])].map(([, { remaining }]) => remaining)
    expect(states).toEqual(ended.map(() => 0))
    expect(await keys(backend)).toEqual([])
  })

  it('gives each a lease of its own, and keeps none that is not used', async () => {
    const backend = await file.open()
    await backend.register(named('a', '1').instance, { ttl: null })
    const made = (await backend.registerNew?.([named('a', '1'), named('a', '2'), named('a', '3')], { ttl: 30 })) ?? []
    const leases = made.flatMap((each) => (each instanceof RollcallError ? [] : (each?.lease ?? [])))
    expect(new Set(leases).size).toBe(2)
    const states = await backend.leases?.(leases)
    expect([...(states ?? [])].flatMap(([, { keys: held }]) => held).toSorted()).toEqual([
      '/microservices/a/2',
      '/microservices/a/3',
    ])
  })
})
