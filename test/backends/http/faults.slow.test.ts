import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Client } from '../../../src/client/client.ts'
import { Bin, type Started } from '../../cli/bin.ts'
import { freeze } from '../../servers/freeze.ts'
import { freePortWith } from '../../servers/ports.ts'
import { clientAt } from './open.ts'
import { Told } from './told.ts'

const MAIL = { name: 'mail', id: 'm-1', endpoints: ['http://10.0.0.1:80'] }
const PAY = { name: 'pay', id: 'p-1', endpoints: ['http://10.0.0.2:80'] }

let bin: Bin
let folder: string
let port: number
let server: Started
let client: Client
beforeAll(async () => {
  bin = await Bin.build()
})
afterAll(() => bin[Symbol.asyncDispose]())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-http-'))
  port = await freePortWith([])
  server = await start()
  client = await clientAt(port, { requestTimeout: 2_000, aioTtl: 3_000 })
})
afterEach(async () => {
  await client[Symbol.asyncDispose]()
  await server.stop('SIGKILL')
  await rm(folder, { recursive: true })
})

async function start(): Promise<Started> {
  const words = ['-r', 'file:./registry.db', 'serve', '--listen', `127.0.0.1:${port}`, '--insecure-no-auth']
  const started = bin.start(words, { cwd: folder })
  await expect.poll(() => started.stderr, { timeout: 30_000 }).toContain('listening')
  return started
}

const outages: readonly (readonly [string, () => Promise<unknown>, () => Promise<unknown>])[] = [
  ['stopped and started', () => server.stop('SIGTERM'), async () => (server = await start())],
  ['killed and started', () => server.stop('SIGKILL'), async () => (server = await start())],
  ['frozen', async () => freeze(server.child.pid ?? 0), async () => server.child.kill('SIGCONT')],
]

it.each(outages)(
  'is watched through, and what is kept alive stays: %s',
  async (_, end, begin) => {
    const events: string[] = []
    const kept = await client.keepAlive(MAIL, { onEvent: ({ type }) => void events.push(type) })
    await using told = new Told(client)
    await told.includes('snapshot mail/m-1', 'synced')
    // Only then it is certain that the watch has begun.
    await client.register({ ...PAY, id: 'p-0', endpoints: ['http://10.0.0.3:80'] })
    await told.includes('added pay/p-0')
    told.lines.splice(0)
    await end()
    await told.includes('link down')
    await begin()
    await told.includes('link up')
    await client.register(PAY)
    await told.includes('added pay/p-1')
    expect(told.lines).not.toContain('removed mail/m-1')
    await expect.poll(() => kept.registration.expiresAt, { timeout: 10_000 }).toBeGreaterThan(Date.now())
    expect(events.filter((type) => type !== 'retrying')).toEqual(['registered'])
    await kept[Symbol.asyncDispose]()
    expect((await client.find({})).map(({ instance }) => instance.id)).toEqual(['p-0', 'p-1'])
  },
  60_000,
)

it('tells what happened while the server was away', async () => {
  await client.register(MAIL)
  await using told = new Told(client)
  await told.includes('synced')
  await server.stop('SIGKILL')
  const ended = await bin.start(['-r', 'file:./registry.db', 'deregister', 'mail/m-1', '-y'], { cwd: folder }).ended
  expect(ended).toMatchObject({ status: 0 })
  server = await start()
  await told.includes('link up', 'removed mail/m-1')
}, 60_000)

it('fails in time when the server does not answer', async () => {
  freeze(server.child.pid ?? 0)
  await expect(client.backend.register(PAY, {})).rejects.toMatchObject({ code: 'timeout' })
  await expect(client.find({})).rejects.toMatchObject({ code: 'timeout' })
  server.child.kill('SIGCONT')
})
