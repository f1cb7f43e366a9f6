import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Client } from '../../../src/client/client.ts'
import { type PolarisServer, startPolaris } from '../../servers/polaris/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { clientAt, entriesOf } from './open.ts'

/** What both of Kratos' modules wrote, as /v1/Discover answered it. */
const text = await readFile(new URL('../../fixtures/polaris-instances.json', import.meta.url), 'utf8')
const samples = JSON.parse(text) as object[]

await describeWith('polaris', 'what Kratos wrote into Polaris', () => {
  let server: PolarisServer
  let client: Client
  beforeAll(async () => {
    server = await startPolaris()
    for (const sample of samples) await server.api('POST', '/v1/RegisterInstance', sample)
    client = await clientAt(`polaris://${server.endpoint}`)
    await eventually(async () => expect((await entriesOf(client)).flatMap((each) => each.records)).toHaveLength(6), {
      timeout: 10_000,
    })
  })
  afterAll(async () => {
    await client[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  it('reads what the second module wrote by its mark, as one instance', async () => {
    expect(await read('hellogovernance')).toEqual([
      {
        id: '0c1e868f-54c9-4bc3-ab22-10a4c23b6b2e',
        name: 'hellogovernance',
        version: 'v1.2.3',
        metadata: { weight: '0' },
        endpoints: ['http://127.0.0.1:8000', 'grpc://127.0.0.1:9000'],
      },
      {
        id: '114e787c-ab5f-4e14-a3eb-03a36cd15c86',
        name: 'hellogovernance',
        version: '',
        metadata: { weight: '0' },
        endpoints: ['grpc://127.0.0.1:9001'],
      },
    ])
  })

  it('reads what the first module wrote without the scheme in its name, by address where a host has several', async () => {
    expect(await read('helloregistry')).toEqual([
      oldOne(9000, 'grpc', 'v1.2.3'),
      oldOne(9001, 'grpc', ''),
      oldOne(8000, 'http', 'v1.2.3'),
    ])
    expect(await read('helloregistrygrpc')).toEqual([])
  })

  it('takes the endpoints of a host together where each scheme is there once', async () => {
    const written = { namespace: 'default', host: '10.0.0.7', version: 'v1', weight: 100 }
    for (const [kind, port] of Object.entries({ grpc: 9000, http: 8000 }))
      await server.api('POST', '/v1/RegisterInstance', {
        ...written,
        service: `pay${kind}`,
        port,
        metadata: { kind, version: 'v1', zone: 'a' },
      })
    await eventually(async () =>
      expect(await read('pay')).toEqual([
        {
          id: '10.0.0.7',
          name: 'pay',
          version: 'v1',
          metadata: { zone: 'a' },
          endpoints: ['grpc://10.0.0.7:9000', 'http://10.0.0.7:8000'],
        },
      ]),
    )
  })

  it('reads what others wrote as it is, and counts a service without a name as malformed', async () => {
    const written = { namespace: 'default', host: '10.0.0.8', port: 80 }
    await server.api('POST', '/v1/RegisterInstance', { ...written, service: 'spring', protocol: 'http' })
    await server.api('POST', '/v1/RegisterInstance', { ...written, service: 'grpc', metadata: { kind: 'grpc' } })
    await eventually(async () => expect(await read('spring')).toMatchObject([{ id: '10.0.0.8:80' }]), {
      timeout: 10_000,
    })
    const malformed = []
    for await (const entry of client.entries()) if (entry.is === 'malformed') malformed.push(entry)
    expect(malformed).toMatchObject([{ problem: { code: 'empty-name' }, record: { id: 'default/grpc/10.0.0.8:80' } }])
    for await (const entry of client.entries({ rawKey: 'default/grpc/10.0.0.8:80' }))
      expect(entry).toEqual(malformed[0])
  })

  it('reads all namespaces together, and keeps them apart', async () => {
    const written = { service: 'hellogovernance', host: '10.0.0.9', port: 80, protocol: 'http' }
    const mark = { merge: '0c1e868f-54c9-4bc3-ab22-10a4c23b6b2e' }
    await server.api('POST', '/v1/RegisterInstance', { ...written, namespace: 'other', metadata: mark })
    await using all = await clientAt(`polaris://${server.endpoint}`, { allNamespaces: true })
    const places = async () =>
      (await entriesOf(all, { services: ['hellogovernance'] })).map(({ instance, observed }) => [
        observed.place?.namespace,
        instance.id.slice(0, 4),
        instance.endpoints.length,
      ])
    await eventually(async () =>
      expect(await places()).toEqual([
        ['default', '0c1e', 2],
        ['default', '114e', 1],
        ['other', '0c1e', 1],
      ]),
    )
    const one = { name: 'new', id: 'n-1', endpoints: ['grpc://10.0.0.1:1'] }
    await expect(all.register(one)).rejects.toMatchObject({ code: 'usage' })
  })

  async function read(service: string) {
    return (await entriesOf(client, { services: [service] })).map(({ instance }) => instance)
  }
})

function oldOne(port: number, scheme: string, version: string) {
  return {
    id: `127.0.0.1:${port}`,
    name: 'helloregistry',
    version,
    metadata: {},
    endpoints: [`${scheme}://127.0.0.1:${port}`],
  }
}
