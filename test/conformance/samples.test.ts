import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Backend, RestoreRecord } from '../../src/backends/contract/backend.ts'
import type { Target } from '../../src/backends/contract/driver.ts'
import { etcd } from '../../src/backends/etcd/driver.ts'
import { drivers } from '../../src/backends/index.ts'
import { local } from '../../src/backends/local/driver.ts'
import { silent } from '../../src/model/logger.ts'
import { escapeKey } from '../../src/model/key.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { bytes, collect } from './ground.ts'
import { targetOf } from './kv-registry.ts'

interface Sample {
  readonly key: string
  readonly value: string
  readonly lease: boolean
  readonly verdict: 'ok' | 'info' | 'warning' | 'error'
  readonly why: string
}

const text = await readFile(new URL('../fixtures/etcd-records.json', import.meta.url), 'utf8')
const { records: samples }: { records: Sample[] } = JSON.parse(text)

function opened(target: Target): Promise<Backend> {
  const driver = drivers.find(({ name }) => name === target.driver) ?? local
  return driver.open(target, { signal: new AbortController().signal, logger: silent, now: Date.now })
}

/** The samples, read back one by one. The last lies under /services, where it is to be read with that prefix. */
function readBack(open: (prefix?: string) => Promise<Backend>): void {
  let usual: Backend
  let services: Backend
  beforeAll(async () => {
    usual = await open()
    services = await open('/services')
    for (const backend of new Set([usual, services])) await collect(backend.restore?.(samples.map(restoreRecord)))
  })
  afterAll(async () => {
    await usual[Symbol.asyncDispose]()
    await services[Symbol.asyncDispose]()
  })

  it.each(samples)('$key: $verdict ($why)', async ({ key, value, lease, verdict }) => {
    const backend = key.startsWith('/services/') ? services : usual
    const pages = await collect(backend.scan({}))
    const record = pages.flatMap((page) => page.records).find(({ id }) => id === escapeKey(Buffer.from(key)))
    if (!record) throw new Error(`${key} was not read`)
    expect(bytes(record)).toBe(Buffer.from(value).toString('hex'))
    expect(record.lease !== undefined).toBe(lease)
    expect(backend.read(record, Date.now()).is).toBe(verdict === 'error' ? 'malformed' : 'instance')
  })

  it('reads nothing else', async () => {
    const pages = await Promise.all([usual, services].map((backend) => collect(backend.scan({}))))
    expect(pages.flat().flatMap((page) => page.records)).toHaveLength(samples.length)
  })
}

function restoreRecord({ key, value, lease }: Sample): RestoreRecord {
  const id = escapeKey(Buffer.from(key))
  return { id, service: '', body: Buffer.from(value), ttlGranted: lease ? 3600 : null }
}

describe('the samples, embedded', () => {
  readBack((prefix) => opened(targetOf(local, 'memory:', 'auto', prefix)))
})

await describeWith('etcd', 'the samples, on etcd', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await startEtcd()
  })
  afterAll(() => server[Symbol.asyncDispose]())
  readBack((prefix) => opened(targetOf(etcd, `etcd://${server.endpoint}`, 'auto', prefix)))
})
