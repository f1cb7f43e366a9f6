import { describe, expect, it } from 'vitest'
import { targetFrom } from '../../src/config/target.ts'
import { refusal } from './place.ts'

const SCHEMES = [
  'etcd',
  'etcds',
  'consul',
  'consuls',
  'nacos',
  'polaris',
  'eureka',
  'eurekas',
  'zookeeper',
  'http',
  'https',
]
const NO_HOSTS = [
  'a b',
  'a\tb',
  'a<b',
  'a^b',
  'a|b',
  'a%zz',
  'a%20b',
  '256.1.1.1',
  '[::1',
  '[zz]',
  '[:: 1]',
  'a:99999',
  'a:-1',
  'a:b',
  'a:1:2',
]

describe.each(SCHEMES)('a host of %s://', (scheme) => {
  it.each(NO_HOSTS)('is not %j', async (host) => {
    const error = await refusal(() => targetFrom(`${scheme}://${host}`))
    expect(error.code).toBe('usage')
    expect(error.message).toContain('is not a host or host:port')
  })

  it('may have blanks around it', () => {
    expect(targetFrom(` ${scheme}://a:1, b:2 ,[::1]:3 `).endpoints).toEqual(['a:1', 'b:2', '[::1]:3'])
  })
})

describe('a variable with hosts', () => {
  it.each([
    ['consul:', { CONSUL_HTTP_ADDR: ' a:1' }],
    ['consul:', { CONSUL_HTTP_ADDR: 'http://a:1 \n' }],
    ['etcd:', { ETCDCTL_ENDPOINTS: ' a:1 ' }],
    ['nacos:', { NACOS_HOST: ' a ', NACOS_PORT: ' 1 ' }],
  ])('may have blanks around it: %s %o', (url, environment) => {
    expect(targetFrom(url, {}, environment).endpoints).toEqual(['a:1'])
  })

  it.each([
    ['consul:', { CONSUL_HTTP_ADDR: 'a b:1' }],
    ['etcd:', { ETCDCTL_ENDPOINTS: 'a b:1' }],
    ['nacos:', { NACOS_HOST: 'a b' }],
    ['nacos:', { NACOS_HOST: 'a', NACOS_PORT: '1 2' }],
  ])('has none within: %s %o', async (url, environment) => {
    expect((await refusal(() => targetFrom(url, {}, environment))).code).toBe('usage')
  })
})

it('a bare list of hosts with a well-known port may have blanks, too', () => {
  expect(targetFrom('a:8500, b:8500')).toMatchObject({ driver: 'consul', endpoints: ['a:8500', 'b:8500'] })
})
