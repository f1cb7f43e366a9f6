import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { collect, results } from '../../conformance/ground.ts'
import { FakeNacos3 } from './fake-v3.ts'
import { listed, openClient, openNacos, recordsIn } from './open.ts'

const LOGIN = { user: 'nacos', password: 'nacos' }
const sre = (ip: string) => ({ id: ip, name: 'sre', endpoints: [`grpc://${ip}:9000`, `http://${ip}:8000`] })

describe('Nacos 3', () => {
  let fake: FakeNacos3
  beforeEach(async () => {
    fake = await FakeNacos3.start(['public', 'dev'])
  })
  afterEach(() => fake[Symbol.asyncDispose]())

  const url = (query = '') => `nacos://${fake.endpoint}${query}`

  it('is found by asking, once', async () => {
    await using backend = await openNacos(url(), LOGIN)
    await recordsIn(backend)
    await recordsIn(backend)
    const probes = fake.calls.filter((call) => call.startsWith('GET /v3/client/ns/instance/list'))
    expect(probes).toHaveLength(1)
    expect(fake.calls.filter((call) => call.includes('/v3/auth/user/login'))).toHaveLength(1)
  })

  it('is found by one who asked too early, as soon as it has begun', async () => {
    fake.isStarting = true
    await using backend = await openNacos(url(), LOGIN)
    await expect(recordsIn(backend)).rejects.toMatchObject({ code: 'unreachable' })
    fake.isStarting = false
    expect(await recordsIn(backend)).toEqual([])
  })

  it('is written to by the client API and read by the admin API, in all clusters', async () => {
    await using one = await openClient(url(), LOGIN)
    await using other = await openClient(url('?cluster=c1'), LOGIN)
    await one.register(sre('10.0.0.1'))
    await other.register(sre('10.0.0.2'))
    expect(await listed(one)).toEqual([
      'sre/10.0.0.1 grpc://10.0.0.1:9000 http://10.0.0.1:8000 up',
      'sre/10.0.0.2 grpc://10.0.0.2:9000 http://10.0.0.2:8000 up',
    ])
    expect(await listed(other)).toHaveLength(1)
    expect(fake.calls.find((call) => call.startsWith('POST /v3/client/ns/instance?'))).toBe(
      `POST /v3/client/ns/instance?${new URLSearchParams({
        namespaceId: 'public',
        groupName: 'DEFAULT_GROUP',
        serviceName: 'sre.grpc',
        clusterName: 'DEFAULT',
        ip: '10.0.0.1',
        port: '9000',
        weight: '100',
        enabled: 'true',
        ephemeral: 'true',
        metadata: '{"kind":"grpc","version":""}',
      }).toString()}`,
    )
  })

  it('is asked for one group exactly, though it finds it anywhere in a name', async () => {
    await using team = await openClient(url('?group=TEAM'), LOGIN)
    await using other = await openClient(url('?group=TEAM-2'), LOGIN)
    await team.register(sre('10.0.0.1'))
    await other.register(sre('10.0.0.2'))
    expect(await listed(team)).toEqual(['sre/10.0.0.1 grpc://10.0.0.1:9000 http://10.0.0.1:8000 up'])
    await using all = await openClient(url(), { ...LOGIN, allNamespaces: true })
    expect(await listed(all)).toHaveLength(2)
  })

  it('says with 21003 that it forgot an instance', async () => {
    await using backend = await openNacos(url(), LOGIN)
    const registration = await backend.register(sre('10.0.0.1'), { keepAlive: true })
    expect([registration.beatEvery, await registration.beat?.()]).toEqual([5_000, 'ok'])
    fake.forgetInstances()
    expect(await registration.beat?.()).toBe('lost')
    const outcomes = await backend.renew?.(registration.records)
    expect(new Set(outcomes?.map(({ result }) => result))).toEqual(new Set(['absent']))
  })

  it('lists what is disabled, and is told weight and metadata with it', async () => {
    await using backend = await openNacos(url(), LOGIN)
    await backend.register({ ...sre('10.0.0.1'), metadata: { zone: 'a' } }, { weight: 7 })
    const outcomes = await backend.setStatus?.(await recordsIn(backend), 'down')
    expect(new Set(outcomes?.map(({ result }) => result))).toEqual(new Set(['done']))
    const readings = (await recordsIn(backend)).map((record) => backend.read(record, Date.now()))
    expect(readings).toMatchObject([
      { instance: { metadata: { zone: 'a' } }, observed: { status: 'down', weight: 7 } },
      { instance: { metadata: { zone: 'a' } }, observed: { status: 'down', weight: 7 } },
    ])
  })

  it('tells which gRPC client holds an instance', async () => {
    await using backend = await openNacos(url(), LOGIN)
    await backend.register({ ...sre('10.0.0.1'), endpoints: ['grpc://10.0.0.1:9000'] }, {})
    fake.grpcClients.set('10.0.0.1:9000', '1795261740842_10.0.0.1_60182')
    const [record] = await recordsIn(backend)
    const [outcome] = await collect(backend.remove(record ? [record] : []))
    expect(outcome).toMatchObject({
      result: 'unsupported',
      error: {
        message: expect.stringContaining('1795261740842_10.0.0.1_60182'),
        hint: expect.stringContaining('`setStatus`'),
      },
    })
  })

  it('gives a new token when the old one is no longer taken', async () => {
    await using backend = await openNacos(url(), LOGIN)
    const { records } = await backend.register(sre('10.0.0.1'), {})
    fake.forgetTokens()
    expect(results(await collect(backend.remove(records)))).toEqual(
      Object.fromEntries(records.map(({ id }) => [id, 'done'])),
    )
    expect(fake.calls.filter((call) => call.includes('/v3/auth/user/login'))).toHaveLength(2)
  })

  it('lists nothing without a login', async () => {
    await using backend = await openNacos(url())
    await expect(recordsIn(backend)).rejects.toMatchObject({
      code: 'unauthenticated',
      hint: expect.stringContaining('`user`'),
    })
  })

  it('refuses a wrong user, and says whom', async () => {
    await using backend = await openNacos(url(), { user: 'eve', password: 'x' })
    await expect(recordsIn(backend)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('"eve"'),
    })
  })
})
