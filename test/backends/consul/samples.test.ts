import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import { definitionJson, definitionsOf } from '../../../src/backends/consul/service-definition.ts'
import { rulesOf } from '../../../src/backends/rules.ts'
import { checkRecord } from '../../../src/lint/check.ts'
import type { InstanceInit } from '../../../src/model/instance.ts'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { entryOf, openAt, recordsOf } from './open.ts'

interface Sample {
  readonly writer: string
  readonly body: { readonly ID: string }
}

const text = await readFile(new URL('../../fixtures/consul-services.json', import.meta.url), 'utf8')
const { registrations: samples }: { registrations: Sample[] } = JSON.parse(text)

const helloworld = { name: 'helloworld', version: 'v1.2.3', metadata: { zone: 'a' } }
const sre = { name: 'sre', version: 'v1.0.0', metadata: { env: 'production' } }

/** What each is for its readers, in the order of the file. */
const READ: readonly (readonly [instance: InstanceInit, layout: string, rules: readonly string[]])[] = [
  [
    { ...helloworld, id: 'i-1', endpoints: ['grpc://127.0.0.1:9000', 'http://127.0.0.1:8000?isSecure=false'] },
    'kratos',
    ['RC1208', 'RC1210', 'RC1210'],
  ],
  [{ ...helloworld, id: 'i-2', metadata: { zone: 'b' }, endpoints: ['grpc://127.0.0.1:9001'] }, 'kratos', ['RC1210']],
  [{ name: 'helloworld', id: 'i-3', version: '', metadata: {}, endpoints: [] }, 'kratos', ['RC2002']],
  [{ ...sre, id: 'hostname-001', endpoints: ['grpc://192.168.1.100:9000'] }, 'kratos-scheme', ['RC2004']],
  [{ ...sre, id: 'hostname-001', endpoints: ['http://192.168.1.100:8000'] }, 'kratos-scheme', ['RC2004']],
  [
    { name: 'my-service', id: 'my-service-1', version: '', metadata: {}, endpoints: ['http://localhost:8080'] },
    'plain',
    ['RC1210', 'RC2002'],
  ],
]

await describeWith('consul', 'the samples, on Consul', () => {
  let server: ConsulServer
  let backend: Backend
  beforeAll(async () => {
    server = await startConsul()
    backend = await openAt(`consul://${server.endpoint}`)
    for (const { body } of samples) await server.api('PUT', '/v1/agent/service/register', body)
    await eventually(async () => expect(await recordsOf(backend)).toHaveLength(samples.length))
  })
  afterAll(async () => {
    await backend[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  it.each(samples.map(({ writer, body }, at) => [writer, body.ID, at] as const))('%s: %s', async (_, id, at) => {
    const [instance, layout, rules] = READ[at] ?? []
    const record = (await recordsOf(backend)).find((each) => each.id.endsWith(`/${id}`))
    if (!record || !instance) throw new Error(`${id} was not read`)
    const entry = entryOf(backend, record)
    expect(entry.instance).toEqual(instance)
    expect(entry.service).toBe(instance.name)
    expect(entry.observed).toMatchObject({
      layout,
      owner: server.node,
      place: { datacenter: 'dc1', node: server.node },
    })
    const ofItsService = await recordsOf(backend, { services: [record.service] })
    const alone = ofItsService.find((each) => each.id === record.id)
    expect(alone).toEqual(record)
    const reading = backend.read(record, Date.now())
    const findings = checkRecord({ record, reading }, { rules: await rulesOf('consul'), now: Date.now() })
    expect(findings.map((finding) => finding.rule).toSorted()).toEqual(rules)
  })
})

describe('a registration', () => {
  const instance = {
    ...helloworld,
    id: 'i-1',
    endpoints: ['grpc://127.0.0.1:9000', 'http://127.0.0.1:8000?isSecure=false'],
  }
  // Requests of Kratos v2.9.2, as they were captured.
  const KRATOS =
    '{"ID":"i-1","Name":"helloworld","Tags":["version=v1.2.3"],"Port":9000,"Address":"127.0.0.1","TaggedAddresses":{"grpc":{"Address":"grpc://127.0.0.1:9000","Port":9000},"http":{"Address":"http://127.0.0.1:8000?isSecure=false","Port":8000}},"Meta":{"zone":"a"},"Check":null,"Checks":'
  const TCP =
    '{"Interval":"10s","Timeout":"5s","TCP":"127.0.0.1:9000","DeregisterCriticalServiceAfter":"600s"},{"Interval":"10s","Timeout":"5s","TCP":"127.0.0.1:8000","DeregisterCriticalServiceAfter":"600s"}'
  const TTL = '{"CheckID":"service:i-1","TTL":"20s","DeregisterCriticalServiceAfter":"600s"}'

  it.each([
    ['defaults', { keepAlive: true }, `${KRATOS}[${TCP},${TTL}]}`],
    ['heartbeat off', {}, `${KRATOS}[${TCP}]}`],
    ['TCP checks off', { ttl: 20, settings: { noChecks: true } }, `${KRATOS}[${TTL}]}`],
    ['both off', { settings: { noChecks: true } }, `${KRATOS}null}`],
  ])('is what Kratos sends, to the byte: %s', (_, options, expected) => {
    expect(definitionsOf(instance, options, 'kratos').map(definitionJson)).toEqual([expected])
  })

  it('is what Kratos sends of an instance without anything', () => {
    const [sent] = definitionsOf({ name: 'helloworld', id: 'i-1' }, { keepAlive: true }, 'kratos')
    expect(sent && definitionJson(sent)).toBe(
      `{"ID":"i-1","Name":"helloworld","Tags":["version="],"Check":null,"Checks":[${TTL}]}`,
    )
  })

  it('escapes and sorts as Go does', () => {
    const metadata = { zone: '<a>&', b: 'é\u2028', '10': 'x', '9': 'y' }
    const [sent] = definitionsOf({ name: 's', id: 'i', metadata }, { settings: { noChecks: true } }, 'kratos')
    expect(sent && definitionJson(sent)).toBe(
      '{"ID":"i","Name":"s","Tags":["version="],"Meta":{"10":"x","9":"y","b":"é\\u2028","zone":"\\u003ca\\u003e\\u0026"},"Check":null,"Checks":null}',
    )
  })

  it('is what seed 002 and seed 003 send, and asks for the checks that were named', () => {
    const none = { settings: { noChecks: true } }
    const two = { ...sre, id: 'hostname-001', endpoints: ['grpc://192.168.1.100:9000', 'http://192.168.1.100:8000'] }
    const sent = definitionsOf(two, none, 'kratos-scheme').map(({ Check: _, Checks: __, ...rest }) => rest)
    expect(sent).toEqual([samples[3]?.body, samples[4]?.body])
    const asked = { settings: { checkHttp: 'http://localhost:8080/health' } }
    const [plain] = definitionsOf(
      { name: 'my-service', id: 'my-service-1', endpoints: ['http://localhost:8080'] },
      asked,
      'plain',
    )
    const hand = samples[5]?.body
    expect(plain).toMatchObject({ ...hand, Check: null })
    const Check = hand && 'Check' in hand ? hand.Check : undefined
    const Checks = plain?.Checks
    expect(Checks).toEqual([Object.assign({ DeregisterCriticalServiceAfter: '600s' }, Check)])
  })

  it.each([
    ['two endpoints of a scheme', { endpoints: ['grpc://10.0.0.1:1', 'grpc://10.0.0.1:2'] }, {}],
    ['an endpoint without a host', { endpoints: ['grpc:'] }, {}],
    ['a TTL that is too short', {}, { ttl: 1 }],
    ['a removal that is too early', {}, { settings: { deregisterAfter: 59_000 } }],
    ['a check without a port', {}, { settings: { checkTcp: 'localhost' } }],
    ['a check without a URL', {}, { settings: { checkHttp: 'localhost:80' } }],
    ['an id with a slash', { id: 'a/b' }, {}],
  ])('refuses %s', (_, part, options) => {
    expect(() => definitionsOf({ ...instance, ...part }, options, 'kratos')).toThrow(
      expect.objectContaining({ code: 'usage' }),
    )
  })
})
