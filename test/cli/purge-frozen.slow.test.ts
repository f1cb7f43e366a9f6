import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { type RunOptions, type Running, run, start } from './run.ts'
import { kratos, seed } from './seed.ts'
import { validated } from './validated.ts'

const RECORDS = 2_000

await describeWith('etcd', 'a purge whose etcd falls silent in the middle', () => {
  let server: EtcdServer
  let folder: string
  let options: RunOptions
  beforeAll(async () => {
    server = await startEtcd()
  })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-frozen-'))
    options = { cwd: folder, env: { ROLLCALL_REGISTRY: `etcd://${server.endpoint}` } }
    await server.removeAll()
  })
  afterEach(() => rm(folder, { recursive: true }))
  afterAll(() => server[Symbol.asyncDispose]())

  const keys = async (): Promise<Set<string>> => {
    const { stdout } = await run('check-keys --list -o name', options)
    return new Set(stdout.split('\n').filter((line) => line !== ''))
  }
  const freezeAtRemoval = (running: Running, after: number): void => {
    let removals = 0
    const write = running.stderr.write.bind(running.stderr)
    running.stderr.write = async (text) => {
      await write(text)
      if (/debug: .*delete /.test(text) && ++removals === after) server.freeze()
    }
  }

  it('lists apart what is done, in doubt and not attempted, each with its own key', async () => {
    await seed(
      options,
      Array.from({ length: RECORDS }, (_, at) => ({ key: `/microservices//host-${at}`, value: '{}' })),
    )
    const line = 'purge --malformed --yes -o json --debug --request-timeout 5s --backup b.ndjson'
    const purging = start(line, options)
    freezeAtRemoval(purging, 6)
    const { status, stdout, stderr } = await purging.ended.finally(() => server.thaw())
    const result = JSON.parse(stdout)
    validated(result)
    const { removed, inDoubt = [], notAttempted = [], failed } = result
    expect({ status, failed }).toEqual({ status: removed.length === 0 ? 3 : 5, failed: [] })
    expect(inDoubt.length).toBeGreaterThan(0)
    expect(notAttempted.length).toBeGreaterThan(0)
    expect(new Set([...removed, ...inDoubt, ...notAttempted]).size).toBe(RECORDS)
    expect(stderr).toContain(`in doubt: ${inDoubt[0]}\n`)
    expect(stderr).toContain(`not attempted: ${notAttempted[0]}\n`)
    expect(stderr).toContain(`${inDoubt.length} records in doubt: etcd: no answer from`)
    // Each key has its own fate: what was never sent is there, what was answered is gone.
    const left = await keys()
    expect(notAttempted.filter((key: string) => !left.has(key))).toEqual([])
    expect(removed.filter((key: string) => left.has(key))).toEqual([])
    const lines = (await readFile(join(folder, 'b.ndjson'), 'utf8')).trimEnd().split('\n')
    expect(lines.filter((each) => 'value' in JSON.parse(each))).toHaveLength(RECORDS)
    expect((await run('restore b.ndjson --yes -q', options)).status).toBe(0)
    expect((await keys()).size).toBe(RECORDS)
  }, 120_000)

  it('looks again at what is in doubt, where it goes on in time', async () => {
    await seed(
      options,
      Array.from({ length: 100 }, (_, at) => ({ key: `/microservices//host-${at}`, value: '{}' })),
    )
    const purging = start('purge --malformed --yes -o json --debug --request-timeout 5s --backup b.ndjson', options)
    const write = purging.stderr.write.bind(purging.stderr)
    let frozen = false
    purging.stderr.write = async (text) => {
      await write(text)
      if (!frozen && /debug: .*delete /.test(text)) {
        frozen = true
        server.freeze()
      } else if (frozen && /debug: /.test(text)) server.thaw()
    }
    const { status, stdout } = await purging.ended.finally(() => server.thaw())
    const { removed, inDoubt = [], failed } = JSON.parse(stdout)
    expect(inDoubt).toEqual([])
    const left = await keys()
    expect([...left].toSorted()).toEqual(failed.map(({ key }: { key: string }) => key).toSorted())
    expect(removed.length + failed.length).toBe(100)
    expect(status).toBe(removed.length === 100 ? 0 : removed.length === 0 ? 3 : 5)
  }, 60_000)

  it('says of one instance that its removal is in doubt: 3', async () => {
    await seed(options, [kratos('pay', 'p-1')])
    const running = start('deregister pay/p-1 -o json --request-timeout 3s', options)
    const write = running.stderr.write.bind(running.stderr)
    // The backup is named right before the removal is sent.
    running.stderr.write = async (text) => {
      await write(text)
      if (text.startsWith('backup: ')) server.freeze()
    }
    const { status, stdout, stderr } = await running.ended.finally(() => server.thaw())
    expect({ status, result: JSON.parse(stdout).result }).toEqual({ status: 3, result: 'in-doubt' })
    expect(stderr).toContain('in doubt: ')
  }, 60_000)
})
