import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Ground } from './ground.ts'

let ground: Ground
let id: string
beforeAll(async () => {
  ground = await Ground.open()
  id = await ground.register('kept')
})
afterAll(() => ground[Symbol.asyncDispose]())

const good = { name: 'bad', address: '10.0.0.1:80' }

async function nothingHasChanged(): Promise<void> {
  expect((await ground.get('/services?consistent=true')).data).toEqual(['kept'])
  expect((await ground.get(`/services/${id}`)).data.status).toBe('active')
}

describe('bad input is refused and changes nothing', () => {
  it.each([
    ['no JSON', '{"name":'],
    ['no object', '[]'],
    ['nothing', ''],
    ['null', 'null'],
    ['no name', { address: good.address }],
    ['an empty name', { ...good, name: '' }],
    ['a name with a slash', { ...good, name: 'a/b' }],
    ['a name with a control character', { ...good, name: 'a\u0000b' }],
    ['a name that is no text', { ...good, name: 7 }],
    ['no address', { name: 'bad' }],
    ['an address without a port', { ...good, address: 'host' }],
    ['an address that is a URL', { ...good, address: 'http://host:1' }],
    ['an address of nobody', { ...good, address: '0.0.0.0:80' }],
    ['a weight that is text', { ...good, weight: '100' }],
    ['half a weight', { ...good, weight: 0.5 }],
    ['a status of nobody', { ...good, status: 'sleepy' }],
    ['a protocol that is none', { ...good, protocol: 'http://' }],
    ['metadata that is no object', { ...good, metadata: 'x' }],
    ['metadata of numbers', { ...good, metadata: { a: 1 } }],
    ['a prototype', '{"name":"bad","address":"h:1","__proto__":{"x":1}}'],
  ])('%s', async (_, body) => {
    const answer = await ground.ask('POST', '/registry/services', body)
    expect(answer).toMatchObject({ status: 400, code: 40_000, msg: expect.any(String), data: null })
    await nothingHasChanged()
  })

  it('a body of 100 MB, without reading it', async () => {
    const body = JSON.stringify({ ...good, metadata: { a: 'x'.repeat(100_000_000) } })
    const answer = await ground.ask('POST', '/registry/services', body).catch(() => undefined)
    if (answer) expect(answer).toMatchObject({ status: 413, code: 41_300 })
    await nothingHasChanged()
  })

  it('a body that never ends', async () => {
    const socket = connect(ground.server.port, '127.0.0.1')
    socket.write(
      'POST /registry/services HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{',
    )
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /)
    await nothingHasChanged()
  })

  it('a head that is too large', async () => {
    const answer = await fetch(`${ground.url}/registry/services`, { headers: { x: 'y'.repeat(20_000) } })
    expect(answer.status).toBe(431)
  })

  it.each(['%2e%2e', '..%2f..', '%00', encodeURIComponent('日本'), '%ff', 'a%2fb', 'x'.repeat(2_000), '__proto__'])(
    'the id %s',
    async (name) => {
      const answer = await ground.ask('DELETE', `/registry/services/${name}`)
      expect([400, 404]).toContain(answer.status)
      expect(answer.code).toBe(answer.status * 100)
      await nothingHasChanged()
    },
  )

  it('a method that a path does not have; it names those it has', async () => {
    const answer = await ground.ask('PATCH', `/registry/services/${id}`, {})
    expect(answer).toMatchObject({ status: 405, code: 40_500, data: null })
    expect(answer.headers.get('allow')).toBe('DELETE, GET, HEAD')
    expect(await ground.ask('GET', '/nothing')).toMatchObject({ status: 404, code: 40_400, data: null })
  })

  it('a body of another kind', async () => {
    const answer = await ground.ask('POST', '/registry/services', '<a/>', { 'content-type': 'text/xml' })
    expect(answer).toMatchObject({ status: 400, code: 40_000 })
  })
})
