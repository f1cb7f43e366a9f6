import { Ajv } from 'ajv'
import { expect, it } from 'vitest'
import { ANYBODY } from '../../src/server/authenticate.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { Ground, tokensOf } from './ground.ts'
import { sections } from './document.ts'

it('is open to probes alone', async () => {
  await using ground = await Ground.open('memory:', {
    tokens: tokensOf({ x: ANYBODY }),
  })
  for (const path of ['/healthz', '/readyz']) expect((await fetch(`${ground.url}${path}`)).status).toBe(200)
  for (const path of ['/metrics', '/sd/prometheus', '/openapi.json']) {
    expect((await fetch(`${ground.url}${path}`)).status).toBe(401)
    expect((await fetch(`${ground.url}${path}`, { headers: { authorization: 'Bearer x' } })).status).toBe(200)
  }
})

it('counts instances, malformed records and writes', async () => {
  await using ground = await Ground.open()
  const id = await ground.register('a', 1)
  await ground.register('a', 2, { status: 'maintenance' })
  await ground.ask('PUT', `/registry/services/${id}/renew`)
  await ground.ask('PUT', '/registry/services/nobody/renew')
  const body = Buffer.from('no JSON')
  const bad = { id: '/aio/registry/a/bad', service: 'a', body, ttlGranted: null }
  for await (const { result } of ground.client.restore([bad])) expect(result).toBe('done')
  const text = await (await fetch(`${ground.url}/metrics`)).text()
  expect(text).toContain('rollcall_instances{service="a",status="active"} 1')
  expect(text).toContain('rollcall_instances{service="a",status="maintenance"} 1')
  expect(text).toContain('rollcall_malformed_records 1')
  expect(text).toMatch(/rollcall_oldest_unrenewed_seconds \d/)
  expect(text).toContain('rollcall_writes_total{action="register",result="done"} 2')
  expect(text).toContain('rollcall_writes_total{action="renew",result="done"} 1')
  expect(text).toContain('rollcall_writes_total{action="renew",result="404"} 1')
  expect(text).toContain('process_cpu_user_seconds_total')
})

it('marks as down what is not renewed, counts it and keeps it in the audit log', async () => {
  await using ground = await Ground.open('memory:', { now: Date.now }, { aioTtl: 1_000 })
  const id = await ground.register('a', 1)
  const metrics = async () => (await fetch(`${ground.url}/metrics`)).text()
  expect(await metrics()).toContain('rollcall_monitor_actions_total{action="down"} 0')
  await expect.poll(metrics, { timeout: 20_000 }).toContain('rollcall_monitor_actions_total{action="down"} 1')
  expect(await metrics()).toContain('rollcall_monitor_leader 1')
  expect(await metrics()).toContain('rollcall_clock_skew_seconds 0')
  await expect.poll(async () => (await ground.get(`/services/${id}`)).data.status).toBe('inactive')
  const marked = ground.audit.map((line) => JSON.parse(line)).find(({ who }) => who === 'monitor')
  expect(marked).toMatchObject({ action: 'offline', service: 'a', id, before: { id } })
  expect(marked).not.toHaveProperty('from')
})

it('leaves what is not renewed alone where it is not to be a monitor', async () => {
  await using ground = await Ground.open('memory:', { monitor: false }, { aioTtl: 200 })
  const id = await ground.register('a', 1)
  await expect.poll(async () => (await ground.get(`/services/${id}`)).data.status).toBe('expired')
  expect(await (await fetch(`${ground.url}/metrics`)).text()).toContain('rollcall_monitor_leader 0')
  expect((await ground.client.find({ id }))[0]?.observed.status).toBe('expired')
})

it('gives Prometheus what is up', async () => {
  await using ground = await Ground.open()
  await ground.register('a', 1, { metadata: { zone: 'z-1', 'a.b': 'c' }, env: 'prod' })
  await ground.register('a', 2, { status: 'maintenance' })
  await ground.register('b', 3, { protocol: 'grpc' })
  const ask = async (query = '') => (await fetch(`${ground.url}/sd/prometheus${query}`)).json()
  const a = {
    targets: ['127.0.0.1:1'],
    labels: expect.objectContaining({
      __meta_rollcall_service: 'a',
      __meta_rollcall_env: 'prod',
      __meta_rollcall_protocol: 'http',
      __meta_rollcall_metadata_zone: 'z-1',
      __meta_rollcall_metadata_a_b: 'c',
    }),
  }
  expect(await ask()).toEqual([a, expect.objectContaining({ targets: ['127.0.0.1:3'] })])
  expect(await ask('?service=a')).toEqual([a])
  expect(await ask('?protocol=grpc')).toMatchObject([{ targets: ['127.0.0.1:3'] }])
})

it('describes every route of the document in OpenAPI, as it answers', async () => {
  await using ground = await Ground.open()
  const { openapi, paths } = (await (await fetch(`${ground.url}/openapi.json`)).json()) as OpenApi
  expect(openapi).toBe('3.0.3')
  for (const { method, path } of sections) {
    const pattern = path.replace(':serviceID', '{id}').replace(':serviceName', '{service}')
    expect(Object.keys(paths[pattern] ?? {}), pattern).toContain(method.toLowerCase())
  }
  const { schema } = paths['/registry/services/{id}']?.get?.responses['200']?.content['application/json'] ?? {}
  const id = await ground.register('a')
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema ?? false)
  expect(validate(await (await fetch(`${ground.url}/registry/services/${id}`)).json())).toBe(true)
  expect(validate({ code: 1 })).toBe(false)
})

interface OpenApi {
  readonly openapi: string
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, { content: Record<string, { schema: object }> }> }>
  >
}

await describeWith('etcd', 'when the registry goes away', () => {
  it('the last picture is served, marked stale, and a write is refused', async () => {
    await using etcd = await startEtcd()
    await using ground = await Ground.open(`etcd://${etcd.endpoint}`)
    const id = await ground.register('a')
    await etcd.stop()
    await expect
      .poll(async () => (await ground.get('/discovery/a')).headers.get('x-rollcall-stale'), { timeout: 30_000 })
      .toBe('true')
    const answer = await ground.get('/services')
    expect(answer).toMatchObject({ status: 200, data: ['a'] })
    expect(answer.headers.get('x-rollcall-revision')).toMatch(/^\d+$/)
    const write = await ground.ask('PUT', `/registry/services/${id}/renew`)
    expect(write).toMatchObject({ status: 503, code: 50_300 })
    expect(await ground.get('/discovery/a?consistent=true')).toMatchObject({ status: 503, code: 50_300 })
    await etcd.restart()
    await expect
      .poll(async () => (await ground.get('/discovery/a')).headers.get('x-rollcall-stale'), { timeout: 30_000 })
      .toBe(null)
    await expect.poll(async () => (await ground.ask('PUT', `/registry/services/${id}/renew`)).status).toBe(200)
  })
})
