import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Store } from '../../../src/backends/kv/store.ts'
import type { EtcdServer } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { openStore, startWithOwnFolder } from './open.ts'

/** More than one transaction takes. */
const MANY = 300

const holds = async (store: Store, lease: string, keys: readonly Uint8Array[], options?: { patience?: number }) =>
  (await store.keepHolding?.(lease, keys, options)) !== undefined

await describeWith('etcd', 'whether keys hang on a lease of etcd', () => {
  let etcd: EtcdServer
  let root: Store
  beforeAll(async () => {
    etcd = await startWithOwnFolder()
    root = await openStore(`etcd://${etcd.endpoint}`, { user: 'root', password: 'root' })
  })
  afterAll(async () => {
    await root[Symbol.asyncDispose]()
    await etcd[Symbol.asyncDispose]()
  })

  const put = async (key: string, lease?: string): Promise<Uint8Array> => {
    const bytes = Buffer.from(key)
    await root.write([{ put: bytes, value: Buffer.from('value'), ...(lease !== undefined && { lease }) }])
    return bytes
  }

  it('is told of each by itself, of whom ever so many ask at once', async () => {
    const { lease } = await root.grant(60)
    const { lease: other } = await root.grant(60)
    const keys = await Promise.all(Array.from({ length: MANY }, (_, at) => put(`/own/${at}`, lease)))
    await put('/own/1', other)
    await put('/own/2')
    await root.write([{ delete: Buffer.from('/own/3') }])
    const before = await transactions()
    const held = await Promise.all(keys.map((key) => holds(root, lease, [key], { patience: 100 })))
    // One for each 125, and one more for the 125 of which some are lost.
    expect((await transactions()) - before).toBe(4)
    const lost = held.flatMap((isHeld, at) => (isHeld ? [] : [at]))
    expect(lost).toEqual([1, 2, 3])
  })

  it('is told with one request where none is lost', async () => {
    const { lease } = await root.grant(60)
    const keys = await Promise.all(Array.from({ length: 100 }, (_, at) => put(`/own/all/${at}`, lease)))
    const before = await transactions()
    const held = await Promise.all(keys.map((key) => holds(root, lease, [key], { patience: 100 })))
    expect((await transactions()) - before).toBe(1)
    expect(new Set(held)).toEqual(new Set([true]))
  })

  it('is told of several keys together', async () => {
    const { lease } = await root.grant(60)
    const keys = [await put('/own/a', lease), await put('/own/b', lease)]
    expect(await holds(root, lease, keys)).toBe(true)
    await put('/own/b')
    expect(await holds(root, lease, keys)).toBe(false)
  })

  it('is refused what is hidden from a user, and answered the rest', async () => {
    await using one = await openStore(`etcd://${etcd.endpoint}`, { user: 'one', password: 'one' })
    const { lease } = await root.grant(60)
    const hidden = await put('/other/a', lease)
    const seen = await put('/own/c', lease)
    const answers = await Promise.allSettled([hidden, seen].map((key) => holds(one, lease, [key])))
    expect(answers).toMatchObject([
      { status: 'rejected', reason: { code: 'forbidden' } },
      { status: 'fulfilled', value: true },
    ])
  })

  it('is asked as soon as one is out of patience, for the others too', async () => {
    const { lease } = await root.grant(60)
    const [one, other] = [await put('/own/e', lease), await put('/own/f', lease)]
    const before = await transactions()
    const patient = holds(root, lease, [one], { patience: 3_600_000 })
    expect(await holds(root, lease, [other], { patience: 1 })).toBe(true)
    expect(await patient).toBe(true)
    expect((await transactions()) - before).toBe(1)
  })

  it('is given up at once with its signal', async () => {
    const { lease } = await root.grant(60)
    const key = await put('/own/d', lease)
    const stop = new AbortController()
    const answer = root.keepHolding?.(lease, [key], { signal: stop.signal })
    stop.abort(new Error('given up'))
    await expect(answer).rejects.toThrow('given up')
  })

  /** How many etcd has answered. */
  async function transactions(): Promise<number> {
    const answer = await fetch(`http://${etcd.endpoint}/metrics`)
    const line = /grpc_server_handled_total\{.*grpc_code="OK",grpc_method="Txn".*\} (\d+)/.exec(await answer.text())
    return Number(line?.[1])
  }
})
