import { describe, expect, it } from 'vitest'
import type { Settings } from '../../../src/backends/contract/driver.ts'
import { type TargetTable, parseTarget } from '../../../src/backends/contract/target.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'

const USERS: TargetTable = {
  driver: 'nacos',
  title: 'Nacos',
  schemes: ['nacos', 'nacoss'],
  port: 8848,
  logins: 'users',
  path: true,
  variables: {
    hosts: 'N_HOSTS',
    port: 'N_PORT',
    user: 'N_USER',
    password: 'N_PASSWORD',
    token: 'N_TOKEN',
    tokenFile: 'N_TOKEN_FILE',
    cacert: 'N_CACERT',
    serverName: 'N_SERVER_NAME',
  },
}
const TOKENS: TargetTable = {
  driver: 'http',
  title: 'HTTP',
  schemes: ['http', 'https'],
  port: [80, 443],
  logins: 'tokens',
  insteadOfPrefix: () => 'name a path',
}

function parse(table: TargetTable, url: string, settings: Partial<Settings> = {}, environment = {}) {
  return parseTarget(table, parseRegistryUrl(url), { requestTimeout: 1, aioTtl: 1, ...settings }, environment)
}

describe('a target', () => {
  it('has the servers of the URL, each with its port or the usual one of the scheme', () => {
    expect(parse(USERS, 'nacos://a,b:1')).toMatchObject({
      driver: 'nacos',
      display: 'nacos://a:8848,b:1',
      endpoints: ['a:8848', 'b:1'],
      secure: false,
      layout: 'auto',
    })
    expect(parse(TOKENS, 'http://a').endpoints).toEqual(['a:80'])
    expect(parse(TOKENS, 'https://a')).toMatchObject({ endpoints: ['a:443'], secure: true, tls: {} })
  })

  it('has the servers of the environment where the URL names none', () => {
    const environment = { N_HOSTS: 'a, b:2', N_PORT: '7' }
    expect(parse(USERS, 'nacos:', {}, environment).endpoints).toEqual(['a:7', 'b:2'])
    expect(() => parse(USERS, 'nacos:')).toThrow('nacos: names no server, and N_HOSTS is not set')
  })

  it('logs in as the settings say, else as the URL, else as the environment', () => {
    const environment = { N_USER: 'env', N_PASSWORD: 'env-word', N_TOKEN: 'env-token' }
    expect(parse(USERS, 'nacos://a', {}, environment)).toMatchObject({ user: 'env', password: 'env-word' })
    expect(parse(USERS, 'nacos://url@a', {}, environment)).toMatchObject({ user: 'url', password: 'env-word' })
    expect(parse(USERS, 'nacos://url@a', { user: 'set', password: 'p' }, environment)).toMatchObject({
      user: 'set',
      password: 'p',
    })
    expect(parse(USERS, 'nacos://a', { token: 'set' }, environment)).toMatchObject({ token: 'set' })
    expect(parse(USERS, 'nacos://a', { token: 'set' }, environment).user).toBeUndefined()
    expect(parse(USERS, 'nacos://a', {}, { N_TOKEN: 't', N_TOKEN_FILE: 'f' })).toMatchObject({ token: 't' })
    expect(parse(USERS, 'nacos://a', {}, { N_TOKEN_FILE: 'f' })).toMatchObject({ tokenFile: 'f' })
  })

  it('has certificates over TLS alone, those of the settings first', () => {
    const environment = { N_CACERT: '/env.pem', N_SERVER_NAME: 'n' }
    expect(parse(USERS, 'nacoss://a', { tls: { cacert: '/set.pem' } }, environment).tls).toEqual({
      cacert: '/set.pem',
      serverName: 'n',
    })
    expect(parse(USERS, 'nacos://a', {}, environment).tls).toBeUndefined()
    expect(() => parse(USERS, 'nacos://a', { tls: { key: '/k' } })).toThrow('without TLS')
  })

  it.each([
    ['a path', TOKENS, 'http://a/x', {}],
    ['a prefix', TOKENS, 'http://a', { prefix: '/x' }],
    ['a user', TOKENS, 'http://u@a', {}],
    ['a password', TOKENS, 'http://a', { password: 'p' }],
    ['a user without a password', USERS, 'nacos://u@a', {}],
    ['no slashes', USERS, 'nacos:a', {}],
    ['a port that is none', USERS, 'nacos://a:99999', {}],
  ] as const)('is refused with %s', (_, table, url, settings) => {
    expect(() => parse(table, url, settings)).toThrow(expect.objectContaining({ code: 'usage' }))
  })
})
