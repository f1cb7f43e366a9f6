import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SqliteConnection, loadSqlite } from '../../src/backends/local/sqlite.ts'
import { Client } from '../../src/client/client.ts'
import { patientTarget } from '../patience.ts'
import { Bin } from './bin.ts'
import { onEmbeddedAndEtcd } from './embedded-and-etcd.ts'
import type { Json } from './demo.ts'
import { run } from './run.ts'
import { mayMount } from './may-mount.ts'

const exec = promisify(execFile)
const KILLS = 50

let bin: Bin
let folder: string
beforeAll(async () => {
  bin = await Bin.build()
})
afterAll(() => bin[Symbol.asyncDispose]())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-journal-killed-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The lines that were written whole. */
const lines = (text: string): Json[] =>
  text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

/** `id version` of each instance of a list. */
const versions = ({ stdout }: { stdout: string }): string[] =>
  JSON.parse(stdout || '{"items":[]}').items.map(({ id, version }: Json) => `${id} ${version}`)

const nameOf = ({ type, instance }: Json): string => `${type} ${instance.id} ${instance.version}`

/** Registers, changes and deregisters, as fast as the registry takes it, until it is stopped. */
async function churn(registry: string, signal: AbortSignal): Promise<void> {
  await using client = await Client.open(patientTarget(registry))
  for (let turn = 0; !signal.aborted; turn++) {
    const instance = { id: `p-${turn % 5}`, name: 'pay', endpoints: ['grpc://10.0.0.1:1'] }
    const one = await client.register({ ...instance, version: `v${turn}` }, { ttl: 3_600, replace: true })
    if (turn % 3 === 0) for await (const { error } of client.remove(one.records)) if (error) throw error
  }
}

await onEmbeddedAndEtcd('a journal whose writer is killed', (fresh) => {
  it(`has all that was printed, ${KILLS} times, and is whole`, { timeout: 900_000 }, async () => {
    const registry = await fresh()
    const path = join(folder, 'j.db')
    await run('register there --id t -e grpc://10.0.0.1:1 --ttl 1h', { env: { ROLLCALL_REGISTRY: registry } })
    const stop = new AbortController()
    const churning = churn(registry, stop.signal)
    let printed = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const watch = bin.start(['watch', '-r', registry, '--journal', path, '-o', 'ndjson'])
      await expect.poll(() => watch.stdout, { interval: 10 }).toContain('"synced"')
      await delay(Math.random() * 300)
      const { stdout, status } = await watch.stop('SIGKILL')
      expect(status).toBe('SIGKILL')
      const events = lines(stdout).filter(({ type }) => ['added', 'updated', 'removed'].includes(type))
      printed += events.length
      const synced = lines(stdout).find(({ type }) => type === 'synced')
      const since = new Date(Date.parse(synced.at) - 100).toISOString()
      const kept = await run(`history -r ${registry} --journal ${path} --since ${since} -o ndjson`)
      expect(kept.status, kept.stderr).toBe(0)
      const names = lines(kept.stdout)
        .filter(({ instance }) => instance)
        .map(nameOf)
      // In the order in which they were printed; the journal may have more.
      expect(names.join('\n')).toContain(events.map(nameOf).join('\n'))
    }
    stop.abort()
    await churning
    expect(printed).toBeGreaterThan(KILLS)
    // The next writer finds what has changed since.
    await run(`watch --no-snapshot -r ${registry} --journal ${path} --limit 1`)
    const [now, then] = await Promise.all([
      run(`ls pay -r ${registry} -o json`),
      run(`history pay -r ${registry} --journal ${path} --at 0s -o json`),
    ])
    expect(versions(then).toSorted()).toEqual(versions(now).toSorted())
    const connection = new SqliteConnection(await loadSqlite(), path)
    expect(connection.value('PRAGMA integrity_check')).toBe('ok')
    connection.close()
  })
})

describe.runIf(mayMount)(
  `a journal on a full disk${mayMount ? '' : ' (skipped: this user may not mount a tmpfs)'}`,
  () => {
    let disk: string
    let registry: string
    beforeEach(async () => {
      disk = join(folder, 'disk')
      registry = `file:${join(folder, 'registry.db')}`
      await mkdir(disk)
      await exec('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', disk])
      await run(`register there --id t -e grpc://10.0.0.1:1 --ttl 1h -r ${registry}`)
    })
    afterEach(() => exec('umount', ['-l', disk]))

    const fill = async (from: number): Promise<void> => {
      await using client = await Client.open(patientTarget(registry))
      for (let at = from; at < from + 400; at++)
        await client.register(
          { id: `p-${at}`, name: 'pay', version: 'x'.repeat(300), endpoints: ['grpc://h:1'] },
          { ttl: 3_600 },
        )
    }

    it('ends a watch, which prints nothing that is not kept', async () => {
      const watch = bin.start(['watch', '-r', registry, '--journal', join(disk, 'j.db'), '-o', 'ndjson'])
      await expect.poll(() => watch.stdout).toContain('"synced"')
      await fill(0)
      const { status, stderr, stdout } = await watch.ended
      expect({ status, stderr }).toEqual({
        status: 3,
        stderr: expect.stringMatching(/j\.db (is full|could not be read or written)|disk of .*j\.db is full/),
      })
      const printed = lines(stdout)
        .filter(({ type }) => type === 'added')
        .map(nameOf)
      await exec('mount', ['-o', 'remount,size=8m', disk])
      const kept = await run(`history pay --journal ${join(disk, 'j.db')} -o ndjson -r ${registry}`)
      expect(
        lines(kept.stdout)
          .filter(({ type }) => type === 'added')
          .map(nameOf),
      ).toEqual(printed)
    })

    it('does not end serve, which says so, and goes on with a gap once there is room', async () => {
      const server = bin.start([
        'serve',
        '-r',
        registry,
        '--journal',
        join(disk, 'j.db'),
        '--insecure-no-auth',
        '--listen',
        '127.0.0.1:0',
      ])
      await expect.poll(() => server.stderr).toMatch(/listening at (\S+?),/)
      const [, url = ''] = /listening at (\S+?),/.exec(server.stderr) ?? []
      const metric = async () => await (await fetch(new URL('/metrics', url))).text()
      expect(await metric()).toContain('rollcall_journal_failing 0')
      await fill(0)
      await expect.poll(() => server.stderr).toContain('the journal is not written for now')
      expect(server.stderr.match(/not written for now/g)).toHaveLength(1)
      expect(await metric()).toContain('rollcall_journal_failing 1')
      const names = await fetch(`${url}/services`)
      expect(JSON.stringify(await names.json())).toContain('pay')
      await exec('mount', ['-o', 'remount,size=8m', disk])
      await expect.poll(() => server.stderr, { timeout: 60_000 }).toContain('can be written again')
      await expect
        .poll(async () => (await run(`history -r ${url} -o ndjson`)).stdout, { timeout: 60_000 })
        .toContain('"id":"p-399"')
      const events = lines((await run(`history -r ${url} -o ndjson`)).stdout)
      expect(events.filter(({ type }) => type === 'gap')).toMatchObject([{ until: expect.any(String) }])
      expect(events.filter(({ type, id }) => type === 'added' && id === 'p-399')).toMatchObject([{ found: true }])
      expect((await server.stop('SIGTERM')).status).toBe(0)
    })
  },
)
