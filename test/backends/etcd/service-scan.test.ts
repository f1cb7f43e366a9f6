import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import { etcd } from '../../../src/backends/etcd/driver.ts'
import { silent } from '../../../src/model/logger.ts'
import { targetOf } from '../../conformance/kv-registry.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { json, plant } from '../kv/shared-file.ts'

const MANY = 1_200

await describeWith('etcd', 'the records of services in etcd', () => {
  let server: EtcdServer
  let backend: Backend
  const requests: string[] = []

  beforeAll(async () => {
    server = await startEtcd()
    const logger = { ...silent, debug: (line: string) => requests.push(line.replace(/^etcd: /, '')) }
    const target = targetOf(etcd, `etcd://${server.endpoint}`, 'auto')
    backend = await etcd.open(target, { signal: new AbortController().signal, logger, now: Date.now })
    const keys = Array.from({ length: MANY }, (_, at) => `/microservices/many/${String(at).padStart(4, '0')}`)
    const others = ['/aio/registry/many/x', '/microservices/few', '/microservices/few/1', '/microservices/fewer/1']
    await plant(backend, Object.fromEntries([...keys, ...others].map((key) => [key, json('many', key)])))
  })
  afterAll(async () => {
    await backend[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  it('take one request for a service: all prefixes, its folder and the key that is its folder', async () => {
    expect(await scan(['few'])).toMatchObject({ ids: ['/microservices/few', '/microservices/few/1'] })
    const prefixes = [
      '/aio/registry',
      '/micro/registry',
      '/microservices',
      'hertz/registry-etcd',
      'kitex/registry-etcd',
    ]
    const places = prefixes.flatMap((prefix) => [`${prefix}/few`, `${prefix}/few/`])
    // GoFrame's services have no folder below their prefix.
    expect(requests).toEqual([`read together ${[...places, '/service/'].join(', ')}`])
  })

  it('take further ones for what is more than a page, at the revision of the first', async () => {
    const { ids, revisions } = await scan(['few', 'many'], () =>
      plant(backend, { '/microservices/many/1199': 'later' }),
    )
    expect(ids).toHaveLength(MANY + 3)
    const [revision] = revisions
    expect(revisions).toEqual(new Set([revision]))
    expect(requests.filter((line) => line.startsWith('read'))).toEqual([
      expect.stringMatching(/^read together .*\/few\/, \/service\/$/),
      expect.stringMatching(new RegExp(`^read together .*/many/ as of revision ${revision}$`)),
      expect.stringMatching(new RegExp(`^read /microservices/many/0999.* as of revision ${revision}$`)),
    ])
  })

  async function scan(services: string[], afterPage?: () => Promise<unknown>) {
    const ids: string[] = []
    const revisions = new Set<string | undefined>()
    requests.length = 0
    for await (const page of backend.scan({ services })) {
      ids.push(...page.records.map(({ id }) => id))
      revisions.add(page.revision)
      await afterPage?.()
    }
    return { ids, revisions }
  }
})
