import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isLoopback, isUnspecified, listenerOf, readEndpoint } from '../../src/lint/endpoint.ts'

test.each([
  ['grpc://10.0.0.1:9000', { scheme: 'grpc', host: '10.0.0.1', port: '9000' }],
  ['HTTPS://web-1.internal:443/path?q=1#f', { scheme: 'https', host: 'web-1.internal', port: '443' }],
  ['grpc://[2001:db8::1]:9000', { scheme: 'grpc', host: '2001:db8::1', port: '9000' }],
  ['grpc://[fe80::1%25eth0]:9000', { scheme: 'grpc', host: 'fe80::1%25eth0', port: '9000' }],
  ['grpc://user:p@10.0.0.1:9000', { scheme: 'grpc', host: '10.0.0.1', port: '9000' }],
  ['grpc://h:1?isSecure=true', { scheme: 'grpc', host: 'h', port: '1', isSecure: 'true' }],
  ['grpc:', { scheme: 'grpc', host: '', port: '', fault: 'host' }],
  ['grpc://:9000', { scheme: 'grpc', host: '', port: '9000', fault: 'host' }],
  ['http://h', { scheme: 'http', host: 'h', port: '', fault: 'port' }],
  ['http://h:', { scheme: 'http', host: 'h', port: '', fault: 'port' }],
  ['10.0.0.1:9000', { scheme: '', host: '10.0.0.1', port: '9000', fault: 'scheme' }],
  ['localhost:9000', { scheme: '', host: 'localhost', port: '9000', fault: 'scheme' }],
  ['//h:1', { scheme: '', host: 'h', port: '1', fault: 'scheme' }],
  ['', { scheme: '', host: '', port: '', fault: 'scheme' }],
  ['grpc://2001:db8::1:9000', { scheme: 'grpc', host: '', port: '', fault: 'url' }],
  ['grpc://h:70000', { scheme: 'grpc', host: '', port: '', fault: 'url' }],
  ['grpc://h:0', { scheme: 'grpc', host: '', port: '', fault: 'url' }],
  ['grpc://h:http', { scheme: 'grpc', host: '', port: '', fault: 'url' }],
  ['grpc://a b:1', { scheme: 'grpc', host: '', port: '', fault: 'url' }],
  ['http://h:1/%zz', { scheme: 'http', host: '', port: '', fault: 'url' }],
  ['grpc://h:1\n', { scheme: '', host: '', port: '', fault: 'url' }],
  ['://h:1', { scheme: '', host: '', port: '', fault: 'url' }],
])('%j', (text, parts) => {
  expect(readEndpoint(text)).toEqual({ text, ...parts })
})

test('a bare address has no fault where none is expected', () => {
  expect(readEndpoint('10.0.0.1:80', true)).toEqual({ text: '10.0.0.1:80', scheme: '', host: '10.0.0.1', port: '80' })
  expect(readEndpoint('10.0.0.1', true).fault).toBe('port')
})

test('anything can be read', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, bare) => readEndpoint(text, bare).text === text),
  )
})

test('which listeners can be compared', () => {
  expect(listenerOf(readEndpoint('grpc://Web-1:9000'))).toBe('web-1:9000')
  expect(listenerOf(readEndpoint('web-1:9000'))).toBe('web-1:9000')
  expect(listenerOf(readEndpoint('grpc://0.0.0.0:9000'))).toBeUndefined()
  expect(listenerOf(readEndpoint('grpc:'))).toBeUndefined()
})

test('addresses that mean a whole machine', () => {
  expect(['0.0.0.0', '::', '0:0::0'].map(isUnspecified)).toEqual([true, true, true])
  expect(['10.0.0.0', '::1', ''].map(isUnspecified)).toEqual([false, false, false])
  expect(['127.0.0.1', '127.9.9.9', 'localhost', '::1', '0:0:0:0:0:0:0:1'].every(isLoopback)).toBe(true)
  expect(['128.0.0.1', '::2', '2001:db8::1', 'localhost.example'].some(isLoopback)).toBe(false)
})
