import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type EndpointFlawCode,
  isLoopback,
  isUnspecified,
  parseAddress,
  parseEndpoint,
} from '../../src/model/endpoint.ts'
import { hostileUrl } from '../layouts/hostile.ts'
import { GO_PATIENCE, askGo, type GoAnswer, skipsGo } from '../oracle/go.ts'

describe('parseEndpoint', () => {
  it('reads scheme, host, port and address', () => {
    expect(parseEndpoint('grpc://192.168.1.100:9000')).toEqual({
      is: 'endpoint',
      scheme: 'grpc',
      host: '192.168.1.100',
      port: 9000,
      address: '192.168.1.100:9000',
      secure: false,
    })
  })

  it('takes the brackets off an IPv6 host, and leaves them in the address', () => {
    expect(parseEndpoint('GRPCS://[fe80::1%25eth0]:9000/x?y#z')).toMatchObject({
      scheme: 'grpcs',
      host: 'fe80::1%eth0',
      address: '[fe80::1%eth0]:9000',
      secure: true,
    })
  })

  it.each([
    ['grpc://h:1?isSecure=true', true, true],
    ['http://h:1?a=b&isSecure=T', true, true],
    ['grpc://h:1?isSecure=false', false, false],
    ['grpc://h:1?isSecure=yes', false, false],
    ['https://h:1?isSecure=false', true, false],
    ['grpc://h:1?issecure=true', false, undefined],
  ])('%s: secure %s, by the legacy query %s', (text, secure, legacySecure) => {
    const endpoint = parseEndpoint(text)
    expect(endpoint).toMatchObject({ is: 'endpoint', secure })
    expect('legacySecure' in endpoint ? endpoint.legacySecure : undefined).toBe(legacySecure)
  })

  it.each<[string, EndpointFlawCode]>([
    ['grpc:', 'no-host'],
    ['grpc://', 'no-host'],
    ['grpc://:9000', 'no-host'],
    ['grpc:9000', 'no-host'],
    ['grpc:///path', 'no-host'],
    ['grpc://h', 'no-port'],
    ['grpc://h:', 'no-port'],
    ['grpc://[::1]', 'no-port'],
    ['', 'no-scheme'],
    ['10.0.0.1:9000', 'no-scheme'],
    ['localhost:9000', 'no-scheme'],
    ['[::1]:9000', 'no-scheme'],
    ['//h:9000', 'no-scheme'],
    ['h', 'no-scheme'],
    ['://h:9000', 'bad-url'],
    ['grpc://h:x', 'bad-url'],
    ['grpc://h h:1', 'bad-url'],
    ['grpc://h%zz:1', 'bad-url'],
    ['grpc://h%41:1', 'bad-url'],
    ['grpc://h:1/%', 'bad-url'],
    ['grpc://h:1#%', 'bad-url'],
    ['grpc://h:1\n', 'bad-url'],
    ['grpc://[1.2.3.4]:1', 'bad-url'],
    ['grpc://[::1:1', 'bad-url'],
    ['grpc://h:0', 'bad-url'],
    ['grpc://h:65536', 'bad-url'],
    ['a b', 'no-scheme'],
    ['1:2:3', 'bad-url'],
  ])('%j: %s', (text, code) => {
    expect(parseEndpoint(text)).toMatchObject({ is: 'flaw', code })
  })

  it('reads at a glance what it reads with care', () => {
    const letters = fc.constantFrom('a', 'Z', '0', '9', '.', '-', '_', '%41', '@', '[', 'é', ' ', '/', '?x', ':')
    const host = fc.string({ unit: letters, maxLength: 6 })
    const scheme = fc.constantFrom('grpc', 'grpcs', 'http', 'https', 'HTTP', 'tcp', 'ws')
    const port = fc.oneof(fc.nat(70_000).map(String), fc.constantFrom('', '080', '00000', '65535', '65536', '1e3'))
    fc.assert(
      fc.property(scheme, host, port, (word, name, digits) => {
        const url = `${word}://${name}:${digits}`
        // An empty fragment says nothing, and asks for care.
        expect(parseEndpoint(url)).toEqual(parseEndpoint(`${url}#`))
      }),
      { numRuns: 3_000 },
    )
  })

  it('tells the host of an endpoint without a port', () => {
    expect(parseEndpoint('http://web-7/x')).toMatchObject({ code: 'no-port', scheme: 'http', host: 'web-7' })
  })
})

describe.skipIf(skipsGo)('beside Go itself', () => {
  it('refuses what url.Parse refuses, and finds the same address in the rest', { timeout: GO_PATIENCE }, async () => {
    const urls = fc.sample(hostileUrl, { numRuns: 20_000, seed: 1 })
    const answers = await askGo(urls.map((url) => ({ kind: 'url', doc: Buffer.from(url) })))
    const accepted = answers.filter(({ verdict }) => verdict === 'ok').length
    expect(accepted).toBeGreaterThan(4000)
    expect(accepted).toBeLessThan(16_000)
    const wrong = urls.flatMap((url, at) => {
      const answer = answers[at]
      const ours = parseEndpoint(url)
      return answer && agrees(url, ours, answer) ? [] : [{ url, ours, answer }]
    })
    expect(wrong.slice(0, 5)).toEqual([])
  })
})

function agrees(url: string, ours: ReturnType<typeof parseEndpoint>, go: GoAnswer): boolean {
  const { fields } = go
  // Ours to say, whatever Go makes of it: an address without a scheme.
  if (parseAddress(url) && ours.is === 'flaw' && (ours.code === 'no-scheme' || ours.code === 'no-host')) return true
  if (!fields) return ours.is === 'flaw' && ours.code === 'bad-url'
  if (fields.scheme === '') return ours.is === 'flaw' && ours.code === 'no-scheme'
  if (fields.host === '') return ours.is === 'flaw' && ours.code === 'no-host'
  if (fields.port === '') return ours.is === 'flaw' && ours.code === 'no-port'
  const port = Number(fields.port)
  if (port < 1 || port > 65_535) return ours.is === 'flaw' && ours.code === 'bad-url'
  return (
    ours.is === 'endpoint' &&
    ours.scheme === fields.scheme &&
    oneReplacement(ours.address) === oneReplacement(fields['address']) &&
    oneReplacement(ours.host) === oneReplacement(fields['host']) &&
    ours.port === port
  )
}

/** Go counts U+FFFD by bytes, JavaScript by sequences; a host with any is no host. */
function oneReplacement(text: unknown): string {
  return JSON.stringify(text).replace(/\ufffd+/g, '\ufffd')
}

describe('parseAddress', () => {
  it.each([
    ['10.0.0.30:8080', { host: '10.0.0.30', port: 8080 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['[fe80::1%eth0]:80', { host: 'fe80::1%eth0', port: 80 }],
    ['my_service.local:65535', { host: 'my_service.local', port: 65_535 }],
    ['用户.cn:1', { host: '用户.cn', port: 1 }],
  ])('%s', (text, address) => {
    expect(parseAddress(text)).toEqual(address)
  })

  it.each([
    '',
    'h',
    'h:',
    ':80',
    'h:0',
    'h:65536',
    'h:+1',
    'h:1 ',
    ' h:1',
    'h:1\n',
    '::1:80',
    '[h]:80',
    '[::1]80',
    'a/b:1',
    'not json',
    '-h:1',
  ])('nothing in %j', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })
})

describe('isUnspecified, isLoopback', () => {
  it.each(['0.0.0.0', '::', '0:0:0:0:0:0:0:0', '::%eth0', '::ffff:0.0.0.0'])('%s is unspecified', (host) => {
    expect([isUnspecified(host), isLoopback(host)]).toEqual([true, false])
  })

  it.each(['127.0.0.1', '127.9.9.9', '::1', '0::1', '::ffff:127.0.0.1', 'localhost', 'LOCALHOST', 'a.localhost'])(
    '%s is loopback',
    (host) => {
      expect([isUnspecified(host), isLoopback(host)]).toEqual([false, true])
    },
  )

  it.each(['10.0.0.1', '128.0.0.1', '::2', 'fe80::1', 'localhost.example', '127.0.0.1.example', '', 'x:y'])(
    '%j is neither',
    (host) => {
      expect([isUnspecified(host), isLoopback(host)]).toEqual([false, false])
    },
  )
})
