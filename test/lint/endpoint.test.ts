import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { listenerOf, readEndpoint } from '../../src/lint/endpoint.ts'
import { anyText } from '../any-text.ts'

test.each([
  ['grpc://h:1?isSecure=true', { scheme: 'grpc', host: 'h', port: 1, legacySecure: true }],
  ['http://h', { scheme: 'http', host: 'h', flaw: { code: 'no-port' } }],
  ['grpc:', { scheme: 'grpc', flaw: { code: 'no-host' } }],
  ['localhost:9000', { host: 'localhost', port: 9000, flaw: { code: 'no-scheme' } }],
  ['grpc://a b:1', { flaw: { code: 'bad-url' } }],
])('%s', (text, parts) => {
  expect(readEndpoint(text, false)).toMatchObject({ text, ...parts })
})

test('a bare address is in order where it is expected', () => {
  expect(readEndpoint('10.0.0.1:80', true)).toEqual({ text: '10.0.0.1:80', host: '10.0.0.1', port: 80 })
  expect(readEndpoint('10.0.0.1', true).flaw?.code).toBe('bad-url')
  expect(readEndpoint('http://10.0.0.1', true).flaw?.code).toBe('no-port')
})

test('anything can be read', () => {
  fc.assert(fc.property(anyText(), fc.boolean(), (text, bare) => readEndpoint(text, bare).text === text))
})

test('which listeners can be compared', () => {
  expect(listener('grpc://Web-1:9000')).toBe('web-1:9000')
  expect(listener('web-1:9000')).toBe('web-1:9000')
  expect(listener('grpc://[2001:db8::1]:9000')).toBe('[2001:db8::1]:9000')
  expect(listener('grpc://0.0.0.0:9000')).toBeUndefined()
  expect(listener('grpc:')).toBeUndefined()
})

function listener(text: string): string | undefined {
  return listenerOf(readEndpoint(text, true))
}
