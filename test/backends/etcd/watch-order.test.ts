import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import { isReliable } from '../../../src/backends/etcd/progress.ts'
import { etcd } from '../../../src/backends/etcd/driver.ts'
import type { Operation, Store } from '../../../src/backends/kv/store.ts'
import { silent } from '../../../src/model/logger.ts'
import { targetOf } from '../../conformance/kv-registry.ts'
import { WatchLog } from '../../conformance/watch-log.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { openStore } from './open.ts'

const BEFORE = '/microservices/pay/'
const BETWEEN = '/registry/pods/default/'
const AFTER = '/service/pay/'
const WRITES = 4_000
const WRITERS = 16

await describeWith('etcd', 'a watch of etcd on both sides of what Kubernetes keeps there', () => {
  let server: EtcdServer
  let backend: Backend
  let store: Store

  beforeAll(async () => {
    server = await startEtcd()
    const target = targetOf(etcd, `etcd://${server.endpoint}`, 'auto')
    backend = await etcd.open(target, { signal: new AbortController().signal, logger: silent, now: Date.now })
    store = await openStore(`etcd://${server.endpoint}`)
  })
  afterAll(async () => {
    await backend[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const present = async () => {
    for await (const page of backend.scan({})) return page.revision
    return undefined
  }

  /** Writes the keys with one transaction; returns its revision. */
  const write = async (keys: readonly string[], value: string) => {
    const operations = keys.map((key): Operation => ({ put: Buffer.from(key), value: Buffer.from(value) }))
    const [outcome] = await store.write(operations, { atomic: true })
    return Number(outcome?.revision)
  }

  it('loses nothing and mixes nothing up, wherever it is cut and continued from the last revision that it told', async () => {
    let since = await present()
    const written = new Map<number, string[]>()
    let left = WRITES
    const writer = async () => {
      while (left-- > 0) {
        const at = left
        const places = [[BEFORE], [AFTER], [BEFORE, AFTER], [BETWEEN], [AFTER, BETWEEN, BEFORE]][at % 5] ?? []
        const told = places.filter((place) => place !== BETWEEN).map((place) => `${place}${at % 50}`)
        const keys = [...told, ...places.filter((place) => place === BETWEEN).map((place) => `${place}${at % 50}`)]
        const revision = await write(keys, String(at))
        if (told.length > 0) written.set(revision, told.toSorted())
      }
    }
    const writing = Promise.all(Array.from({ length: WRITERS }, writer))
    const told: [number, string[]][] = []
    let cuts = 0
    let isWritten = false
    void writing.then(() => (isWritten = true))
    // Once all is written, the last watch goes on until the last change is told.
    const isOver = () => isWritten && told.at(-1)?.[0] === Math.max(...written.keys())
    while (!isOver()) {
      const stop = new AbortController()
      let most = Math.ceil(Math.random() * 120)
      for await (const message of backend.watch?.({}, { since, signal: stop.signal }) ?? []) {
        if (message.is === 'link') continue
        since = message.revision
        if (message.is === 'changes' && message.changes.length > 0)
          told.push([Number(message.revision), message.changes.map((change) => idOf(change)).toSorted()])
        if (--most === 0 || isOver()) break
      }
      stop.abort()
      cuts++
    }
    await writing
    expect(told).toEqual([...written].toSorted(([a], [b]) => a - b))
    expect(cuts).toBeGreaterThan(10)
  })

  it('tells a change of one side at once, though the other side is still', async () => {
    const log = new WatchLog(backend, {}, await present())
    onTestFinished(() => log.stop())
    await write([`${AFTER}1`], 'a')
    await log.tells([`+${AFTER}1`])
    await write([`${BEFORE}1`], 'b')
    await log.tells([`+${AFTER}1`, `+${BEFORE}1`])
  })

  it('moves its revision on with what only Kubernetes writes, and is sent none of that', async () => {
    const log = new WatchLog(backend, {}, await present())
    onTestFinished(() => log.stop())
    await write([`${BETWEEN}1`], 'x'.repeat(100_000))
    const later = await write([`${AFTER}2`], 'c')
    await log.tells([`+${AFTER}2`])
    expect(log.messages.filter(({ is }) => is === 'changes')).toMatchObject([{ revision: String(later) }])
  })

  it('says that the history is lost when it is compacted past the revision to continue from', async () => {
    const since = await present()
    const latest = await write([`${BEFORE}3`, `${AFTER}3`], 'd').then(() => write([`${BEFORE}3`], 'e'))
    await server.etcdctl('compaction', String(latest))
    await expect(new WatchLog(backend, {}, since).done).rejects.toMatchObject({ code: 'history-lost' })
  })
})

await describeWith('etcd', 'a watch of an etcd in which Kubernetes keeps nothing yet', () => {
  it('is one, and one of each side from its first key on, and tells everything in order', async () => {
    await using server = await startEtcd()
    const target = targetOf(etcd, `etcd://${server.endpoint}`, 'auto')
    await using backend = await etcd.open(target, {
      signal: new AbortController().signal,
      logger: silent,
      now: Date.now,
    })
    await using store = await openStore(`etcd://${server.endpoint}`)
    const write = async (...keys: string[]) => {
      const puts = keys.map((key): Operation => ({ put: Buffer.from(key), value: Buffer.from('') }))
      const [outcome] = await store.write(puts, { atomic: true })
      return outcome?.revision
    }
    const watches = async () => {
      const metrics = await (await fetch(`http://${server.endpoint}/metrics`)).text()
      return Number(/^etcd_debugging_mvcc_watcher_total (\d+)$/m.exec(metrics)?.[1])
    }
    const log = new WatchLog(backend, {}, await write('/start'))
    try {
      await expect.poll(watches).toBe(1)
      await write(`${BEFORE}1`, `${AFTER}1`)
      await write(`${AFTER}2`, `${BETWEEN}1`)
      await log.tells([`+${BEFORE}1`, `+${AFTER}1`, `+${AFTER}2`])
      await expect.poll(watches).toBe(2)
      await write(`${BETWEEN}2`, `${BEFORE}2`)
      await log.tells([`+${BEFORE}1`, `+${AFTER}1`, `+${AFTER}2`, `+${BEFORE}2`])
    } finally {
      await log.stop()
    }
  })
})

describe('the versions of etcd whose word on a watch can be taken', () => {
  it.each(['3.4.31', '3.4.40', '3.5.13', '3.6.0', '3.6.7', '3.7.0-rc.1', '4.0.0'])('include %s', (version) => {
    expect(isReliable(version)).toBe(true)
  })

  it.each(['', '2.3.8', '3.3.27', '3.4.30', '3.5.0', '3.5.12'])('do not include "%s"', (version) => {
    expect(isReliable(version)).toBe(false)
  })
})

function idOf(change: { put: { id: string } } | { removed: { id: string } }): string {
  return 'put' in change ? change.put.id : change.removed.id
}
