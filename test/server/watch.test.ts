import { connect } from 'node:net'
import { expect, it } from 'vitest'
import type { RestoreRecord } from '../../src/backends/contract/backend.ts'
import { Ground, onEmbeddedAndEtcd } from './ground.ts'

interface Told {
  readonly event: string
  readonly id?: string
  // eslint-disable-next-line typescript/no-explicit-any -- whatever JSON holds
  readonly data: any
}

/** Reads server-sent events as they come. */
class Reader implements AsyncDisposable {
  readonly told: Told[] = []
  ended = false
  readonly #stop = new AbortController()
  readonly #done: Promise<void>

  constructor(url: string, last?: string) {
    this.#done = this.#read(url, last)
      .catch(() => {})
      .then(() => void (this.ended = true))
  }

  events(): string[] {
    return this.told.map(({ event }) => event)
  }

  async until(event: string, count = 1): Promise<void> {
    await expect.poll(() => this.events().filter((each) => each === event).length).toBeGreaterThanOrEqual(count)
  }

  async #read(url: string, last?: string): Promise<void> {
    const headers: Record<string, string> = last === undefined ? {} : { 'last-event-id': last }
    const answer = await fetch(url, { headers, signal: this.#stop.signal })
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    let text = ''
    for await (const chunk of answer.body ?? []) {
      const blocks = (text + Buffer.from(chunk).toString()).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)))
        if (fields.event) this.told.push({ ...fields, event: fields.event, data: JSON.parse(fields.data) })
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#done
  }
}

/** Of as many instances, each of so many bytes or a few more. */
function largeRecords(count: number, bytes: number): RestoreRecord[] {
  return Array.from({ length: count }, (_, at) => {
    const value = { id: `i-${at}`, name: 'a', version: '', metadata: { filler: 'x'.repeat(bytes) }, endpoints: [] }
    return { id: `/microservices/a/i-${at}`, service: 'a', body: Buffer.from(JSON.stringify(value)), ttlGranted: null }
  })
}

await onEmbeddedAndEtcd('watching over HTTP', (open) => {
  it('tells a snapshot, then every change; of one service when asked', async () => {
    await using ground = await open()
    const id = await ground.register('a', 1)
    await using all = new Reader(`${ground.url}/registry/watch`)
    await using one = new Reader(`${ground.url}/registry/watch/a`)
    await Promise.all([all.until('synced'), one.until('synced')])
    await ground.register('b', 2)
    await ground.ask('PUT', `/registry/services/${id}/offline`)
    await ground.ask('DELETE', `/registry/services/${id}`)
    await Promise.all([all.until('removed'), one.until('removed')])
    expect(all.events()).toEqual(['snapshot', 'synced', 'added', 'updated', 'removed'])
    expect(one.events()).toEqual(['snapshot', 'synced', 'updated', 'removed'])
    expect(one.told[0]?.data).toMatchObject({ id, status: 'active', address: '127.0.0.1:1' })
    expect(one.told[2]?.data).toMatchObject({ id, status: 'inactive' })
  })

  it('tells who comes back what he missed, each once', async () => {
    await using ground = await open()
    await ground.register('a', 1)
    let last: string | undefined
    {
      await using first = new Reader(`${ground.url}/registry/watch`)
      await first.until('synced')
      await ground.register('a', 2)
      await first.until('added')
      last = first.told.at(-1)?.id
    }
    for (const port of [3, 4, 5]) await ground.register('a', port)
    await using again = new Reader(`${ground.url}/registry/watch`, last)
    await again.until('added', 3)
    expect(again.told.map(({ data }) => data.address)).toEqual(['127.0.0.1:3', '127.0.0.1:4', '127.0.0.1:5'])
    await using unknown = new Reader(`${ground.url}/registry/watch`, 'unknown')
    await unknown.until('synced')
    expect(unknown.events()).toEqual([...Array.from({ length: 5 }, () => 'snapshot'), 'synced'])
  })
})

it('tells all since the snapshot to who saw nothing else', async () => {
  await using ground = await Ground.open()
  await using first = new Reader(`${ground.url}/registry/watch`)
  await first.until('synced')
  await ground.register('a', 1)
  await first.until('added')
  await using again = new Reader(`${ground.url}/registry/watch`, first.told[0]?.id)
  await again.until('added')
  expect(again.events()).toEqual(['added'])
})

it('ends streams when the server stops, and says so', async () => {
  const ground = await Ground.open()
  await using reader = new Reader(`${ground.url}/registry/watch`)
  await reader.until('synced')
  await ground[Symbol.asyncDispose]()
  await reader.until('bye')
  await expect.poll(() => reader.ended).toBe(true)
})

it('cuts off who does not read, and nobody else', async () => {
  await using ground = await Ground.open()
  const socket = connect(ground.server.port, '127.0.0.1').pause()
  let isCut = false
  socket.on('close', () => (isCut = true)).on('error', () => {})
  socket.write('GET /registry/watch HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  await using reader = new Reader(`${ground.url}/registry/watch`)
  await reader.until('synced')
  // More than the system keeps of a connection, and no more at once than may wait for a reader.
  const all = largeRecords(300, 50_000)
  for (let from = 0; from < all.length; from += 10) {
    for await (const { result } of ground.client.restore(all.slice(from, from + 10))) expect(result).toBe('done')
    await reader.until('added', from + 10)
  }
  socket.resume()
  await expect.poll(() => isCut).toBe(true)
  expect(reader.ended).toBe(false)
})

it('tells a registry that is far larger than what may wait for a reader, and then what came meanwhile', async () => {
  await using ground = await Ground.open()
  for await (const { result } of ground.client.restore(largeRecords(5_000, 1_000))) expect(result).toBe('done')
  await expect.poll(async () => (await ground.get('/stats')).data.total_instances).toBe(5_000)
  const socket = connect(ground.server.port, '127.0.0.1').setEncoding('utf8')
  socket.write('GET /registry/watch HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  let text = ''
  socket.once('data', () => socket.pause()).on('data', (chunk: string) => (text += chunk))
  await expect.poll(() => text).toContain('event: snapshot')
  await ground.register('b', 1)
  expect(text).not.toContain('event: synced')
  socket.resume()
  await expect.poll(() => text.includes('event: added'), { timeout: 60_000 }).toBe(true)
  expect(text.match(/event: snapshot/g)).toHaveLength(5_000)
  expect(text.indexOf('event: added')).toBeGreaterThan(text.indexOf('event: synced'))
  socket.destroy()
})
