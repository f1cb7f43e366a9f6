import { createServer } from 'node:http'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { placeIn } from '../../../src/backends/nacos/context.ts'
import { listed, openClient, targetOf } from './open.ts'

describe('the URL of a Nacos', () => {
  it('says all there is to say', () => {
    const url = 'nacos://a:1,b/nacos?namespace=dev&group=G1&cluster=c1&kind=http'
    const target = targetOf(url)
    expect(target).toMatchObject({ endpoints: ['a:1', 'b:8848'], secure: false, namespace: 'dev' })
    expect(target.display).toBe('nacos://a:1,b:8848/nacos?namespace=dev&group=G1&cluster=c1&kind=http')
    expect(placeIn(target)).toEqual({
      contextPath: '/nacos',
      namespace: 'dev',
      group: 'G1',
      cluster: 'c1',
      readsAllClusters: false,
      kind: 'http',
    })
  })

  it('has the defaults of Nacos', () => {
    expect(placeIn(targetOf('nacos://a'))).toEqual({
      contextPath: '/nacos',
      namespace: 'public',
      group: 'DEFAULT_GROUP',
      cluster: 'DEFAULT',
      readsAllClusters: true,
      kind: undefined,
    })
    expect(placeIn(targetOf('nacos://a/')).contextPath).toBe('')
    expect(placeIn(targetOf('nacos://a/deep/path/')).contextPath).toBe('/deep/path')
  })

  it('is completed by the variables of Nacos, and wins over them', () => {
    const environment = {
      NACOS_HOST: 'n1,n2:8849',
      NACOS_PORT: '9848',
      NACOS_NAMESPACE: 'env',
      NACOS_USERNAME: 'u',
      NACOS_PASSWORD: 'hush',
    }
    const target = targetOf('nacos:', {}, environment)
    expect(target).toMatchObject({ endpoints: ['n1:9848', 'n2:8849'], namespace: 'env', user: 'u', password: 'hush' })
    expect(target.display).not.toContain('hush')
    expect(targetOf('nacos://x?namespace=url', {}, environment)).toMatchObject({
      endpoints: ['x:8848'],
      namespace: 'url',
    })
    expect(targetOf('nacos://x?namespace=url', { namespace: 'flag' }, environment).namespace).toBe('flag')
    expect(targetOf('nacos://x', { token: 't' }, environment).user).toBeUndefined()
  })

  it.each([
    ['nacos:', {}, 'NACOS_HOST is not set'],
    ['nacos:a', {}, 'names no server'],
    ['nacos://a:99999', {}, 'is not a host'],
    ['nacos://a', { user: 'u' }, 'needs a password'],
    ['nacos://a', { tls: { cacert: 'ca.pem' } }, 'without TLS'],
    ['nacos://a', { prefix: '/x' }, 'no key prefix'],
  ])('%s with %j is refused', (url, settings, message) => {
    expect(() => targetOf(url, settings)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(message) }),
    )
  })

  it.each([
    ['a page', 200, '<html></html>'],
    ['nothing', 404, 'not found'],
  ])('does not lead to Nacos where %s answers', async (_, status, text) => {
    const other = createServer((__, answer) => answer.writeHead(status).end(text)).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const endpoint = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    await using client = await openClient(`nacos://${endpoint}`)
    await expect(listed(client)).rejects.toMatchObject({
      code: 'wrong-server',
      message: `nacos: ${endpoint}: is not Nacos`,
      hint: expect.stringContaining('8848'),
    })
    other.closeAllConnections()
    other.close()
  })
})
