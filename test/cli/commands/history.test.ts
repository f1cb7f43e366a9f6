import { copyFile, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RollcallError } from '../../../src/model/errors.ts'
import { Demo, type Json } from '../demo.ts'
import { onEmbeddedAndEtcd } from '../embedded-and-etcd.ts'
import type { Running } from '../run.ts'
import { validated } from '../validated.ts'

const lines = (text: string): Json[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

/** A command that runs until it is stopped, and is waited for. */
class Watch {
  readonly #stop = new AbortController()
  readonly #running: Running

  constructor(demo: Demo, line: string, env: Record<string, string> = {}) {
    this.#running = demo.start(`${line} -o ndjson`, { signal: this.#stop.signal, env })
  }

  get events(): Json[] {
    return lines(this.#running.stdout.text())
  }

  get types(): string[] {
    return this.events.map(({ type }) => type)
  }

  async until(type: string, times = 1): Promise<void> {
    await expect.poll(() => this.types.filter((each) => each === type).length).toBeGreaterThanOrEqual(times)
  }

  async end(): Promise<void> {
    this.#stop.abort(new RollcallError('interrupted', 'interrupted'))
    const { stderr, status } = await this.#running.ended
    expect({ status, stderr }).toEqual({ status: 130, stderr: expect.any(String) })
  }
}

let demo: Demo
beforeEach(async () => {
  demo = await Demo.open()
})
afterEach(() => demo[Symbol.asyncDispose]())

/** The events of a history, without those that the demo's own AIO records bring by time alone. */
async function historyOf(services: string, more = ''): Promise<Json[]> {
  const list = await demo.json(`history ${services} --journal j.db ${more}`)
  validated(list)
  return list.items
}

await onEmbeddedAndEtcd('history', (fresh) => {
  let env: Record<string, string>
  beforeEach(async () => {
    env = { ROLLCALL_REGISTRY: await fresh() }
    await demo.run('register there --id t -e grpc://10.0.0.1:1 --ttl 1h', { env })
  })
  const register = (version: string) =>
    demo.run(`register pay --id p -e grpc://10.0.0.1:1 --version ${version} --ttl 1h --replace`, { env })

  it('has who came, changed and went, when, and by which lease', async () => {
    const watch = new Watch(demo, 'watch --journal j.db', env)
    await watch.until('synced')
    await register('v1')
    await watch.until('added')
    await register('v2')
    await watch.until('updated')
    await demo.run('deregister pay/p', { env })
    await watch.until('removed')
    await watch.end()
    const [added, updated, removed, gap] = await historyOf('pay')
    expect(added).toMatchObject({ type: 'added', service: 'pay', id: 'p', instance: { version: 'v1' } })
    expect(added.instance.lease).toMatch(/^[0-9a-f]+$/)
    expect(updated.changes).toContainEqual({ field: 'version', from: 'v1', to: 'v2' })
    expect(removed).toMatchObject({ type: 'removed', since: added.at, instance: { version: 'v2' } })
    expect(Number(removed.revision)).toBeGreaterThan(Number(added.revision))
    expect(gap).toMatchObject({ type: 'gap', message: 'the journal is not being written' })
    expect(gap.until).toBeUndefined()
    // What was there before the journal is no event, but is there.
    expect(await historyOf('there')).toEqual([gap])
    const then = await demo.json(`history --journal j.db --at ${updated.at}`)
    validated(then)
    expect(then.items.map(({ name }: Json) => name).toSorted()).toEqual(['pay', 'there'])
    expect(then.asOf).toBe(updated.at)
    const table = await demo.run('history pay --journal j.db')
    expect(table.stdout).toMatch(/updated .*pay .*version v1 → v2/)
    expect(table.stderr).toContain('1 came, 1 went, 1 changed, 1 gap')
  })

  it('shows the time without a writer as a gap, and what differs after it as found', async () => {
    const first = new Watch(demo, 'watch --journal j.db', env)
    await first.until('synced')
    await register('v1')
    await first.until('added')
    await first.end()
    await register('v2')
    await demo.run('register late --id l -e grpc://10.0.0.2:1 --ttl 1h', { env })
    await demo.run('deregister there/t', { env })
    const between = new Date().toISOString()
    await delay(2)
    const second = new Watch(demo, 'watch --journal j.db', env)
    await second.until('synced')
    await second.end()
    const events = (await historyOf('')).filter(({ service }) => service !== undefined)
    expect(events).toMatchObject([
      { type: 'added', id: 'p' },
      { type: 'added', id: 'l', found: true },
      { type: 'updated', id: 'p', found: true },
      { type: 'removed', id: 't', found: true },
    ])
    expect(events[0].found).toBeUndefined()
    const then = await demo.run(`history --journal j.db --at ${between} -o json`, { env })
    expect(then.stderr).toMatch(/is in a gap from \S+ to \S+Z: this is what was known last/)
    const list = JSON.parse(then.stdout)
    validated(list)
    expect(list.items).toMatchObject([{ name: 'pay', version: 'v1' }, { name: 'there' }])
    expect(list.gap.until > between).toBe(true)
  })

  it('replays with `watch --since 10m`, and goes on without loss or doubling', async () => {
    const writer = new Watch(demo, 'watch --journal j.db', env)
    await writer.until('synced')
    await register('v1')
    await register('v2')
    await writer.until('updated')
    const reader = new Watch(demo, 'watch --since 10m --journal j.db', env)
    await reader.until('updated')
    await register('v3')
    await demo.run('deregister pay/p', { env })
    await Promise.all([reader.until('removed'), writer.until('removed')])
    expect(reader.types).toEqual(['added', 'updated', 'updated', 'removed'])
    expect(reader.events.map(({ instance }) => instance.version)).toEqual(['v1', 'v2', 'v3', 'v3'])
    for (const event of reader.events) validated({ apiVersion: 'rollcall/v1', kind: 'Event', ...event })
    await Promise.all([reader.end(), writer.end()])
    // The last revision lies in the past: the registry itself has what came after it.
    await register('v4')
    const later = new Watch(demo, 'watch pay --since 10m --journal j.db', env)
    await later.until('added', 2)
    expect(later.types).toEqual(['added', 'updated', 'updated', 'removed', 'added'])
    await later.end()
    const other = await demo.run('watch --since 10m --journal j.db')
    expect(other).toMatchObject({ status: 2, stderr: expect.stringContaining('the journal is of') })
  })
})

describe('a journal', () => {
  it('has one writer: a second is refused with 7 and named the first, and readers are not', async () => {
    const first = new Watch(demo, 'watch --journal j.db')
    await first.until('synced')
    await symlink('j.db', join(demo.folder, 'link.db'))
    const serve = 'serve --insecure-no-auth --listen 127.0.0.1:0 --journal j.db'
    for (const line of ['watch --journal j.db', serve, 'watch --journal link.db']) {
      const second = await demo.run(line)
      expect(second).toMatchObject({ status: 7, stdout: '' })
      expect(second.stderr).toContain(`.db is being written by process ${process.pid}`)
    }
    expect(await demo.run('history --journal j.db')).toMatchObject({ status: 0 })
    await first.end()
    const third = new Watch(demo, 'watch --journal j.db')
    await third.until('synced')
    await third.end()
  })

  it('refuses a file of another kind, of a newer version, and of another registry, and leaves it as it is', async () => {
    const path = (name: string) => join(demo.folder, name)
    await demo.run('watch --no-snapshot --journal newer.db --limit 1')
    const newer = await readFile(path('newer.db'))
    newer.writeUInt32BE(2, 60)
    await writeFile(path('newer.db'), newer)
    await writeFile(path('text.db'), 'SQLite is not in here')
    await copyFile(demo.file, path('embedded.db'))
    for (const name of ['newer.db', 'text.db', 'embedded.db']) {
      const before = await readFile(path(name))
      for (const line of [`watch --journal ${name}`, `history --journal ${name}`]) {
        const { status, stderr } = await demo.run(line)
        expect({ line, status, stderr }).toEqual({ line, status: 3, stderr: expect.stringContaining(name) })
      }
      expect(await readFile(path(name))).toEqual(before)
    }
    await demo.run('watch --no-snapshot --journal j.db --limit 1')
    const other = await demo.run('watch --journal j.db --prefix /elsewhere')
    expect(other).toMatchObject({ status: 2, stderr: expect.stringContaining('prefix /elsewhere') })
  })

  it('is readable by its owner only', async () => {
    await demo.run('watch --no-snapshot --journal j.db --limit 1')
    expect((await stat(join(demo.folder, 'j.db'))).mode & 0o777).toBe(0o600)
  })

  it('marks what goes three times within ten minutes', async () => {
    const watch = new Watch(demo, 'watch --journal j.db')
    await watch.until('synced')
    for (let turn = 1; turn <= 4; turn++) {
      await demo.run('register flappy --id f -e grpc://10.0.0.1:1 --ttl 1h')
      await demo.run('deregister flappy/f')
    }
    await watch.until('removed', 4)
    await watch.end()
    const events = (await historyOf('flappy')).filter(({ type }) => type === 'removed')
    expect(events.map(({ flapped }) => flapped)).toEqual([undefined, undefined, 3, 4])
    const { stdout, stderr } = await demo.run('history flappy --journal j.db')
    expect(stdout).toContain('removed (flapping ×4)')
    expect(stderr).toContain('4 came, 4 went, 0 changed, 1 gap · flapping: flappy/f ×4')
  })

  it('has when a record became malformed and when it was removed', async () => {
    const watch = new Watch(demo, 'watch --journal j.db')
    await watch.until('synced')
    // Those that are there already are no news.
    expect(watch.types).not.toContain('malformed')
    const there = (await demo.json('purge --malformed --yes')).removed.length
    expect(there).toBeGreaterThan(0)
    await expect.poll(() => watch.events.filter(({ gone }) => gone).length).toBe(there)
    await watch.end()
    const events = (await historyOf('')).filter(({ type }) => type === 'malformed')
    expect(events.length).toBe(there)
    for (const event of events)
      expect(event).toMatchObject({ gone: true, key: expect.any(String), problem: expect.any(String) })
  })
})
