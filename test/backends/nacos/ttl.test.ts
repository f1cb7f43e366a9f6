import { expect, it } from 'vitest'
import { encode } from '../../../src/backends/nacos/encode.ts'

const PLACE = { namespace: 'public', group: 'DEFAULT_GROUP', cluster: 'DEFAULT' }

const withTtl = (ttl: number | null) =>
  encode(PLACE, { name: 'sre', id: 'a', endpoints: ['grpc://10.0.0.1:9000'] }, { ttl })

it('a TTL is as long as Nacos can keep it: it forgets who is silent for three minutes', () => {
  expect(withTtl(90)[0]?.body.host).toMatchObject({
    ephemeral: true,
    metadata: { 'preserved.heart.beat.timeout': '90000', 'preserved.ip.delete.timeout': '180000' },
  })
  expect(withTtl(null)[0]?.body.host.ephemeral).toBe(false)
  for (const ttl of [91, 600, Infinity]) expect(() => withTtl(ttl)).toThrow(`a TTL of ${ttl}s is too long for Nacos`)
  for (const ttl of [0, 1, Number.NaN]) expect(() => withTtl(ttl)).toThrow(`a TTL of ${ttl}s is too short for Nacos`)
})
