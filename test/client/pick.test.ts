import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type PickOptions, pick } from '../../src/client/pick.ts'
import type { InstanceInit } from '../../src/model/instance.ts'
import type { InstanceEntry } from '../../src/model/reading.ts'
import { embedded } from './clients.ts'
import { closed } from './purge/speakers.ts'

/** The instances of a service as they are listed. */
async function listed(...instances: readonly Partial<InstanceInit>[]): Promise<InstanceEntry[]> {
  await using client = await embedded()
  for (const [at, instance] of instances.entries()) {
    const id = 'abc'.charAt(at)
    // What cannot be dialled is refused by the client, and may lie there all the same.
    await client.backend.register({ name: 'pay', id, endpoints: [`grpc://${id}:9000`], ...instance }, {})
  }
  return await client.find({ service: 'pay' })
}

async function ids(entries: readonly InstanceEntry[], options: PickOptions, times: number): Promise<string> {
  const picked: string[] = []
  for (let time = 0; time < times; time++) picked.push((await pick(entries, options)).picked?.instance.id ?? '-')
  return picked.join('')
}

describe('one of the instances that were listed', () => {
  it('is the next in turn where it is kept whose turn it is, also as JSON', async () => {
    const entries = await listed({}, {}, {})
    const turns = {}
    expect(await ids(entries, { turns }, 4)).toBe('abca')
    expect(await ids(entries, { turns: JSON.parse(JSON.stringify(turns)) }, 2)).toBe('bc')
    expect(await ids(entries, {}, 3)).toBe('aaa')
  })

  it('comes with why each of the others cannot be chosen', async () => {
    const entries = await listed({ endpoints: ['grpc://a'] }, { metadata: { zone: 'far' } }, {})
    const options: PickOptions = { prefer: [({ instance }) => instance.metadata['zone'] !== 'far'] }
    const { picked, considered } = await pick(entries, options)
    expect(picked).toMatchObject({ url: 'grpc://c:9000', address: 'c:9000', instance: { id: 'c' } })
    expect(considered.map(({ leftOut, candidate }) => leftOut ?? candidate?.url)).toEqual([
      'not-dialable',
      'less-preferred',
      'grpc://c:9000',
    ])
    const none = await pick(entries, { where: () => false })
    expect(none.picked).toBeUndefined()
    expect(none.considered.map(({ leftOut }) => leftOut)).toEqual(['not-meant', 'not-meant', 'not-meant'])
  })

  it('has an endpoint of the scheme that is asked for', async () => {
    const entries = await listed({ endpoints: ['grpc://a:1', 'http://a:2'] })
    const urls = async (scheme: PickOptions['scheme']) => (await pick(entries, { scheme })).picked?.url
    expect(await urls('http')).toBe('http://a:2')
    expect(await urls(['https', 'http'])).toBe('http://a:2')
    expect(await urls((scheme) => scheme.startsWith('gr'))).toBe('grpc://a:1')
    expect(await urls('udp')).toBeUndefined()
  })

  it('is the quicker of two that were connected to, and one that answers before one that does not', async () => {
    const server = createServer((socket) => socket.end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const there = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
    const entries = await listed({ endpoints: [`tcp://${await closed()}`] }, { endpoints: [there] })
    const { picked, considered } = await pick(entries, { strategy: 'least-rtt' })
    server.close()
    expect(picked?.instance.id).toBe('b')
    expect(considered.map(({ roundTrip }) => typeof roundTrip)).toEqual(['undefined', 'number'])
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(pick(entries, { strategy: 'least-rtt', signal })).rejects.toThrow('enough')
  })
})
