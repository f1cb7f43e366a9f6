import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { RollcallError } from '../../../src/model/errors.ts'
import { type RunOptions, run, start } from '../../cli/run.ts'
import { describeWith } from '../../servers/with-server.ts'
import { type ZooKeeperServer, startZooKeeper } from '../../servers/zookeeper/start.ts'
import { openStore } from './open.ts'

await describeWith('zookeeper', 'commands on ZooKeeper', () => {
  let server: ZooKeeperServer
  beforeAll(async () => {
    server = await startZooKeeper()
  })
  afterAll(() => server[Symbol.asyncDispose]())
  const on = (line: string) => `${line} --registry zookeeper://${server.endpoint}`

  it('refuse what would be gone at once, and say how it stays', async () => {
    const refused = await run(on('register sre -e grpc://10.0.0.1:9000 --id i-1'))
    expect(refused.status).toBe(2)
    expect(refused.stderr).toMatch(/a registration ends with the process that made it/)
    expect(refused.stderr).toMatch(/--keep-alive.*--persistent/)
    const both = await run(on('register sre -e grpc://10.0.0.1:9000 --persistent --ttl 15s'))
    expect([both.status, both.stderr]).toEqual([2, expect.stringContaining('--persistent')])
    expect((await run(on('register sre -e grpc://10.0.0.1:9000 --id fixture --persistent'))).status).toBe(0)
    expect((await run(on('register sre -e http://10.0.0.1:9000 --id row --layout aio'))).status).toBe(0)
    const listed = JSON.parse((await run(on('ls sre -o json'))).stdout)
    expect(listed.items.map(({ id, lease }: { id: string; lease?: string }) => [id, lease])).toEqual([
      ['row', undefined],
      ['fixture', undefined],
    ])
  })

  it('keep a registration while they run, show its session, and leave none behind', async () => {
    const stop = new AbortController()
    const running = start(on('register pay -e grpc://10.0.0.1:9000 --id p-1 --keep-alive'), { signal: stop.signal })
    await eventually(() => expect(running.stderr.text()).toContain('kept alive'))
    const got = await run(on('get pay/p-1 -o json'))
    const owner = expect.stringMatching(/^session 0x[0-9a-f]+ from 127\.0\.0\.1:\d+$/)
    expect(JSON.parse(got.stdout)).toMatchObject({ id: 'p-1', owner })
    const renewed = await run(on('renew pay/p-1'))
    expect(renewed.status).not.toBe(0)
    expect(renewed.stdout + renewed.stderr).toContain('only its own process can renew')
    expect((await run(on('renew --lease 1f'))).status).toBe(6)
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    await running.ended
    expect((await run(on('ls pay'))).status).toBe(1)
  })

  it('find a folder where an instance should be, and a service without any', async () => {
    await run(on('register bad -e grpc://10.0.0.1:9000 --id eu --persistent --prefix /microservices/parent'))
    const checked = await run(on('check-keys -o json'))
    expect(checked.status).toBe(1)
    const rules = JSON.parse(checked.stdout).items.map(
      ({ rule, key }: { rule: string; key: string }) => `${rule} ${key}`,
    )
    expect(rules).toContain('RC2101 /microservices/parent/bad')
    expect(rules).toContain('RC2102 /microservices/pay')
    expect((await run(on('purge --dry-run'))).status).toBe(0)
  })

  it('say which nodes may not be read, and show the rest', async () => {
    const alice = { env: { ROLLCALL_PASSWORD: 'wonder' } }
    const made = 'register shared -e grpc://10.0.0.1:9000 --persistent --id'
    expect((await run(on(`${made} open`))).status).toBe(0)
    expect((await run(on(`${made} hers --user alice`), alice)).status).toBe(0)
    const key = '/microservices/shared/hers'
    for (const line of ['ls shared', 'check-keys shared', 'stats shared']) {
      const ran = await run(on(line))
      expect([ran.status, ran.stderr]).toEqual([0, expect.stringContaining(`no permission to read ${key}`)])
    }
    expect((await run(on('ls shared -o name'))).stdout.trim()).toBe('shared/open')
    expect((await run(on(`get --raw-key ${key}`))).status).toBe(4)
    expect((await run(on(`get shared/hers --user alice`), alice)).status).toBe(0)
  })

  it('leave the nodes of empty services alone unless told to take them, and put them back', async () => {
    const root = `zookeeper://${server.endpoint}`
    const values = { 'tidy/eu/bad': 'not json', 'tidy/us/good': good('tidy/us', 'good'), empty: '' }
    await using store = await openStore(root)
    for (const [path, value] of Object.entries(values))
      await store.write([{ put: Buffer.from(`/purging/${path}`), value: Buffer.from(value) }])
    const purge = (flags: string, options?: RunOptions) =>
      run(on(`purge --prefix /purging --layout kratos ${flags}`), options)
    const planned = async (flags: string) => {
      const { stdout } = await purge(`${flags} --dry-run -o json`)
      return JSON.parse(stdout).records.map(({ key }: { key: string }) => key)
    }
    const malformed = ['/purging/tidy/eu/bad', '/purging/tidy/eu']
    expect(await planned('')).toEqual([])
    expect(await planned('--malformed')).toEqual(malformed)
    expect(await planned('--empty-nodes')).toEqual(['/purging/empty'])
    expect(await planned('--rule RC2102')).toEqual(['/purging/empty'])
    expect(await planned('--empty-nodes --older-than 1h')).toEqual([])
    expect((await purge('tidy --malformed --dry-run')).stderr).toContain('/purging/tidy/us stays')
    const all = await planned('--malformed --empty-nodes --no-lease --force')
    expect(all.toSorted()).toEqual([
      '/purging/empty',
      '/purging/tidy',
      '/purging/tidy/eu',
      '/purging/tidy/eu/bad',
      '/purging/tidy/us',
      '/purging/tidy/us/good',
    ])
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-purge-'))
    const backup = join(folder, 'b.ndjson')
    const done = await purge(`--malformed --empty-nodes --no-lease --force --yes --backup ${backup} -o json`)
    expect([done.status, JSON.parse(done.stdout).removed.toSorted()]).toEqual([0, all.toSorted()])
    const back = await run(on(`restore ${backup} --yes -o json`))
    expect(back.status).toBe(0)
    expect((await planned('--malformed --empty-nodes --no-lease --force')).toSorted()).toEqual(all.toSorted())
    await rm(folder, { recursive: true })
  })
})

function good(name: string, id: string): string {
  return JSON.stringify({ id, name, version: 'v1.0.0', metadata: {}, endpoints: ['grpc://10.0.0.9:1'] })
}
