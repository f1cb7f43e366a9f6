import * as fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { anyText } from '../../any-text.ts'
import { dubboScheme } from '../../../src/backends/nacos/frameworks.ts'
import { type Host, hostIn } from '../../../src/backends/nacos/host.ts'
import { read } from '../../../src/backends/nacos/record.ts'
import { recordsOf } from '../../../src/backends/nacos/service-group.ts'

const PLACE = { namespace: 'public', group: 'G' }
const AS = { kind: undefined }

function host(ip: string, port: number, metadata: Record<string, unknown> = {}): Host {
  const flags = { healthy: true, enabled: true, ephemeral: true }
  const made = hostIn({ ip, port, weight: 1, ...flags, clusterName: 'DEFAULT', metadata })
  if (!made) throw new Error('no host')
  return made
}

const sponge = (id: string) => ({ id, kind: 'grpc', version: '' })

/** `{id} of {groupKey}` of each host of `user.grpc` and `user.http`. */
function ids(grpc: readonly Host[], http: readonly Host[] = []): string[] {
  const held = [
    { service: { ...PLACE, name: 'user.grpc' }, hosts: grpc },
    { service: { ...PLACE, name: 'user.http' }, hosts: http },
  ]
  return recordsOf({ readsAllClusters: true, cluster: 'DEFAULT' }, 'user', held).map((record) => {
    const reading = read(record, AS)
    return reading.is === 'instance'
      ? `${reading.instance.id} of ${reading.groupKey?.split('/').slice(3).join('/')}`
      : ''
  })
}

it('an instance has the id that Sponge keeps in its metadata, in all its endpoints at one ip', () => {
  expect(ids([host('a', 1, sponge('u-1')), host('a', 2, sponge('u-2'))], [host('a', 3, sponge('u-1'))])).toEqual([
    'u-1 of a/u-1',
    'u-2 of a/u-2',
    'u-1 of a/u-1',
  ])
})

it('an id that replicas share, or that is there twice, is no id', () => {
  expect(ids([host('a', 1, sponge('same')), host('b', 1, sponge('same'))])).toEqual(['a of a', 'b of b'])
  expect(ids([host('a', 1, sponge('same')), host('a', 2, sponge('same'))])).toEqual([
    'a:1 of undefined',
    'a:2 of undefined',
  ])
  expect(ids([host('a', 1, { id: 'x', kind: 'grpc' })])).toEqual(['a of a'])
  expect(ids([host('a', 1, sponge(''))])).toEqual(['a of a'])
})

it.each([
  [{ interface: 'I', protocol: 'tri' }, 'tri'],
  [{ interface: 'I', protocol: 'no scheme' }, undefined],
  [{ interface: 'I' }, undefined],
  [{ protocol: 'http' }, undefined],
  [{ 'dubbo.metadata.revision': 'f' }, 'dubbo'],
  [{ 'dubbo.endpoints': '[{"port":1,"protocol":"rest"},{"port":2,"protocol":"tri"}]' }, 'tri'],
  [{ 'dubbo.endpoints': '[{"port":1,"protocol":"rest"}]' }, 'dubbo'],
  [{ 'dubbo.endpoints': '{', 'dubbo.metadata-service.url-params': '{"protocol":"tri"}' }, 'tri'],
  [{ 'dubbo.endpoints': '[]', 'preserved.register.source': 'SPRING_CLOUD' }, undefined],
])('Dubbo with %j speaks %s', (metadata, scheme) => {
  expect(dubboScheme(host('a', 2, metadata))).toBe(scheme)
})

test('whatever the metadata of an instance hold, reading it never throws', () => {
  const keys = ['id', 'kind', 'version', 'interface', 'protocol', 'dubbo.endpoints', 'dubbo.metadata.revision']
  const word = fc.oneof(anyText(), fc.constantFrom('[{"port":1}]', '[null,1]', '{"protocol":1}', '[', '__proto__'))
  const metadata = fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.constantFrom('__proto__', 'secure')), word, {
    maxKeys: 4,
  })
  fc.assert(
    fc.property(
      fc.array(metadata, { maxLength: 3 }),
      fc.constantFrom('user.grpc', 'providers:I:1:g', '.grpc', 'app'),
      (all, name) => {
        const hosts = all.map((each, at) => host('a', at % 2, each))
        const held = [{ service: { namespace: 'p', group: 'G', name }, hosts }]
        for (const record of recordsOf({ readsAllClusters: true, cluster: 'DEFAULT' }, name, held))
          expect(['instance', 'malformed']).toContain(read(record, AS).is)
      },
    ),
  )
})
