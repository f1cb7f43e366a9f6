import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Ground, onEmbeddedAndEtcd } from './ground.ts'

// What AIO's own server takes, and clients written against it rely on.

let ground: Ground
let id: string
beforeAll(async () => {
  ground = await Ground.open()
  id = await ground.register('kept')
})
afterAll(() => ground[Symbol.asyncDispose]())

describe('a route that takes no body', () => {
  const bodies: readonly (readonly [string, string | undefined, Record<string, string>])[] = [
    ['nothing', undefined, {}],
    ['a JSON type and no body', undefined, { 'content-type': 'application/json' }],
    ['a form type and an empty body', '', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['an empty object', '{}', { 'content-type': 'application/json' }],
    ['half a JSON text', '{"id":', { 'content-type': 'application/json' }],
    ['a body of another kind', '<a/>', { 'content-type': 'text/xml' }],
    ['a type that is not valid', 'x', { 'content-type': ';;' }],
    ['another encoding', 'x', { 'content-encoding': 'gzip', 'content-type': 'application/json' }],
    ['100 kB', 'x'.repeat(100_000), { 'content-type': 'text/plain' }],
  ]
  it.each(bodies)('takes %s', async (_, body, headers) => {
    const send = (method: string, path: string) => ground.ask(method, `/registry${path}`, body, headers)
    expect(await send('PUT', `/services/${id}/renew`)).toMatchObject({ status: 200, code: 20_000 })
    expect(await send('PUT', `/services/${id}/offline`)).toMatchObject({ status: 200, data: { status: 'inactive' } })
    expect(await send('DELETE', `/services/${await ground.register('brief', 1)}`)).toMatchObject({ status: 200 })
    await ground.register('brief', 2)
    expect(await send('DELETE', '/admin/services/brief')).toMatchObject({ status: 200, data: { removed_count: 1 } })
    expect(await send('PUT', `/services/${id}/renew`)).toMatchObject({ status: 200, code: 20_000 })
  })
})

it.each([
  ['a slash at the end', (path: string) => `/registry${path}/`],
  ["the base path of AIO's console", (path: string) => `/api/registry${path}`],
])('%s is taken', async (_, under) => {
  expect(await ground.ask('GET', under('/services'))).toMatchObject({ status: 200, data: ['kept'] })
  expect(await ground.ask('GET', under(`/services/${id}`))).toMatchObject({ status: 200, data: { id } })
  expect(await ground.ask('GET', under('/discovery/kept'))).toMatchObject({ status: 200, data: [{ id }] })
  expect(await ground.ask('GET', `${under('/discovery/kept')}?status=down`)).toMatchObject({ status: 200, data: [] })
  expect(await ground.ask('PUT', under(`/services/${id}/renew`))).toMatchObject({ status: 200 })
  expect(await ground.ask('GET', under('/admin/all'))).toMatchObject({ data: { kept: [{ id }] } })
  expect(await ground.ask('GET', under('/nothing'))).toMatchObject({ status: 404 })
})

it('a slash at the end is taken beside /registry, and other paths stay unknown', async () => {
  expect((await fetch(`${ground.url}/sd/prometheus/`)).status).toBe(200)
  for (const path of ['/api/registryx/services', '/api', '/api/healthz', '/api/api/registry/services'])
    expect((await fetch(`${ground.url}${path}`)).status).toBe(404)
})

await onEmbeddedAndEtcd('a registration as clients of AIO send it', (open) => {
  it('may be a form, with metadata in brackets or behind a dot', async () => {
    await using own = await open()
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const form =
      'name=f&address=10.0.0.1%3A80&protocol=grpc&env=dev&weight=7&metadata%5Bzone%5D=a+b&metadata.rack=r1&metadata[__proto__]=p'
    const { status, data } = await own.ask('POST', '/registry/services', form, type)
    expect(status).toBe(200)
    expect(data).toMatchObject({ name: 'f', address: '10.0.0.1:80', protocol: 'grpc', env: 'dev', weight: 7 })
    const metadata = new Map(Object.entries(data.metadata))
    expect(metadata).toEqual(
      new Map([
        ['zone', 'a b'],
        ['rack', 'r1'],
        ['__proto__', 'p'],
      ]),
    )
    for (const bad of ['', 'name=f', 'name=f&address=10.0.0.1:80&weight=heavy', 'name=f&address=nowhere'])
      expect(await own.ask('POST', '/registry/services', bad, type)).toMatchObject({ status: 400, code: 40_000 })
    expect(await own.ask('POST', '/registry/records', 'instance=x', type)).toMatchObject({ status: 400 })
  })

  it('of an environment that is not known is for all, and of a weight below zero has the default', async () => {
    await using own = await open()
    const all = await own.register('a', 80)
    expect(await own.register('a', 80, { env: 'production', weight: -5 })).toBe(all)
    expect((await own.get(`/services/${all}`)).data).toMatchObject({ env: 'all', weight: 100 })
    const [plain = '', noted = ''] = own.audit
    expect(JSON.parse(plain)).not.toHaveProperty('notes')
    expect(JSON.parse(noted).notes).toEqual([expect.stringContaining('"production"'), expect.stringContaining('-5')])
  })

  it('is answered with the times that are stored, to the last digit', async () => {
    await using own = await open()
    const time = '2024-05-06T07:08:09.123456789+02:00'
    const record = { id: 'old-1', name: 'old', address: '10.0.0.1:80', protocol: 'http', env: 'all', weight: 100 }
    const times = { register_time: time, start_time: time, last_renew_time: time, offline_time: time }
    const body = Buffer.from(JSON.stringify({ ...record, ...times, status: 'down' }))
    const prefix = own.client.target.url.query['prefix'] ?? '/aio/registry'
    const raw = { id: `${prefix}/old/old-1`, service: 'old', body, ttlGranted: null }
    for await (const { result } of own.client.restore([raw])) expect(result).toBe('done')
    expect((await own.get('/services/old-1?consistent=true')).data).toMatchObject(times)
    const health = (await own.get('/services/old-1/health?consistent=true')).data
    expect(health).toMatchObject({ online: false, offline: true })
    expect(health.offline_duration).toMatch(/^\d+h\d+m\d+(\.\d{1,3})?s$/)
  })
})
