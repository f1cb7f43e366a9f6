import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { JournalWriter } from '../../src/client/journal/writer.ts'
import { RollcallError } from '../../src/model/errors.ts'
import { run, start } from '../cli/run.ts'
import { validated } from '../cli/validated.ts'
import { Ground, tokensOf } from './ground.ts'

const tokens = tokensOf({
  all: { name: 'all', role: 'viewer', services: [] },
  pay: { name: 'pay', role: 'viewer', services: ['pay*'] },
})

let folder: string
let ground: Ground
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-history-'))
  const bounds = { keep: 86_400_000, size: 1e8 }
  const journal = await JournalWriter.open(join(folder, 'j.db'), { ...bounds, registry: 'memory:', now: Date.now })
  ground = await Ground.open('memory:', { journal, tokens })
  for (const name of ['pay', 'ship'])
    await ground.client.register({ id: `${name}-1`, name, endpoints: ['grpc://10.0.0.1:1'] }, { ttl: 3_600 })
  await expect.poll(async () => (await lines('/history', 'all')).map(({ event }) => event?.id)).toContain('ship-1')
})
afterEach(async () => {
  await ground[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function lines(path: string, token: string) {
  const answer = await fetch(`${ground.url}/registry${path}`, { headers: { authorization: `Bearer ${token}` } })
  const text = await answer.text()
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

/** Descriptors of files in the folder. */
async function opened(): Promise<number> {
  const names = await readdir('/proc/self/fd')
  const files = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')))
  return files.filter((file) => file.startsWith(folder)).length
}

const cli = (line: string, token = 'all') =>
  run(`${line} -r ${ground.url}/registry`, { env: { ROLLCALL_TOKEN: token } })

describe('/registry/history', () => {
  it('has what happened, and what was there', async () => {
    const [first, ...events] = await lines('/history', 'all')
    expect(first.journal).toMatchObject({ registry: 'local', begins: expect.any(String) })
    expect(events.at(-1)).toEqual({ end: true })
    const added = events.flatMap(({ event }) => (event?.type === 'added' ? [event] : []))
    expect(added.map(({ service }) => service)).toEqual(['pay', 'ship'])
    const since = await lines(`/history?since=${added[0].at}&service=pay`, 'all')
    expect(since.slice(1, -1).every(({ event }) => event.service === 'pay' && event.at > added[0].at)).toBe(true)
    const there = await lines(`/history?at=${added[1].at}`, 'all')
    expect(there.flatMap(({ instance }) => instance?.instance.id ?? [])).toEqual(['pay-1', 'ship-1'])
  })

  it('shows a token its own services only', async () => {
    for (const path of ['/history', `/history?at=${new Date().toISOString()}`]) {
      const text = JSON.stringify(await lines(path, 'pay'))
      expect(text).toContain('pay-1')
      expect(text).not.toContain('ship')
    }
    expect(await lines('/history?service=ship', 'pay')).toMatchObject([{ code: 40_300 }])
  })

  it('refuses what makes no sense', async () => {
    const now = new Date().toISOString()
    expect(await lines(`/history?since=${now}&at=${now}`, 'all')).toMatchObject([{ code: 40_000 }])
    expect(await lines('/history?at=yesterday', 'all')).toMatchObject([{ code: 40_000 }])
    expect((await lines('/history?at=2001-01-01T00:00:00Z', 'all')).at(-1)).toMatchObject({ error: { code: 40_400 } })
  })

  it.runIf(existsSync('/proc/self/fd'))('opens no file for a request', async () => {
    const before = await opened()
    for (let request = 0; request < 5; request++) await lines('/history', 'all')
    expect(await opened()).toBe(before)
  })

  it('is unsupported without a journal', async () => {
    await using other = await Ground.open('memory:')
    expect(await other.get('/history')).toMatchObject({ status: 501, code: 50_100 })
    const asked = await run(`history -r ${other.url}/registry`)
    expect(asked).toMatchObject({ status: 6, stderr: expect.stringContaining('keeps no journal') })
  })
})

describe('over http', () => {
  it('history asks the server for its journal', async () => {
    const { stdout, status } = await cli('history -o json', 'pay')
    const list = JSON.parse(stdout)
    validated(list)
    expect({ status, items: list.items }).toMatchObject({ status: 0, items: [{ type: 'added', id: 'pay-1' }] })
    const past = await cli('history ship --at 0s -o json')
    validated(JSON.parse(past.stdout))
    expect(JSON.parse(past.stdout).items).toMatchObject([{ id: 'ship-1', status: 'up' }])
    expect(await cli('history ship', 'pay')).toMatchObject({ status: 4 })
    expect(await cli('history --at 1h')).toMatchObject({ status: 6 })
  })

  it('watch --since replays it, and goes on', async () => {
    const stop = new AbortController()
    const watching = start(`watch pay --since 10m -o ndjson -r ${ground.url}/registry`, {
      signal: stop.signal,
      env: { ROLLCALL_TOKEN: 'pay' },
    })
    const types = () =>
      watching.stdout
        .text()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).type)
    await expect.poll(types).toEqual(['added', 'synced'])
    for await (const { result } of ground.client.remove(
      (await ground.client.find({ service: 'pay' })).flatMap(({ records }) => records),
    ))
      expect(result).toBe('done')
    await expect.poll(types).toEqual(['added', 'synced', 'removed'])
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    await watching.ended
  })
})
