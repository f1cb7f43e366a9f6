import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLocalStore } from '../../../src/backends/local/store.ts'
import { RollcallError } from '../../../src/model/errors.ts'
import { Demo, type Json } from '../demo.ts'
import { validated } from '../validated.ts'

let demo: Demo
beforeAll(async () => {
  demo = await Demo.open()
})
afterAll(() => demo[Symbol.asyncDispose]())

const lines = (text: string): Json[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

describe('watch', () => {
  it('tells a snapshot, synced, then what changes', async () => {
    const stop = new AbortController()
    const watching = demo.start('watch fresh users -o ndjson', { signal: stop.signal })
    const types = () => lines(watching.stdout.text()).map((event) => event.type)
    await expect.poll(types).toEqual(['snapshot', 'snapshot', 'synced'])
    await demo.run('register fresh --id f -e grpc://10.0.0.1:1 --version v1 --ttl 2h')
    await demo.run('register fresh --id f -e grpc://10.0.0.1:1 --version v2 --ttl 2h --replace')
    await demo.run('renew fresh/f')
    await demo.run('deregister fresh/f')
    await expect.poll(types).toEqual(['snapshot', 'snapshot', 'synced', 'added', 'updated', 'removed'])
    const [, , synced, added, updated] = lines(watching.stdout.text())
    const lease = expect.stringMatching(/^[0-9a-f]+$/)
    expect(updated.changes).toEqual([
      { field: 'version', from: 'v1', to: 'v2' },
      { field: 'lease', from: lease, to: lease },
    ])
    expect(Number(added.revision)).toBeGreaterThan(Number(synced.revision))
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    expect((await watching.ended).status).toBe(130)

    const past = await demo.run(`watch fresh --since ${synced.revision} --limit 3`)
    expect(past.status).toBe(0)
    expect(past.stdout.replace(/\d\d:\d\d:\d\d {2}|, lease .*/g, '')).toBe(
      '+ added     fresh/f  up  v1  grpc://10.0.0.1:1\n~ updated   fresh/f  version v1 → v2\n- removed   fresh/f\n',
    )
  })

  it('tells a record that becomes malformed and one that goes, and another lease or none', async () => {
    const stop = new AbortController()
    const watching = demo.start('watch odd -o ndjson', { signal: stop.signal })
    const events = () => lines(watching.stdout.text())
    await expect.poll(() => watching.stdout.text()).toContain('synced')
    const key = '/microservices/odd/o'
    const value = JSON.stringify({ id: 'o', name: 'odd', version: '', metadata: {}, endpoints: ['grpc://10.0.0.1:1'] })
    await using store = await openLocalStore(demo.file, Date.now)
    const put = async (text: string, ttl?: number) => {
      const lease = ttl === undefined ? {} : { lease: (await store.grant(ttl)).lease }
      await store.write([{ put: Buffer.from(key), value: Buffer.from(text), ...lease }])
    }
    await put(value, 60)
    await expect.poll(() => events().at(-1)?.type).toBe('added')
    await put(value, 60)
    await expect.poll(() => events().at(-1)?.type).toBe('updated')
    await put(value)
    await expect.poll(() => events().length).toBe(4)
    const [, added, other, lost] = events()
    const { lease } = added.instance
    expect(other.changes).toEqual([{ field: 'lease', from: lease, to: expect.stringMatching(/^[0-9a-f]+$/) }])
    expect(lost.changes).toEqual([{ field: 'lease', from: other.changes[0].to }])
    await put('no json')
    await expect.poll(() => events().at(-1)?.type).toBe('malformed')
    const [removed, malformed] = events().slice(-2)
    expect(removed).toMatchObject({ type: 'removed', instance: { id: 'o' } })
    expect(malformed).toMatchObject({ service: 'odd', key, problem: 'not-json', revision: expect.any(String) })
    await demo.run(['deregister', '--raw-key', key, '--yes'])
    await expect.poll(() => events().at(-1)?.gone).toBe(true)
    for (const event of events()) validated({ apiVersion: 'rollcall/v1', kind: 'Event', ...event })
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    await watching.ended
    const past = await demo.run(`watch odd --since ${added.revision} --limit 5`)
    expect(past.stdout).toMatch(/! malformed {2}\S+ {2}\/microservices\/odd\/o {2}gone\n$/)
  })

  it('takes a renewal time for an event when told so', async () => {
    const id = 'mailer/mailer-4f0c2a7be19d3356'
    const stop = new AbortController()
    // However long it takes, nothing expires.
    const env = { ROLLCALL_AIO_TTL: '24h' }
    const quiet = demo.start('watch mailer -o ndjson', { signal: stop.signal, env })
    const renewals = demo.start('watch mailer --renewals --limit 5 -o ndjson', { env })
    await expect.poll(() => quiet.stdout.text()).toContain('synced')
    await expect.poll(() => renewals.stdout.text()).toContain('synced')
    await demo.run(`renew ${id}`, { now: () => Date.now() + 2000 })
    const { status, stdout } = await renewals.ended
    expect(status).toBe(0)
    expect(lines(stdout).at(-1)).toMatchObject({ type: 'updated', changes: [{ field: 'renewedAt' }] })
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    expect((await quiet.ended).stdout).not.toContain('updated')
  })

  it('tells only what selectors choose', async () => {
    const stop = new AbortController()
    const watching = demo.start('watch --status down -o ndjson', { signal: stop.signal })
    await expect.poll(() => watching.stdout.text()).toContain('synced')
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    const { stdout } = await watching.ended
    expect(lines(stdout).map((event) => event.type)).toEqual(['snapshot', 'synced'])
  })

  it('ends with 124 when its time is up', async () => {
    const { status, stderr } = await demo.run('watch --timeout 300ms')
    expect(status).toBe(124)
    expect(stderr).toContain('not done within 300ms')
  })

  it('refuses a format without an end, and a revision that is none', async () => {
    expect((await demo.run('watch -o csv')).status).toBe(2)
    expect((await demo.run('watch --since yesterday --timeout 2s')).status).toBe(2)
  })
})
