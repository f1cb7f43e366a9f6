import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RollcallError } from '../../../src/model/errors.ts'
import type { EtcdServer } from '../../servers/etcd/start.ts'
import { type Fresh, onEmbeddedAndEtcd } from '../embedded-and-etcd.ts'
import { type Running, run, start } from '../run.ts'

const PATIENT = { timeout: 20_000, interval: 20 }

let registry: string
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-on-change-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Notes what it was told, a line each run; fails while there is a file `broken`, and waits while there is one called `busy`. */
const PROGRAM = `
ids=$(tr ',' '\\n' | grep -o '"id":"[^"]*"' | cut -d'"' -f4 | tr '\\n' '+')
echo "$ROLLCALL_EVENT $ROLLCALL_SERVICE/$ROLLCALL_INSTANCE $ids" >> told
while [ -e busy ]; do sleep 0.02; done
[ ! -e broken ]`

const put = (name: string) => writeFile(join(folder, name), '')
const take = (name: string) => rm(join(folder, name))
const told = async () => (await readFile(join(folder, 'told'), 'utf8').catch(() => '')).split('\n').filter(Boolean)
const tells = (lines: readonly string[]) => expect.poll(told, PATIENT).toEqual(lines)
const register = (id: string) => run(`register pay --id ${id} -e grpc://10.0.0.1:1 --ttl none -r ${registry}`)

interface Watching extends Running {
  readonly stop: () => Promise<number>
}

function watching(flags = '--debounce 0s'): Watching {
  const controller = new AbortController()
  const words = `watch pay ${flags} -r ${registry} -- sh -c`.split(' ')
  const running = start([...words, PROGRAM], { cwd: folder, signal: controller.signal })
  const stop = async () => {
    controller.abort(new RollcallError('interrupted', 'interrupted'))
    return (await running.ended).status
  }
  return { ...running, stop }
}

function tests(fresh: Fresh): void {
  beforeEach(async () => {
    registry = await fresh()
  })

  it('runs it for the first state and for each change, with the state in its input', async () => {
    await register('a')
    const running = watching()
    await tells(['synced / a+'])
    await register('b')
    await tells(['synced / a+', 'added pay/b a+b+'])
    await run(`deregister pay/a -r ${registry}`)
    await tells(['synced / a+', 'added pay/b a+b+', 'removed pay/a b+'])
    expect(await running.stop()).toBe(130)
    expect(running.stdout.text()).toBe('')
  })

  it('runs it once at a time, and once for all that changed meanwhile', async () => {
    await put('busy')
    const running = watching()
    await tells(['synced / '])
    for (const id of ['a', 'b', 'c']) await register(id)
    expect(await told()).toHaveLength(1)
    await take('busy')
    await expect.poll(async () => (await told()).at(-1), PATIENT).toBe('added pay/c a+b+c+')
    expect((await told()).length).toBeLessThanOrEqual(4)
    expect(await running.stop()).toBe(130)
  })

  it('runs it again where it failed', async () => {
    await put('broken')
    const running = watching('--debounce 0s --no-snapshot')
    await expect.poll(async () => (await register('a')).status, PATIENT).toBe(0)
    await expect.poll(async () => (await told()).length, PATIENT).toBeGreaterThanOrEqual(2)
    await take('broken')
    const lines = await told()
    expect(new Set(lines)).toEqual(new Set(['added pay/a a+']))
    expect(running.stderr.text()).toContain('sh ended with 1; it is run again, and with the next change')
    expect(await running.stop()).toBe(130)
  })
}

function onEmbedded(): void {
  beforeEach(async () => {
    await run(`register other -e http://127.0.0.1:1 --ttl none -r ${registry}`)
  })

  it('ends the program on Ctrl-C, and then itself', async () => {
    await put('busy')
    const running = watching()
    await tells(['synced / '])
    expect(await running.stop()).toBe(130)
  })

  it('is refused with what it makes no sense with', async () => {
    const refused = async (line: string) => (await run(`${line} -r ${registry}`)).status
    expect(await refused('watch --debounce 1s')).toBe(2)
    for (const flags of ['-o json', '--since 1', '--limit 1', '--fields type', '--debounce nix'])
      expect({ flags, status: (await run(`watch ${flags} -r ${registry} -- true`)).status }).toEqual({
        flags,
        status: 2,
      })
    expect((await run(`watch -r ${registry} -- /nowhere`)).status).toBe(2)
  })

  it('begins with what changes where no snapshot is wanted', async () => {
    await register('a')
    const controller = new AbortController()
    const shown = start(`watch pay --no-snapshot -o ndjson -r ${registry}`, { signal: controller.signal })
    await expect.poll(() => shown.stdout.text(), PATIENT).toContain('synced')
    await register('b')
    await expect.poll(() => shown.stdout.text(), PATIENT).toContain('added')
    controller.abort(new RollcallError('interrupted', 'interrupted'))
    const types = (await shown.ended).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type)
    expect(types).toEqual(['synced', 'added'])
  })
}

function onEtcd(server: () => EtcdServer): void {
  it('takes names that no environment can hold', async () => {
    const running = watching()
    await tells(['synced / '])
    const value = { id: `a\u0000${'b'.repeat(300_000)}`, name: 'pay', version: 'v1', endpoints: ['grpc://10.0.0.1:1'] }
    const [key, stored] = ['/microservices/pay/odd', JSON.stringify(value)].map((text) =>
      Buffer.from(text).toString('base64'),
    )
    const answer = await fetch(`http://${server().endpoint}/v3/kv/put`, {
      method: 'POST',
      body: JSON.stringify({ key, value: stored }),
    })
    expect(answer.ok).toBe(true)
    await expect.poll(async () => (await told()).at(-1), PATIENT).toMatch(/^added pay\/a\\x00b{4091} /)
    expect(await running.stop()).toBe(130)
  })

  it('goes on when the registry was away', async () => {
    const running = watching()
    await tells(['synced / '])
    await server().restart()
    await expect.poll(async () => (await register('a')).status, PATIENT).toBe(0)
    await expect.poll(async () => (await told()).at(-1), PATIENT).toBe('added pay/a a+')
    expect(await running.stop()).toBe(130)
  })
}

await onEmbeddedAndEtcd('watch with a program', tests, { onEmbedded, onEtcd })
