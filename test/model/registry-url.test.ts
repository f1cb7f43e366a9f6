import { describe, expect, it } from 'vitest'
import { RollcallError } from '../../src/model/errors.ts'
import { parseRegistryUrl } from '../../src/model/registry-url.ts'

const parsing = () => parseRegistryUrl('etcd://ann:s3cret@a:2379')

describe('parseRegistryUrl', () => {
  it.each([
    ['etcd://a:2379,b:2379', { scheme: 'etcd', hosts: ['a:2379', 'b:2379'], path: '', query: {} }],
    ['etcds://[::1]:2379/kratos', { scheme: 'etcds', hosts: ['[::1]:2379'], path: '/kratos', query: {} }],
    ['file:./registry.db', { scheme: 'file', hosts: [], path: './registry.db', query: {} }],
    ['file:///var/lib/r.db', { scheme: 'file', hosts: [], path: '/var/lib/r.db', query: {} }],
    ['etcd:', { scheme: 'etcd', hosts: [], path: '', query: {} }],
    ['etcd+srv://example.org', { scheme: 'etcd+srv', hosts: ['example.org'], path: '', query: {} }],
    [
      'etcd://ann@a:1/%E7%94%A8?layout=aio',
      { scheme: 'etcd', hosts: ['a:1'], user: 'ann', path: '/用', query: { layout: 'aio' } },
    ],
  ])('reads %s', (text, parts) => {
    expect(parseRegistryUrl(text)).toEqual(parts)
  })

  it.each(['', 'nonsense', '://x', '127.0.0.1', 'etcd://a/%zz'])('refuses %j', (text) => {
    expect(() => parseRegistryUrl(text)).toThrow(RollcallError)
  })

  it('refuses a password without repeating it', () => {
    expect(parsing).toThrow(/carries a password/)
    expect(parsing).not.toThrow(/s3cret/)
  })
})
