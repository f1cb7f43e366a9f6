import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RollcallError } from '../../src/model/errors.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { Demo } from './demo.ts'
import { blackHole, webServer } from './servers.ts'
import { validated } from './validated.ts'

let demo: Demo
beforeEach(async () => {
  demo = await Demo.open()
})
afterEach(() => demo[Symbol.asyncDispose]())

it('says that a registry is well, file and folder', async () => {
  const { status, stdout, stderr } = await demo.run('doctor')
  expect(stdout).toMatch(/^SUBJECT +CHECK +STATE +FACT\n/)
  for (const check of ['reachable', 'file-system', 'read', 'write', 'permissions', 'log', 'disk', 'integrity'])
    expect(stdout).toMatch(new RegExp(`registry\\.db +${check} +(ok|warning|unknown) +\\S`))
  expect(stderr).toMatch(/^\d+ checks: \d+ ok/m)
  expect(status).toBe(0)
  expect(stdout.split('\n').filter((line) => line.startsWith(demo.file))).toHaveLength(8)
})

it('finds a damaged page, and says what to do', async () => {
  const { size } = await stat(demo.file)
  await using file = await open(demo.file, 'r+')
  await file.write(Buffer.alloc(4096, 0xee), 0, 4096, Math.floor(size / 2 / 4096) * 4096)
  const { status, stdout, stderr } = await demo.run('doctor')
  expect(stdout).toMatch(/integrity +error +/)
  expect(stderr).toMatch(/registry\.db, integrity: .*saved copy/)
  expect(status).toBe(1)
  expect((await demo.run('doctor -o wide')).stdout).toMatch(/saved copy/)
})

it('says why nothing could be looked at: rows, and the status of an unreachable registry', async () => {
  const gone = await demo.run('doctor -r etcd://127.0.0.1:1,127.0.0.1:2')
  expect(gone.stdout).toMatch(/^127\.0\.0\.1:1 +reachable +error +.*connection refused/m)
  expect(gone.stdout).toMatch(/^127\.0\.0\.1:2 +reachable +error +/m)
  expect(gone.stderr).toContain('2 checks: 0 ok, 2 errors\n')
  expect(gone).toMatchObject({ status: 3, stderr: expect.stringContaining('none of 2 servers can be used') })
  const { stdout, stderr, status } = await demo.run('doctor -r file:nowhere.db -o json')
  expect(status).toBe(3)
  validated(JSON.parse(stdout))
  expect(JSON.parse(stdout).items).toMatchObject([{ check: 'reachable', state: 'error', code: 'unreachable' }])
  expect(JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ kind: 'Error', code: 'unreachable' })
})

it('gives up a server that is silent, or something else', async () => {
  await using hole = await blackHole()
  const silent = await demo.run(`doctor -r consul://${hole.endpoint} --request-timeout 300ms`)
  expect(silent).toMatchObject({ status: 3, stdout: expect.stringContaining('no answer') })
  await using web = await webServer()
  const other = await demo.run(`doctor -r consul://${web.endpoint} -o json`)
  expect(JSON.parse(other.stdout).items).toMatchObject([{ check: 'reachable', code: 'wrong-server' }])
  expect(other.status).toBe(3)
})

it('ends with 130 on Ctrl-C, and 124 after --timeout', async () => {
  const signal = AbortSignal.abort(new RollcallError('interrupted', 'interrupted'))
  expect(await demo.run('doctor', { signal })).toMatchObject({ status: 130, stdout: '' })
  await using hole = await blackHole()
  expect(await demo.run(`doctor -r consul://${hole.endpoint} --timeout 300ms`)).toMatchObject({ status: 124 })
})

await describeWith('etcd', 'doctor, with servers', () => {
  it('1 where one of two endpoints is away, and the other is looked at', async () => {
    await using etcd = await startEtcd()
    const url = `etcd://127.0.0.1:1,${etcd.endpoint}`
    const printed = await demo.json(`doctor -r ${url}`)
    validated(printed)
    const states = printed.items.map(({ subject, check, state }: Record<string, string>) => [subject, check, state])
    expect(states).toContainEqual(['127.0.0.1:1', 'reachable', 'error'])
    expect(states).toContainEqual([etcd.endpoint, 'database', 'ok'])
    expect((await demo.run(`doctor -r ${url}`)).status).toBe(1)
  })

  it('1 where a login is wanted, and the same without a word of the password for a wrong one', async () => {
    await using etcd = await startEtcd({ auth: {} })
    expect(await demo.run(`doctor -r etcd://${etcd.endpoint}`)).toMatchObject({ status: 4 })
    const env = { ROLLCALL_PASSWORD: 'hushhush' }
    const { status, stdout, stderr } = await demo.run(`doctor -r etcd://${etcd.endpoint} --user root --debug`, { env })
    expect(status).toBe(4)
    expect(stdout + stderr).not.toContain('hushhush')
  })

  it('gives no secret to the registry of a project file that is not trusted', async () => {
    await using etcd = await startEtcd()
    const { writeFile } = await import('node:fs/promises')
    await writeFile(join(demo.folder, 'rollcall.yaml'), `registry: etcd://${etcd.endpoint}\n`)
    const env = { ROLLCALL_REGISTRY: undefined as never, ROLLCALL_USER: 'root', ROLLCALL_PASSWORD: 'hushhush' }
    expect(await demo.run('doctor', { env })).toMatchObject({ status: 4, stdout: '' })
  })
})
