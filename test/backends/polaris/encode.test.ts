import { expect, it } from 'vitest'
import { openAt, targetAt } from './open.ts'

const SRE = { name: 'sre', id: 'i-1', version: 'v1', endpoints: ['grpc://10.0.0.1:9000', 'http://10.0.0.1:8000'] }

it('writes what the newer module writes, with the id as the mark', async () => {
  await using backend = await openAt('polaris://127.0.0.1:8090?namespace=team')
  expect(backend.encode({ ...SRE, metadata: { zone: 'a' } }, { weight: 50, env: 'prod' })).toMatchObject([
    {
      id: 'team/sre/10.0.0.1:9000',
      service: 'sre',
      body: {
        instance: {
          protocol: 'grpc',
          version: 'v1',
          weight: 50,
          metadata: { env: 'prod', merge: 'i-1', weight: '50', zone: 'a' },
        },
      },
    },
    { id: 'team/sre/10.0.0.1:8000', service: 'sre', body: { instance: { protocol: 'http', weight: 50 } } },
  ])
})

it('writes what the older module writes, in layout kratos-scheme', async () => {
  await using backend = await openAt('polaris://127.0.0.1:8090', { layout: 'kratos-scheme' })
  expect(backend.encode(SRE, {})).toMatchObject([
    {
      id: 'default/sregrpc/10.0.0.1:9000',
      service: 'sre',
      body: { instance: { protocol: '', weight: 100, metadata: { kind: 'grpc', merge: 'i-1' } } },
    },
    { id: 'default/srehttp/10.0.0.1:8000', body: { instance: { metadata: { kind: 'http', merge: 'i-1' } } } },
  ])
})

it('reads back what it writes, IPv6 and weights in the metadata too', async () => {
  for (const layout of ['kratos', 'kratos-scheme'] as const) {
    await using backend = await openAt('polaris://127.0.0.1:8090', { layout })
    const instance = { ...SRE, metadata: { weight: '7', env: 'x' }, endpoints: ['grpcs://[2001:db8::1]:9000'] }
    const [record] = backend.encode(instance, {})
    expect(record && backend.read(record, 0)).toMatchObject({
      is: 'instance',
      instance,
      observed: { weight: 7, env: 'x', layout, place: { namespace: 'default' } },
    })
  }
})

it.each([
  ['no endpoint', { endpoints: [] }],
  ['an endpoint that would lose its query', { endpoints: ['grpc://10.0.0.1:9000?isSecure=true'] }],
  ['an endpoint without a port', { endpoints: ['grpc://10.0.0.1'] }],
  ['two schemes at one address', { endpoints: ['grpc://10.0.0.1:9000', 'http://10.0.0.1:9000'] }],
  ['a name beyond ASCII', { name: '用户服务' }],
  ['a long version', { version: 'v'.repeat(33) }],
  ['a taken metadata key', { metadata: { merge: 'x' } }],
  ['too much metadata', { metadata: Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`k${at}`, ''])) }],
])('refuses %s', async (_, part) => {
  await using backend = await openAt('polaris://127.0.0.1:8090')
  expect(() => backend.encode({ ...SRE, ...part }, {})).toThrow(expect.objectContaining({ code: 'usage' }))
})

it.each([
  ['no server', 'polaris:', {}],
  ['a path', 'polaris://127.0.0.1:8090/sre', {}],
  ['a prefix', 'polaris://127.0.0.1:8090', { prefix: '/x' }],
  ['a port that is none', 'polaris://127.0.0.1:99999', {}],
])('refuses a URL with %s', (_, url, settings) => {
  expect(() => targetAt(url, settings)).toThrow(expect.objectContaining({ code: 'usage' }))
})

it('says where it is, without secrets', () => {
  const where = ['polariss://a,b:1?namespace=team', { token: 'secret' }] as const
  expect(targetAt(...where)).toMatchObject({ endpoints: ['a:8090', 'b:1'], secure: true, namespace: 'team' })
  expect(targetAt(...where).display).toBe('polariss://a:8090,b:1?namespace=team')
  expect(targetAt('polaris://a', { allNamespaces: true }).display).toBe('polaris://a:8090')
})
