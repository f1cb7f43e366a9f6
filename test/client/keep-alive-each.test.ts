import { EventEmitter, once } from 'node:events'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { InstanceToRegister, Registration, WriteOptions } from '../../src/backends/contract/backend.ts'
import type { Client, KeepAlive } from '../../src/client/client.ts'
import { RollcallError } from '../../src/model/errors.ts'
import { silent } from '../../src/model/logger.ts'
import { embedded, scripted } from './clients.ts'
import { ScriptedBackend, away, recordOf } from './scripted-backend.ts'

const many = (...ids: string[]): InstanceToRegister[] =>
  ids.map((id) => ({ instance: { name: 'pay', id, endpoints: ['grpc://h:9000'] } }))

/** All that is yielded until it ends, and how it ends. */
async function outcome(registering: AsyncIterable<readonly KeepAlive[]>) {
  const kept: KeepAlive[] = []
  try {
    for await (const some of registering) kept.push(...some)
    return { kept }
  } catch (error) {
    return { kept, error }
  }
}

const idsOf = async (client: Client) =>
  (await client.find({ service: 'pay' })).map(({ instance }) => instance.id).toSorted()
const endAll = (kept: readonly KeepAlive[]) => Promise.all(kept.map((each) => each[Symbol.asyncDispose]()))

describe('keeping many alive in an embedded registry', () => {
  let client: Client
  afterEach(() => client[Symbol.asyncDispose]())

  it('registers each on a lease of its own, tells of each, and deregisters each', async () => {
    client = await embedded()
    const told: string[] = []
    const { kept } = await outcome(
      client.keepAliveEach(many('a', 'b', 'c'), {
        ttl: 60,
        onEvent: ({ type }, { id }) => void told.push(`${id} ${type}`),
      }),
    )
    expect(told).toEqual(['a registered', 'b registered', 'c registered'])
    expect(kept.map(({ registration }) => registration.records[0]?.id)).toEqual(
      ['a', 'b', 'c'].map((id) => `/microservices/pay/${id}`),
    )
    expect(new Set(kept.map(({ registration }) => registration.lease)).size).toBe(3)
    for (const { registration } of kept) expect(await registration.beat?.()).toBe('ok')
    await kept[1]?.[Symbol.asyncDispose]()
    expect(await idsOf(client)).toEqual(['a', 'c'])
    await endAll(kept)
    expect(await idsOf(client)).toEqual([])
  })

  it('ends at an id that is taken: what comes before is kept, and of what comes after nothing is left', async () => {
    client = await embedded()
    await client.register({ name: 'pay', id: 'b', endpoints: ['grpc://other:1'] }, { ttl: null })
    const { kept, error } = await outcome(client.keepAliveEach(many('a', 'b', 'c'), { ttl: 60 }))
    expect(error).toMatchObject({ code: 'conflict', message: expect.stringContaining('pay/b') })
    expect(kept).toHaveLength(1)
    expect(await idsOf(client)).toEqual(['a', 'b'])
    await endAll(kept)
    expect(await client.find({ service: 'pay' })).toMatchObject([{ instance: { endpoints: ['grpc://other:1'] } }])
  })

  it('takes over what is there and says the same, and leaves it to nobody', async () => {
    client = await embedded()
    const [first] = many('a')
    if (first) await client.register(first.instance, { ttl: null })
    const { kept } = await outcome(client.keepAliveEach(many('a', 'b'), { ttl: 60 }))
    expect(kept.map(({ registration }) => registration.action)).toEqual(['renewed', 'created'])
    await endAll(kept)
    expect(await idsOf(client)).toEqual([])
  })

  it('refuses what cannot be dialled before anything is written', async () => {
    client = await embedded()
    const bad = [...many('a'), { instance: { name: 'pay', id: 'b', endpoints: ['grpc://h'] } }]
    expect(() => client.keepAliveEach(bad)).toThrow(expect.objectContaining({ code: 'usage' }))
    expect(await idsOf(client)).toEqual([])
  })

  it('deregisters what nobody took when its caller leaves', async () => {
    client = await embedded()
    await client.register({ name: 'pay', id: 'b', endpoints: ['grpc://h:9000'] }, { ttl: null })
    const taken: KeepAlive[] = []
    for await (const some of client.keepAliveEach(many('a', 'b', 'c'), { ttl: 60 })) {
      taken.push(...some)
      break
    }
    expect(taken).toHaveLength(1)
    expect(await idsOf(client)).toEqual(['a', 'b'])
    await endAll(taken)
  })
})

/** Registers together what its script has, as a registry does that takes many at once. */
class Together extends ScriptedBackend {
  readonly together: (Registration | RollcallError | undefined)[]
  readonly asked: WriteOptions[] = []

  constructor(...together: (Registration | RollcallError | undefined)[]) {
    super()
    this.together = together
  }

  async registerNew(instances: readonly InstanceToRegister[], options: WriteOptions) {
    this.asked.push(options)
    return this.together.splice(0, instances.length)
  }
}

function made({ ttl = 60_000, beatEvery = 5 } = {}) {
  const one = {
    action: 'created',
    records: [recordOf('pay/a')],
    expiresAt: Date.now() + ttl,
    beatEvery,
    beats: 0,
    ends: [] as string[],
    beat: async () => {
      one.beats += 1
      return 'ok' as const
    },
    release: async () => void one.ends.push('released'),
    [Symbol.asyncDispose]: async () => void one.ends.push('deregistered'),
  } satisfies Registration & { beats: number; ends: string[] }
  return one
}

describe('keeping many alive in a registry whose answers are decided here', () => {
  it('keeps what was registered together while another is tried alone, and yields it in its order', async () => {
    const [first, last, alone] = [made(), made(), made()]
    const backend = new Together(first, undefined, last)
    const gate = new EventEmitter()
    backend.register = async () => {
      await once(gate, 'open')
      return alone
    }
    const registering = scripted(backend).keepAliveEach(many('a', 'b', 'c'))
    const [some, rest] = [registering.next(), registering.next()]
    expect((await some).value).toMatchObject([{ registration: first }])
    await vi.waitFor(() => expect([first.beats > 1, last.beats > 1]).toEqual([true, true]))
    gate.emit('open')
    const { value } = await rest
    expect(value).toMatchObject([{ registration: alone }, { registration: last }])
    expect(backend.asked).toMatchObject([{ keepAlive: true }])
    expect([first.ends, alone.ends, last.ends]).toEqual([[], [], []])
    await registering.return()
    await endAll([...((await some).value ?? []), ...(value ?? [])])
    expect([first.ends, alone.ends, last.ends]).toEqual([1, 2, 3].map(() => ['deregistered']))
  })

  it('ends when the registry is silent, and takes back what came after', async () => {
    const last = made()
    const backend = new Together(made(), away(), last)
    backend.registrations.push(...Array.from({ length: 6 }, away))
    const { kept, error } = await outcome(scripted(backend).keepAliveEach(many('a', 'b', 'c')))
    expect(error).toMatchObject({ code: 'unreachable' })
    expect([kept.length, backend.registered, last.ends]).toEqual([1, 6, ['deregistered']])
    await endAll(kept)
  }, 30_000)

  it('says of what it could not take back that it may be there, and throws what it failed with', async () => {
    const last = made()
    last[Symbol.asyncDispose] = () => Promise.reject(away())
    const refusal = new RollcallError('conflict', 'taken')
    const warned: string[] = []
    const logger = { ...silent, warn: (message: string) => void warned.push(message) }
    const client = scripted(new Together(refusal, last), { logger })
    expect(await outcome(client.keepAliveEach(many('a', 'b')))).toEqual({ kept: [], error: refusal })
    expect(warned).toEqual(['pay/b may still be registered: nobody answers'])
  })

  it('yields what is registered when it is aborted, and then ends with the reason', async () => {
    const stop = new AbortController()
    const both = [made(), made()]
    const backend = new Together(...both)
    const registerNew = backend.registerNew.bind(backend)
    backend.registerNew = (...args) => {
      stop.abort(new RollcallError('terminated', 'terminated'))
      return registerNew(...args)
    }
    const { kept, error } = await outcome(scripted(backend).keepAliveEach(many('a', 'b'), { signal: stop.signal }))
    expect(error).toMatchObject({ code: 'terminated' })
    expect(kept.map((each) => each.registration)).toEqual(both)
    await endAll(kept)
    expect(both.map(({ ends }) => ends)).toEqual([['deregistered'], ['deregistered']])
  })

  it('sends the first heartbeat at once for one that has waited long for the others', async () => {
    const late = made({ ttl: 1_000, beatEvery: 3_600_000 })
    const { kept } = await outcome(scripted(new Together(late, made())).keepAliveEach(many('a', 'b')))
    await vi.waitFor(() => expect(late.beats).toBe(1))
    await endAll(kept)
  })
})
