import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { Relay } from '../servers/relay.ts'
import { describeWith } from '../servers/with-server.ts'
import { type Ran, run, start } from './run.ts'

const INSTANCES = 4_000
const SERVICES = 20
/** Bytes that are a part of the first page that is read: the next is asked for when that is there. */
const IN_READING = 60_000
/** Bytes of which the first page, of a thousand, is a part, and not all that is there. */
const IN_SECOND_PAGE = 250_000
/** Bytes after which some of what is registered is there, and not all. */
const IN_WRITING = 700_000
/** Milliseconds: each request of a silent registry takes as long as it may, and is sent several times. */
const WITHIN = 120_000
const SOON = '--request-timeout 2s'

/** Where commands are run; `all.ndjson` and the embedded `source.db` have what is registered. */
let folder: string
const here = (line: string, stdin?: string): Promise<Ran> =>
  run(line, { cwd: folder, env: { XDG_STATE_HOME: folder }, ...(stdin !== undefined && { stdin }) })
const does = async (line: string): Promise<void> => {
  const ran = await here(line)
  expect(ran, `${line}: ${ran.stderr}`).toMatchObject({ status: 0 })
}

/** The files that a command has left. */
const names = async () => (await readdir(folder)).filter((name) => name.startsWith('out'))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-transfer-faults-'))
  const lines = Array.from({ length: INSTANCES }, (_, at) => {
    const name = `service-${String(Math.floor((at * SERVICES) / INSTANCES)).padStart(2, '0')}`
    return JSON.stringify({ id: `i-${at}`, name, version: `v${at % 9}`, endpoints: [`grpc://10.0.0.1:${1000 + at}`] })
  })
  await writeFile(join(folder, 'all.ndjson'), `${lines.join('\n')}\n`)
  await does('import all.ndjson -q -r file:source.db')
})
afterAll(() => rm(folder, { recursive: true }))

await describeWith('etcd', 'pipelines with an etcd that fails in the middle', () => {
  let server: EtcdServer
  let relay: Relay
  let etcd: string
  beforeAll(async () => {
    server = await startEtcd()
    relay = await Relay.to(server.port)
    etcd = `etcd://${relay.endpoint}`
  })
  afterAll(async () => {
    await relay[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  /** Runs a command whose etcd is frozen when so many bytes have come, until the command has ended. */
  async function frozen(line: string, bytes: number): Promise<Ran> {
    let isFrozen = false
    relay.onceAfter(bytes, () => {
      isFrozen = true
      server.freeze()
    })
    const ran = await start(`${line} ${SOON}`, { cwd: folder, env: { XDG_STATE_HOME: folder } }).ended.finally(() =>
      server.thaw(),
    )
    expect(isFrozen, ran.stderr).toBe(true)
    return ran
  }

  /** The same with one that is killed, and started again at once. */
  async function restarted(line: string, bytes: number): Promise<Ran> {
    let restart: Promise<void> | undefined
    relay.onceAfter(bytes, () => {
      restart = server.kill().then(() => server.restart())
    })
    const ran = await start(`${line} --request-timeout 5s`, { cwd: folder, env: { XDG_STATE_HOME: folder } }).ended
    expect(restart, ran.stderr).toBeDefined()
    await restart
    return ran
  }

  describe('while it is read', () => {
    beforeAll(async () => {
      await server.removeAll()
      await does(`import all.ndjson -q -r ${etcd}`)
    })
    beforeEach(async () => {
      for (const name of await names()) await rm(join(folder, name))
    })

    it.each(['export --file out.ndjson -r ETCD', 'copy ETCD ./out.ndjson'])(
      'end with 3 and without a file, and can be run again: %s',
      { timeout: WITHIN },
      async (words) => {
        const line = words.replace('ETCD', etcd)
        expect(await frozen(line, IN_READING)).toMatchObject({ status: 3, stdout: '' })
        expect(await names()).toEqual([])
        const again = await restarted(line, IN_READING)
        expect([0, 3], again.stderr).toContain(again.status)
        expect(await names()).toEqual(again.status === 0 ? ['out.ndjson'] : [])
        if (again.status !== 0) await does(line)
        await does(`diff out.ndjson ${etcd}`)
      },
    )

    it.each(['ndjson', 'json', 'yaml'])(
      'an export on standard output ends so that nobody takes it for whole: %s',
      { timeout: WITHIN },
      async (format) => {
        const torn = await frozen(`export -o ${format} -r ${etcd}`, IN_SECOND_PAGE)
        expect(torn).toMatchObject({ status: 3 })
        expect(torn.stdout.length).toBeGreaterThan(50_000)
        await writeFile(join(folder, 'out'), torn.stdout)
        for (const line of ['import out -r memory:', 'diff out file:source.db', 'register -f out -r memory:']) {
          const taken = await here(line)
          expect(taken, taken.stderr).toMatchObject({ status: 2, stdout: '' })
        }
        if (format === 'ndjson') expect((await here('import out -r memory:')).stderr).toContain('the export failed')
      },
    )

    it.each(['diff all.ndjson ETCD', 'diff ETCD file:source.db'])(
      'end with 3 and without a verdict, and can be run again: %s',
      { timeout: WITHIN },
      async (words) => {
        const line = words.replace('ETCD', etcd)
        expect(await frozen(line, IN_READING)).toMatchObject({ status: 3, stdout: '' })
        const again = await restarted(line, IN_READING)
        expect([0, 3], again.stderr).toContain(again.status)
        await does(line)
      },
    )

    it('a copy from it ends with 5, says how far it came, and is finished by the next', {
      timeout: WITHIN,
    }, async () => {
      for (const fail of [frozen, restarted]) {
        await rm(join(folder, 'out.db'), { force: true })
        const line = `copy ${etcd} file:out.db -q`
        const broken = await fail(line.replace(' -q', ''), IN_SECOND_PAGE)
        expect(fail === frozen ? [5] : [0, 3, 5], broken.stderr).toContain(broken.status)
        if (broken.status === 5) expect(broken.stderr).toMatch(/interrupted: \d,000 instances registered so far/)
        await does(line)
        await does(`diff ${etcd} file:out.db`)
      }
    })
  })

  describe('while it is written', () => {
    beforeEach(() => server.removeAll())

    it.each(['import all.ndjson -r ETCD', 'copy file:source.db ETCD'])(
      'ends with 5, names what is in doubt, and is finished by the next: %s',
      { timeout: WITHIN },
      async (words) => {
        const line = words.replace('ETCD', etcd)
        const broken = await frozen(`${line} -o ndjson`, IN_WRITING)
        expect(broken, broken.stderr).toMatchObject({ status: 5 })
        const results: string[] = broken.stdout
          .trim()
          .split('\n')
          .map((each) => JSON.parse(each).result)
        const count = (wanted: string) => results.filter((result) => result === wanted).length
        expect(count('created')).toBeGreaterThan(0)
        expect(count('in-doubt')).toBeGreaterThan(0)
        expect(broken.stderr).toMatch(/interrupted: .* registered so far, [\d,]+ in doubt; run it again/)
        const there = JSON.parse((await here(`ls -o json -r ${etcd}`)).stdout).items
        const registered = there.reduce((sum: number, { instances }: { instances: number }) => sum + instances, 0)
        // What was not attempted is not there, and what is in doubt may be.
        expect(registered).toBeGreaterThanOrEqual(count('created'))
        expect(registered).toBeLessThanOrEqual(count('created') + count('in-doubt'))
        await does(`${line} -q`)
        await does(`diff all.ndjson ${etcd}`)
      },
    )

    it('ends with 3 where nothing was registered yet', { timeout: WITHIN }, async () => {
      expect(await frozen(`import all.ndjson -r ${etcd}`, 100)).toMatchObject({ status: 3, stdout: '' })
      expect((await here(`ls -o json -r ${etcd}`)).stdout).toContain('"items":[]')
    })

    it('goes on, or is finished by the next, when it was restarted', { timeout: WITHIN }, async () => {
      const line = `import all.ndjson -q -r ${etcd}`
      const broken = await restarted(line, IN_WRITING)
      expect([0, 3, 5], broken.stderr).toContain(broken.status)
      await does(line)
      await does(`diff all.ndjson ${etcd}`)
    })
  })
})
