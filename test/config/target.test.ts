import { describe, expect, it } from 'vitest'
import { targetFrom } from '../../src/config/target.ts'
import { refusal, said } from './place.ts'

describe('a registry by its URL', () => {
  it.each([
    [
      'etcd://a:2379,b:2379/kratos/',
      { driver: 'etcd', endpoints: ['a:2379', 'b:2379'], prefix: '/kratos', layout: 'auto' },
    ],
    ['etcds://a:2379?prefix=/p&layout=aio', { driver: 'etcd', secure: true, prefix: '/p', layout: 'aio' }],
    ['file:./registry.db?layout=plain', { driver: 'local', layout: 'plain' }],
    ['127.0.0.1:2379', { driver: 'etcd', endpoints: ['127.0.0.1:2379'], secure: false }],
    ['[::1]:2379', { driver: 'etcd', endpoints: ['[::1]:2379'] }],
    ['a:2379,b:2379?prefix=/p', { driver: 'etcd', endpoints: ['a:2379', 'b:2379'], prefix: '/p' }],
    ['etcd:2379', { driver: 'etcd', endpoints: ['etcd:2379'] }],
    ['file:2379', { driver: 'local', display: 'file:2379' }],
    ['ETCD://a:1', { driver: 'etcd', endpoints: ['a:1'] }],
  ])('%s', (url, expected) => {
    expect(targetFrom(url)).toMatchObject(expected)
  })

  it('lets settings win over the URL, and undefined say nothing', () => {
    const settings = { prefix: '/mine', layout: undefined, requestTimeout: 7, tls: { cacert: undefined } }
    const target = targetFrom('etcd://a:1/path?prefix=/query&layout=aio', settings)
    expect(target).toMatchObject({ prefix: '/mine', layout: 'aio', requestTimeout: 7, aioTtl: 30_000 })
    expect(target.tls).toBeUndefined()
  })

  it.each([
    [
      './registry.db',
      '"./registry.db" is not a valid registry URL · for an embedded registry write file:./registry.db',
    ],
    ['registry.db', '"registry.db" is not a valid registry URL · for an embedded registry write file:registry.db'],
    ['prod', '"prod" is not a valid registry URL · write for example etcd://127.0.0.1:2379'],
    ['', '"" is not a valid registry URL'],
    ['etdc://a:1', 'no kind of registry has the scheme "etdc:" · did you mean "etcd"'],
    ['mongodb://a:1', 'schemes: file, memory, etcd, etcds'],
    [
      'a:1234',
      '"a:1234" does not say which kind of registry it is · write for example etcd://a:1234; without a scheme the port must be 2379 (etcd)',
    ],
    ['a:2379,b:1', '"a:2379,b:1" does not say which kind'],
    ['etcd://a:1?prefx=/p', 'etcd: URLs have no parameter "prefx" · did you mean "prefix"?'],
    ['etcd://a:1?password=hush', 'etcd: URLs have no parameter "password"'],
    ['etcd://a:1?layout=', 'the parameter "layout" of the registry URL is empty'],
    ['etcd://a:1?layout=kratoss', 'there is no layout "kratoss" · did you mean "kratos"'],
    ['etcd://a:1/%zz', 'is not a valid registry URL'],
    ['etcd://root:hush@a:1', 'carries a password'],
    ['etcd://root:hu/sh@a:1', 'carries a password'],
    ['etcd://root:hu?sh@a:1', 'carries a password'],
    ['etcd://root:hu#sh@a:1', 'carries a password'],
    ['etcd://root:hu@sh@a:1', 'carries a password'],
    ['root:hush@a:2379', 'carries a password'],
    ['//root:hush@a:2379', 'carries a password'],
  ])('refuses %s', async (url, expected) => {
    const error = await refusal(() => targetFrom(url))
    expect(error.code).toBe('usage')
    expect(said(error)).toContain(expected)
    expect(said(error)).not.toMatch(/hush|hu[@/?#]sh/)
  })

  it.each([
    [{ namespace: 'x' }, 'where its keys begin is `prefix`'],
    [{ allNamespaces: true }, '`entries` has every instance of every service'],
  ])('refuses %o where there are no namespaces', async (settings, hint) => {
    expect(said(await refusal(() => targetFrom('etcd://a:1', settings)))).toBe(
      `a registry of kind etcd has no namespaces · ${hint}`,
    )
  })
})
