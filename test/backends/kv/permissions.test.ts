import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Backend, Scope } from '../../../src/backends/contract/backend.ts'
import type { Settings } from '../../../src/backends/contract/driver.ts'
import { etcd } from '../../../src/backends/etcd/driver.ts'
import { silent } from '../../../src/model/logger.ts'
import { targetOf } from '../../conformance/kv-registry.ts'
import { WatchLog } from '../../conformance/watch-log.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { json, plant } from './shared-file.ts'

const KEYS = ['/aio/registry/sre/1', '/microservices/pay/1', '/microservices/sre/1', '/microservices/sre/2']

await describeWith('etcd', 'a user of etcd who may read some of the registry', () => {
  let server: EtcdServer
  let root: Backend
  let one: Backend

  const openAs = (user: string, settings: Partial<Settings> = {}) =>
    etcd.open(
      { ...targetOf(etcd, `etcd://${server.endpoint}`, 'auto'), user, password: user, ...settings },
      { signal: new AbortController().signal, logger: silent, now: Date.now },
    )

  beforeAll(async () => {
    server = await startEtcd({
      auth: {
        roles: {
          sre: [{ may: 'readwrite', key: '/microservices/sre/', prefix: true }],
          key: [{ may: 'read', key: '/other/sre/1' }],
        },
        users: {
          one: { password: 'one', roles: ['sre'] },
          key: { password: 'key', roles: ['key'] },
          none: { password: 'none', roles: [] },
        },
      },
    })
    root = await openAs('root')
    one = await openAs('one')
    await plant(root, Object.fromEntries(KEYS.map((key) => [key, json(key.split('/').at(-2) ?? '', '1')])))
  })
  afterAll(async () => {
    await root[Symbol.asyncDispose]()
    await one[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  it('is shown what he may see, and told what he may not', async () => {
    expect(await look(root)).toEqual({ ids: [KEYS[1], KEYS[0], KEYS[2], KEYS[3]], unreadable: undefined })
    const { ids, unreadable } = await look(one)
    expect(ids).toEqual([KEYS[2], KEYS[3]])
    expect(unreadable).toBe(
      'no permission to read /aio/registry/; no permission to read /microservices/ except /microservices/sre/',
    )
    expect(await look(one, { services: ['sre'] })).toEqual({
      ids: [KEYS[2], KEYS[3]],
      unreadable: 'no permission to read /aio/registry/sre/',
    })
  })

  it('is refused what he may not see at all', async () => {
    await expect(look(one, { services: ['pay'] })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(look(one, { rawKey: KEYS[1] })).rejects.toMatchObject({ code: 'forbidden' })
    await using none = await openAs('none')
    await expect(look(none)).rejects.toMatchObject({ code: 'forbidden' })
    expect(await none.alternatives?.()).toEqual([])
  })

  it('watches what he may see', async () => {
    const before = await look(root)
    const since = Number(await revision(root))
    const log = new WatchLog(one, {}, String(since))
    await plant(root, { '/microservices/pay/2': 'x', '/microservices/sre/3': json('sre', '3') })
    await log.tells(['+/microservices/sre/3'])
    expect(log.revisions).toEqual([String(since + 1)])
    await log.stop()
    expect(before.ids).toHaveLength(KEYS.length)
  })

  it('watches the one key that he may see of a folder whose other records would decide how it is read', async () => {
    await plant(root, { '/other/sre/0': json('sre', '0') })
    await using open = await openAs('key', { prefix: '/other' })
    const log = new WatchLog(open, {}, await revision(root))
    await plant(root, { '/other/sre/1': json('sre', '1') })
    await log.tells(['+/other/sre/1'])
    await log.stop()
  })

  it('changes what he may change, an answer for each record', async () => {
    const records = []
    for await (const page of root.scan({})) records.push(...page.records)
    const outcomes: Record<string, string> = {}
    for await (const { id, result, error } of one.remove(records))
      outcomes[id] = error ? `${result} ${code(error)}` : result
    expect(outcomes).toEqual({
      '/aio/registry/sre/1': 'failed forbidden',
      '/microservices/pay/1': 'failed forbidden',
      '/microservices/pay/2': 'failed forbidden',
      '/microservices/sre/1': 'done',
      '/microservices/sre/2': 'done',
      '/microservices/sre/3': 'done',
    })
  })

  it('puts back what he may write', async () => {
    const removed = ['/microservices/pay/9', '/microservices/sre/9'].map((id) => ({
      id,
      service: id.split('/')[2] ?? '',
      body: Buffer.from('x'),
      ttlGranted: null,
    }))
    const outcomes: Record<string, string> = {}
    for await (const { id, result, error } of one.restore?.(removed) ?? []) {
      outcomes[id] = error ? `${result} ${code(error)}` : result
    }
    expect(outcomes).toEqual({ '/microservices/pay/9': 'failed forbidden', '/microservices/sre/9': 'done' })
    expect((await look(root)).ids).not.toContain('/microservices/pay/9')
  })
})

async function revision(backend: Backend): Promise<string | undefined> {
  for await (const page of backend.scan({})) return page.revision
  return undefined
}

function code(error: Error): string {
  return 'code' in error ? String(error.code) : error.name
}

async function look(backend: Backend, scope: Scope = {}) {
  const ids: string[] = []
  let unreadable: string | undefined
  for await (const page of backend.scan(scope)) {
    ids.push(...page.records.map((record) => record.id))
    unreadable = page.unreadable
  }
  return { ids, unreadable }
}
