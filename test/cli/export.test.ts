import { readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RollcallError } from '../../src/model/errors.ts'
import { enableAuth } from '../servers/etcd/auth.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { Demo, type Json } from './demo.ts'
import { validated } from './validated.ts'

let demo: Demo
beforeEach(async () => {
  demo = await Demo.open()
})
afterEach(() => demo[Symbol.asyncDispose]())

const read = (name: string) => readFile(join(demo.folder, name), 'utf8')
/** The file that a test exports to, and what is left of it. */
const exported = async () => (await readdir(demo.folder)).filter((name) => name.startsWith('e.ndjson'))
/** What of an instance another registry can hold. */
const carried = ({ id, name, version, metadata, endpoints }: Json) => ({ id, name, version, metadata, endpoints })
/** The same, of each line of an export. */
const itemsOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => carried(JSON.parse(line)))

describe('export', () => {
  it('writes the lines of ls --all, to a new file of its owner or to standard output', async () => {
    // Time passes between the commands, and some of the records expire.
    const at = Date.now()
    const now = () => at
    const { stdout } = await demo.run('ls --all -o ndjson', { now })
    expect(await demo.run('export', { now })).toMatchObject({ status: 0, stdout })
    const ran = await demo.run('export --file all.ndjson', { now })
    expect(ran).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('exported to all.ndjson') })
    expect(ran.stderr).toContain('could not be read; see rollcall check-keys')
    expect(await read('all.ndjson')).toBe(stdout)
    expect((await stat(join(demo.folder, 'all.ndjson'))).mode & 0o777).toBe(0o600)
  })

  it('takes services, globs and selectors', async () => {
    const some = await demo.run('export pay* --status up')
    expect(some).toMatchObject({ status: 0, stdout: (await demo.run('ls pay* --status up -o ndjson')).stdout })
    expect(some.stdout).not.toBe('')
  })

  it.each(['ndjson', 'json', 'yaml'])('as %s is what register -f reads', async (format) => {
    const lines = (await demo.run('export payments')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    await demo.run(`export payments -o ${format} -f some.${format}`)
    const target = '-r file:copy.db'
    expect(await demo.run(`register -f some.${format} --ttl none ${target}`)).toMatchObject({ status: 0 })
    const { items } = await demo.json(`ls payments ${target}`)
    expect(items.map(carried)).toEqual(lines.map(carried))
    if (format === 'json') validated(JSON.parse(await read('some.json')))
  })

  it('leaves a file that is there as it is', async () => {
    await writeFile(join(demo.folder, 'mine'), 'mine')
    const ran = await demo.run('export -f mine')
    expect(ran).toMatchObject({ status: 2, stderr: expect.stringContaining('that file is there already') })
    expect(await read('mine')).toBe('mine')
  })

  it('leaves no file where it did not come to its end', async () => {
    const signal = AbortSignal.abort(new RollcallError('interrupted', 'interrupted'))
    expect(await demo.run('export -f e.ndjson', { signal })).toMatchObject({ status: 130 })
    expect(await demo.run('export payments nowhere -f e.ndjson')).toMatchObject({ status: 1 })
    expect(await demo.run('export -f e.ndjson -o nix')).toMatchObject({ status: 2 })
    expect(await exported()).toEqual([])
  })

  it.each(['LIMIT', 'FIELDS'])('is never cut by ROLLCALL_%s', async (name) => {
    const ran = await demo.run('export', { env: { [`ROLLCALL_${name}`]: name === 'LIMIT' ? '1' : 'id' } })
    expect(ran).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(`ROLLCALL_${name}`) })
  })
})

await describeWith('etcd', 'on etcd', () => {
  it('has what was registered from an export of another registry', async () => {
    await using etcd = await startEtcd()
    const target = `-r etcd://${etcd.endpoint}`
    await demo.run('export payments -f some.ndjson')
    expect(await demo.run(`register -f some.ndjson --ttl none ${target}`)).toMatchObject({ status: 0 })
    const there = await demo.run(`export ${target}`)
    expect(itemsOf(there.stdout)).toEqual(itemsOf(await read('some.ndjson')))
  })

  it('writes no file, and ends with 4, where there is no permission to read a part of the registry', async () => {
    await using etcd = await startEtcd()
    const target = `-r etcd://${etcd.endpoint}`
    await demo.run('export payments -f some.ndjson')
    await demo.run(`register -f some.ndjson --ttl none ${target}`)
    await enableAuth(etcd, {
      roles: { clerk: [{ may: 'read', key: '/microservices/payments/', prefix: true }] },
      users: { clerk: { password: 'clerk-secret', roles: ['clerk'] } },
    })
    const env = { ROLLCALL_USER: 'clerk', ROLLCALL_PASSWORD: 'clerk-secret' }
    const ran = await demo.run(`export -f e.ndjson ${target}`, { env })
    const message = 'the export is not complete: no permission to read /aio/registry/'
    expect(ran).toMatchObject({ status: 4, stderr: expect.stringContaining(message) })
    expect(await exported()).toEqual([])
  })
})
