import { LAYOUTS } from '../../src/model/observed.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/backends/kv/store.ts'
import { openStore as openEtcd } from '../backends/etcd/open.ts'
import { openLocalStore } from '../../src/backends/local/store.ts'
import { openStore as openZooKeeper } from '../backends/zookeeper/open.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { startZooKeeper } from '../servers/zookeeper/start.ts'
import { type FrameworkRecord, frameworkRecords, load, prefixesOf } from './frameworks.ts'
import { run } from './run.ts'

interface Ground {
  readonly registry: string
  readonly store: Store
}

/** In which layouts records of other programs are read. */
const READ_AS: ReadonlySet<string> = new Set(
  LAYOUTS.filter((layout) => layout !== 'aio' && !layout.startsWith('kratos')),
)

const text = (value: object) => Buffer.from(JSON.stringify(value))

/** What lies in the same stores and is no registry of services. */
const OTHER_SYSTEMS: readonly FrameworkRecord[] = [
  { key: '/registry/secrets/default/token', value: Buffer.from('k8s\0secret'), leased: false },
  { key: '/service/batman/leader', value: Buffer.from('postgresql0'), leased: true },
  { key: '/service/batman/config', value: text({ ttl: 30 }), leased: false },
  {
    key: '/service/batman/members/postgresql0',
    value: text({ conn_url: 'postgres://10.0.0.9:5432/postgres' }),
    leased: true,
  },
  { key: '/skydns/local/cluster/x1', value: text({ host: '10.0.0.8', port: 80 }), leased: false },
  {
    key: '/traefik/http/services/s/loadbalancer/servers/0/url',
    value: Buffer.from('http://10.0.0.1:80'),
    leased: false,
  },
]

/** Nothing of these is an error, is planned, or is changed, whatever prefix somebody looks under. */
function leavesAlone(ground: () => Ground, records: readonly FrameworkRecord[]): void {
  const rollcall = (line: string, prefix: string) =>
    run([...line.split(' '), '-r', ground().registry, '--prefix', prefix])

  beforeAll(() => load(ground().store, records))

  it.each(prefixesOf(records))('under the prefix %j', async (prefix) => {
    const checked = await rollcall('check-keys --severity error -o json', prefix)
    expect({ ...checked, items: JSON.parse(checked.stdout).items }).toMatchObject({ status: 0, items: [] })
    for (const reason of ['--malformed', '', '--no-lease', '--empty-nodes'].filter((each) => allows(each, ground()))) {
      const plan = await rollcall(`purge ${reason} --dry-run -o json`.replaceAll('  ', ' '), prefix)
      expect(JSON.parse(plan.stdout || '{"records":[]}').records, `${reason} ${plan.stderr}`).toEqual([])
    }
    const instances = JSON.parse((await rollcall('ls --all -o json', prefix)).stdout).items as { layout: string }[]
    expect(instances.map(({ layout }) => layout).filter((layout) => !READ_AS.has(layout))).toEqual([])
    for (const { service, id } of targetsOf(records.filter((record) => !isOfSpring(record)))) {
      const offline = await run(['offline', `${service}/${id}`, '-r', ground().registry, '--prefix', prefix])
      expect(offline.status, offline.stdout).not.toBe(0)
    }
  })

  it('and their bytes and leases are as they were', async () => {
    for (const { key, value, leased } of records) {
      const [found] = await recordsAt(ground().store, key)
      expect(found && { value: Buffer.from(found.value), leased: found.lease !== undefined }, key).toEqual({
        value,
        leased,
      })
    }
  })
}

const allows = (reason: string, { store }: Ground) => reason !== '--empty-nodes' || store.sessions === true

/** The only framework's records whose status rollcall sets. */
const isOfSpring = ({ value }: FrameworkRecord) => value.includes('springframework')

function targetsOf(records: readonly FrameworkRecord[]): { service: string; id: string }[] {
  return records
    .map(({ key }) => key.split('/'))
    .map((segments) => ({ service: segments.at(-2) ?? '', id: segments.at(-1) ?? '' }))
}

async function recordsAt(store: Store, key: string) {
  const records = []
  const start = Buffer.from(key)
  for await (const page of store.scan({ start, end: Buffer.concat([start, Buffer.of(0)]) }))
    records.push(...page.records)
  return records
}

function onFlatStore(ground: () => Ground): void {
  for (const [name, records] of frameworkRecords('etcd'))
    describe(`leaves ${name} alone`, () => leavesAlone(ground, records))
  describe('leaves other systems alone', () => leavesAlone(ground, OTHER_SYSTEMS))
}

describe('records of other programs, embedded', () => {
  let folder: string
  let ground: Ground
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-foreign-'))
    const file = join(folder, 'registry.db')
    const store = await openLocalStore(file, Date.now)
    await store.create()
    ground = { registry: `file:${file}`, store }
  })
  afterAll(async () => {
    await ground.store[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })
  onFlatStore(() => ground)
})

await describeWith('etcd', 'records of other programs, on etcd', () => {
  let ground: Ground
  let server: Awaited<ReturnType<typeof startEtcd>>
  beforeAll(async () => {
    server = await startEtcd()
    const registry = `etcd://${server.endpoint}`
    ground = { registry, store: await openEtcd(registry) }
  })
  afterAll(async () => {
    await ground.store[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })
  onFlatStore(() => ground)
})

await describeWith('zookeeper', 'records of other programs, on ZooKeeper', () => {
  let ground: Ground
  let server: Awaited<ReturnType<typeof startZooKeeper>>
  beforeAll(async () => {
    server = await startZooKeeper()
    const registry = `zookeeper://${server.endpoint}`
    ground = { registry, store: await openZooKeeper(registry) }
  })
  afterAll(async () => {
    await ground.store[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })
  for (const [name, records] of frameworkRecords('zookeeper'))
    describe(`leaves ${name} alone`, () => leavesAlone(() => ground, records))
})
