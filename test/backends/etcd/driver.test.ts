import { describe, expect, it } from 'vitest'
import type { Environment, Settings, Target } from '../../../src/backends/contract/driver.ts'
import { etcd } from '../../../src/backends/etcd/driver.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'

const DEFAULTS: Settings = { requestTimeout: 5_000, aioTtl: 30_000 }

function parse(url: string, settings: Partial<Settings> = {}, environment: Environment = {}): Target {
  return etcd.parse(parseRegistryUrl(url), { ...DEFAULTS, ...settings }, environment)
}

const usage = (text: string) => expect.objectContaining({ code: 'usage', message: expect.stringContaining(text) })

describe('an etcd URL', () => {
  it('names endpoints, with the usual port where none is written', () => {
    expect(parse('etcd://a,b:1234,[::1]:99')).toMatchObject({
      driver: 'etcd',
      display: 'etcd://a:2379,b:1234,[::1]:99',
      endpoints: ['a:2379', 'b:1234', '[::1]:99'],
      secure: false,
      layout: 'auto',
    })
    expect(parse('etcds://a')).toMatchObject({ display: 'etcds://a:2379', secure: true })
  })

  it('takes its path for the prefix, less what a flag says', () => {
    expect(parse('etcd://a/kratos/prod/').prefix).toBe('/kratos/prod')
    expect(parse('etcd://a/').prefix).toBeUndefined()
    expect(parse('etcd://a/kratos', { prefix: '/other' }).prefix).toBe('/other')
  })

  it.each(['etcd://a:', 'etcd://a:70000', 'etcd://a b', 'etcd://:2379', 'etcd:127.0.0.1:2379', 'etcd://a:2379:1'])(
    'refuses %s',
    (url) => {
      expect(() => parse(url)).toThrow(expect.objectContaining({ code: 'usage' }))
    },
  )

  it('looks up one domain', () => {
    expect(parse('etcd+srv://example.org/kratos')).toMatchObject({
      display: 'etcd+srv://example.org',
      endpoints: ['example.org'],
      prefix: '/kratos',
    })
    for (const url of ['etcd+srv:', 'etcd+srv://a,b', 'etcd+srv://a:2379'])
      expect(() => parse(url)).toThrow(usage('one domain'))
  })
})

describe("etcdctl's environment", () => {
  it('completes "etcd:", and never a URL that names a host', () => {
    const environment = { ETCDCTL_ENDPOINTS: 'http://a:1/, b:2 ,c' }
    expect(parse('etcd:', {}, environment)).toMatchObject({ endpoints: ['a:1', 'b:2', 'c:2379'], secure: false })
    expect(parse('etcd://d', {}, environment).endpoints).toEqual(['d:2379'])
    expect(() => parse('etcd:')).toThrow(usage('ETCDCTL_ENDPOINTS is not set'))
    expect(() => parse('etcd:', {}, { ETCDCTL_ENDPOINTS: '' })).toThrow(usage('ETCDCTL_ENDPOINTS is not set'))
  })

  it('says with https:// that TLS is wanted', () => {
    const secure = { ETCDCTL_ENDPOINTS: 'https://a:1,https://b:2' }
    expect(parse('etcd:', {}, secure)).toMatchObject({ secure: true, display: 'etcds://a:1,b:2' })
    expect(parse('etcds:', {}, { ETCDCTL_ENDPOINTS: 'a,https://b' }).secure).toBe(true)
    expect(() => parse('etcd:', {}, { ETCDCTL_ENDPOINTS: 'a,https://b' })).toThrow(usage('without TLS'))
    expect(() => parse('etcds:', {}, { ETCDCTL_ENDPOINTS: 'http://a' })).toThrow(usage('without TLS'))
  })

  it('names user and password, where nothing else does', () => {
    const environment = { ETCDCTL_USER: 'ops:a:b', ETCDCTL_PASSWORD: undefined }
    expect(parse('etcd://a', {}, environment)).toMatchObject({ user: 'ops', password: 'a:b' })
    expect(parse('etcd://a', { password: 'p' }, environment)).toMatchObject({ user: 'ops', password: 'p' })
    expect(parse('etcd://a', {}, { ETCDCTL_USER: 'ops', ETCDCTL_PASSWORD: 'p' })).toMatchObject({ password: 'p' })
    expect(() => parse('etcd://other@a', {}, environment)).toThrow(usage('"other"'))
    expect(() => parse('etcd://ops@a')).toThrow(usage('password'))
    expect(parse('etcd://a', { password: 'of-nobody' })).not.toHaveProperty('user')
  })

  it('names certificates, which are of no use without TLS', () => {
    const environment = { ETCDCTL_CACERT: 'ca', ETCDCTL_CERT: 'cert', ETCDCTL_KEY: 'key' }
    expect(parse('etcds://a', { tls: { cacert: 'mine' } }, environment).tls).toEqual({
      cacert: 'mine',
      cert: 'cert',
      key: 'key',
    })
    expect(parse('etcd://a', {}, environment).tls).toBeUndefined()
    expect(() => parse('etcd://a', { tls: { cacert: 'mine' } })).toThrow(usage('etcd:// does not use TLS'))
  })
})
