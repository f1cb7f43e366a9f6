import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Operation, Store } from '../../../src/backends/kv/store.ts'
import { escapeKey } from '../../../src/model/key.ts'
import { run } from '../../cli/run.ts'
import { describeWith } from '../../servers/with-server.ts'
import { type ZooKeeperServer, startZooKeeper } from '../../servers/zookeeper/start.ts'
import { openStore } from './open.ts'

interface Sample {
  readonly key: string
  readonly value: string
  readonly lease: boolean
  readonly verdict: 'ok' | 'info' | 'warning' | 'error'
  readonly why: string
}

const all: Sample[] = JSON.parse(readFileSync('test/fixtures/etcd-records.json', 'utf8')).records
const hasPath = ({ key }: Sample) => !/\/(\/|$)/.test(key)
const unnamed = (id: string, name: string) =>
  JSON.stringify({ id, name, version: 'v1', endpoints: ['grpc://10.0.0.1:1'] })

const moved = all.filter(({ key }) => key === '/microservices/pay/p-1')
const samples: readonly Sample[] = [
  ...all.filter((each) => hasPath(each) && !moved.includes(each)),
  // GetService shows what lies below a service's node whatever its name, and only a watch hides it: a warning here.
  ...moved.map(({ key, value, lease, why }): Sample => ({ key, value, lease, why, verdict: 'warning' })),
  // Where Kratos, which cleans its paths, puts an instance without a name or without an id.
  {
    key: '/microservices/node-7.local',
    value: unnamed('node-7.local', ''),
    lease: true,
    verdict: 'error',
    why: 'no name',
  },
  { key: '/microservices/lonely', value: unnamed('', 'lonely'), lease: true, verdict: 'error', why: 'no id' },
]

/** The node above the ids of a name with a slash, and those of schemes: they break Kratos' readers. */
const FOLDERS = ['/microservices/order/a', '/microservices/sre/grpc', '/microservices/sre/http']

interface Row {
  readonly key: string
  readonly verdict: string
  readonly rules: readonly string[]
}

await describeWith('zookeeper', 'the samples, on ZooKeeper', () => {
  let server: ZooKeeperServer
  let store: Store
  let rows: readonly Row[]
  let listed: readonly { readonly name: string; readonly id: string; readonly keys: readonly string[] }[]
  const on = (line: string, prefix = '') => run([...line.split(' '), '--registry', url(prefix)])
  const url = (prefix: string) => `zookeeper://${server.endpoint}${prefix && `?prefix=${prefix}`}`
  const items = async (line: string, prefix?: string) => JSON.parse((await on(`${line} -o json`, prefix)).stdout).items

  beforeAll(async () => {
    server = await startZooKeeper()
    store = await openStore(url(''))
    const { lease } = await store.grant(600)
    const operations = samples.map((sample) => put(sample, lease))
    expect((await store.write(operations)).map(({ result }) => result)).toEqual(samples.map(() => 'done'))
    const verdicts = 'check-keys --list --fail-on never'
    rows = [...(await items(verdicts)), ...(await items(verdicts, '/services'))]
    listed = [...(await items('ls --all')), ...(await items('ls --all', '/services'))]
  })
  afterAll(async () => {
    await store[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  it.each(samples)('$key: $verdict ($why)', async ({ key, value, lease, verdict }) => {
    const shown = escapeKey(Buffer.from(key))
    const row = rows.find((each) => each.key === shown)
    const given = row?.verdict === 'info' && verdict === 'ok' ? 'ok' : row?.verdict
    expect({ verdict: given, because: row?.rules }).toEqual({ verdict, because: row?.rules })
    const instance = listed.find(({ keys }) => keys.includes(shown))
    const prefix = key.startsWith('/services/') ? '/services' : ''
    const got = JSON.parse((await on(`get --raw-key ${key} -o json`, prefix)).stdout)
    if (verdict === 'error') {
      expect(instance).toBeUndefined()
      expect(got).toMatchObject({ kind: 'Record', key: shown, value, problem: expect.any(String) })
    } else {
      expect(got).toMatchObject({ kind: 'Instance', id: instance?.id, name: instance?.name })
      expect(got.lease !== undefined).toBe(lease)
      const service = shown.split('/').at(prefix ? 2 : shown.startsWith('/aio/') ? 3 : 2)
      const named = await on(`get ${service}/${instance?.id} -o json`, prefix)
      expect(JSON.parse(named.stdout).keys).toContain(shown)
    }
  })

  it.each(FOLDERS)('%s: a folder where an instance should be', (folder) => {
    expect(rows.find(({ key }) => key === folder)).toMatchObject({ verdict: 'error', rules: ['RC2101'] })
  })

  it('are all there is, and are counted as that', async () => {
    const bad = samples.filter(({ verdict }) => verdict === 'error').length
    const keys = new Set(listed.flatMap((instance) => instance.keys))
    expect(keys.size).toBe(samples.length - bad)
    const stats = [
      JSON.parse((await on('stats -o json')).stdout),
      JSON.parse((await on('stats -o json', '/services')).stdout),
    ]
    const sum = (field: string) => stats.reduce((total, each) => total + Number(each[field] ?? 0), 0)
    expect([sum('instances'), sum('malformed')]).toEqual([listed.length, bad])
  })

  it.each(all.filter((sample) => !hasPath(sample)))('$key can be no node', async (sample) => {
    const outcomes = await store.write([put(sample, '1')])
    expect(outcomes).toMatchObject([{ result: 'failed', error: { code: 'usage' } }])
  })
})

function put({ key, value, lease }: Sample, session: string): Operation {
  return { put: Buffer.from(key), value: Buffer.from(value), ...(lease && { lease: session }) }
}
