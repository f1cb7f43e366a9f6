import { expect, it } from 'vitest'
import type { StorePage } from '../../../../src/backends/kv/store.ts'
import { numbered, type Ground } from './ground.ts'

export function stopping(ground: () => Ground): void {
  it('does nothing for a caller who has already given up', async () => {
    const { store, range } = ground()
    const { lease } = await store.grant(60)
    const reason = new Error('given up')
    const signal = AbortSignal.abort(reason)
    const calls: [string, () => Promise<unknown>][] = [
      ['scan', () => first(store.scan(range, { signal }))],
      ['count', () => store.count(range, { signal })],
      ['write', () => store.write([{ put: ground().key('a'), value: Buffer.from('') }], { signal })],
      ['grant', () => store.grant(60, { signal })],
      ['keepAlive', () => store.keepAlive(lease, { signal })],
      ['lookUp', () => store.lookUp([lease], { signal })],
      ['revoke', () => store.revoke(lease, { signal })],
    ]
    for (const [name, call] of calls) await expect(call(), name).rejects.toBe(reason)
    expect(await ground().texts()).toEqual({})
    expect((await store.lookUp([lease])).size).toBe(1)
  })

  it('gives up a scan between its pages', async () => {
    const { store, range } = ground()
    await store.write(numbered(30).map((name) => ({ put: ground().key(name), value: Buffer.from('') })))
    const stop = new AbortController()
    const reason = new Error('given up')
    const scan = async () => {
      for await (const page of store.scan(range, { pageSize: 10, signal: stop.signal }))
        if (page.records.length > 0) stop.abort(reason)
    }
    await expect(scan()).rejects.toBe(reason)
    expect(await ground().records()).toHaveLength(30)
  })

  it('ends a watch quietly when it is aborted', async () => {
    const log = await ground().watch()
    const other = await ground().watch()
    log.stop()
    await expect(log.done).resolves.toBeUndefined()
    await ground().put('a')
    await other.until(() => other.changes().length > 0)
  })

  it('tells nothing to a watcher that was aborted before it began', async () => {
    const signal = AbortSignal.abort()
    for await (const event of ground().store.watch([ground().range], { signal }))
      throw new Error(`told ${JSON.stringify(event)}`)
    expect(signal.aborted).toBe(true)
  })

  it('ends its watches when it is disposed of', async () => {
    const log = await ground().watch()
    await ground().store[Symbol.asyncDispose]()
    await expect(log.done).resolves.toBeUndefined()
  })
}

async function first(pages: AsyncIterable<StorePage>): Promise<StorePage | undefined> {
  for await (const page of pages) return page
  return undefined
}
