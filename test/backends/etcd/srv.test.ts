import dns from 'node:dns/promises'
import { type Socket, createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lookUpEndpoints } from '../../../src/backends/etcd/endpoints.ts'

interface Service {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}

const SRV = 33
const NO_SUCH_NAME = 3

describe('etcd endpoints in the DNS', () => {
  const records = new Map<string, Service[]>()
  const usual = dns.getServers()
  let server: Socket
  beforeAll(async () => {
    server = createSocket('udp4')
    server.on('message', (query, from) => server.send(answerTo(query, records), from.port, from.address))
    server.bind(0, '127.0.0.1')
    await once(server, 'listening')
    dns.setServers([`127.0.0.1:${server.address().port}`])
  })
  afterAll(() => {
    dns.setServers(usual)
    server.close()
  })
  beforeEach(() => records.clear())

  it('come by priority, then by weight', async () => {
    const services = [serviceAt('c.example', 1, 2), serviceAt('b.example', 2, 1, 5), serviceAt('a.example', 3, 1, 10)]
    records.set('_etcd-client._tcp.example', services)
    expect(await lookUpEndpoints('example', false)).toEqual({
      endpoints: ['a.example:3', 'b.example:2', 'c.example:1'],
      secure: false,
    })
  })

  it('are those with TLS where there are any', async () => {
    records.set('_etcd-client._tcp.example', [serviceAt('plain.example')])
    records.set('_etcd-client-ssl._tcp.example', [serviceAt('secure.example')])
    expect(await lookUpEndpoints('example', false)).toEqual({ endpoints: ['secure.example:2379'], secure: true })
  })

  it('are never without TLS where TLS is wanted', async () => {
    records.set('_etcd-client._tcp.example', [serviceAt('plain.example')])
    await expect(lookUpEndpoints('example', true)).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('may be missing', async () => {
    await expect(lookUpEndpoints('example', false)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('example'),
      hint: expect.stringContaining('_etcd-client._tcp.example'),
    })
  })
})

function serviceAt(target: string, port = 2379, priority = 0, weight = 0): Service {
  return { target, port, priority, weight }
}

/** A DNS answer to a query with one question (RFC 1035, 2782). */
function answerTo(query: Buffer, records: ReadonlyMap<string, Service[]>): Buffer {
  const { name, end } = nameIn(query)
  const found = records.get(name) ?? []
  const question = query.subarray(12, end + 4)
  const header = Buffer.from(query.subarray(0, 12))
  header.writeUInt16BE(0x8180 | (found.length > 0 ? 0 : NO_SUCH_NAME), 2)
  header.writeUInt16BE(found.length, 6)
  header.writeUInt16BE(0, 10)
  return Buffer.concat([header, question, ...found.map((service) => answerRecord(service))])
}

function nameIn(query: Buffer): { name: string; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('ascii', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

function answerRecord({ priority, weight, port, target }: Service): Buffer {
  const name = Buffer.concat([
    ...target.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.of(0),
  ])
  const head = Buffer.alloc(18)
  head.writeUInt16BE(0xc00c, 0) // the question's name
  head.writeUInt16BE(SRV, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(6 + name.length, 10)
  head.writeUInt16BE(priority, 12)
  head.writeUInt16BE(weight, 14)
  head.writeUInt16BE(port, 16)
  return Buffer.concat([head, name])
}
