import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RollcallError } from '../../src/model/errors.ts'
import { enableAuth } from '../servers/etcd/auth.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { Demo, type Json } from './demo.ts'

let demo: Demo
beforeEach(async () => {
  demo = await Demo.open()
  await register('from.db', 'pay', 'pay-1')
  await register('from.db', 'pay', 'pay-2')
  await register('from.db', 'mail', 'mail-1')
})
afterEach(() => demo[Symbol.asyncDispose]())

async function register(file: string, service: string, id: string, more = ''): Promise<void> {
  const line = `register ${service} --id ${id} -e grpc://10.0.0.1:9000 --ttl none -r file:${file} ${more}`
  expect(await demo.run(line)).toMatchObject({ status: 0 })
}

async function idsIn(target: string): Promise<string[]> {
  const { status, stdout } = await demo.run(`ls --all -o ndjson -r ${target}`)
  if (status !== 0) return []
  const lines = stdout.split('\n').filter(Boolean)
  return lines.map((line): Json => JSON.parse(line)).map(({ id, version }) => (version ? `${id} ${version}` : id))
}

const now = () => 1_800_000_000_000

describe('copy', () => {
  it('registers what another registry has, once', async () => {
    expect(await demo.run('copy file:from.db file:to.db')).toMatchObject({ status: 0 })
    expect(await idsIn('file:to.db')).toEqual(['mail-1', 'pay-1', 'pay-2'])
    const again = await demo.run('copy file:from.db file:to.db')
    expect(again).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('nothing to change: 3 ') })
  })

  it('takes contexts, services, and another prefix or layout', async () => {
    await demo.run(`context add from -r file:${join(demo.folder, 'from.db')}`)
    expect(await demo.run(['copy', 'from', 'file:to.db', 'ma*'])).toMatchObject({ status: 0 })
    expect(await idsIn('file:to.db')).toEqual(['mail-1'])
    expect(await demo.run(['copy', 'from', 'file:from.db?prefix=/copy', 'pay'])).toMatchObject({ status: 0 })
    expect(await idsIn('file:from.db?prefix=/copy')).toEqual(['pay-1', 'pay-2'])
  })

  it('says once in which layout instances are written, where that is another than theirs and nobody chose it', async () => {
    await register('aio.db', 'pay', 'pay-1', '--layout aio')
    await register('aio.db', 'pay', 'pay-2', '--layout aio')
    const said = 'in layout kratos, not aio: ?layout=NAME in the URL of the target chooses it'
    const first = await demo.run('copy file:aio.db file:to.db')
    expect(first, first.stderr).toMatchObject({ status: 0, stderr: expect.stringContaining(said) })
    expect(first.stderr).toContain('2 instances, pay/pay-1 first, in layout kratos')
    for (const line of ['copy file:aio.db file:to.db', 'copy file:aio.db file:other.db?layout=aio']) {
      const ran = await demo.run(line)
      expect(ran, ran.stderr).toMatchObject({ status: 0, stderr: expect.not.stringContaining('in layout') })
    }
    const refused = await demo.run('copy file:aio.db file:to.db --layout aio')
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('?layout=aio') })
  })

  it('prunes only the services that were asked for', async () => {
    await demo.run('copy file:from.db file:to.db')
    await register('to.db', 'pay', 'pay-3')
    await register('to.db', 'mail', 'mail-2')
    expect(await demo.run('copy file:from.db file:to.db pay --prune --yes')).toMatchObject({ status: 0 })
    expect(await idsIn('file:to.db')).toEqual(['mail-1', 'mail-2', 'pay-1', 'pay-2'])
    expect((await demo.json('undo --list -r file:to.db')).items).toMatchObject([{ command: 'copy', records: 1 }])
  })

  it('keeps what came to the source while it asked', async () => {
    await demo.run('copy file:from.db file:to.db')
    await register('to.db', 'pay', 'pay-3')
    await register('to.db', 'mail', 'mail-2')
    const meanwhile = async () => {
      await register('from.db', 'pay', 'pay-3')
      return true
    }
    const line = 'copy file:from.db file:to.db --prune'
    const ran = await demo.run(line, { terminal: true, answers: [meanwhile] })
    expect(ran, ran.stderr).toMatchObject({ status: 0, stderr: expect.stringContaining('kept pay/pay-3') })
    expect(ran.asked[0]).toContain('remove 2 records')
    expect(await idsIn('file:to.db')).toEqual(['mail-1', 'pay-1', 'pay-2', 'pay-3'])
  })

  it('writes to a new file what export writes, and reads it back', async () => {
    expect(await demo.run('copy file:from.db ./from.ndjson', { now })).toMatchObject({ status: 0 })
    const { stdout } = await demo.run('export -r file:from.db', { now })
    expect(await readFile(join(demo.folder, 'from.ndjson'), 'utf8')).toBe(stdout)
    expect(await demo.run('copy from.ndjson file:to.db')).toMatchObject({ status: 0 })
    expect(await idsIn('file:to.db')).toEqual(['mail-1', 'pay-1', 'pay-2'])
    const again = await demo.run('copy file:from.db from.ndjson')
    expect(again).toMatchObject({ status: 2, stderr: expect.stringContaining('is there already') })
  })

  it.each([
    ['copy file:from.db file:from.db', 2, 'the source and the target are the same'],
    ['copy file:from.db stagin', 2, 'there is no context and no file called "stagin"'],
    ['copy file:from.db -', 2, 'rollcall export writes there'],
    ['copy file:from.db file:to.db -r memory:', 2, '--registry cannot be combined'],
    ['copy file:from.db file:to.db --layout aio', 2, 'does not say for which of two registries'],
    ['copy file:from.db file:to.db nowhere', 6, 'has no instances'],
    ['copy file:from.db ./a.ndjson --prune', 2, '--prune'],
    ['copy file:from.db ./a.ndjson --leave', 2, '--leave'],
    ['copy file:from.db ./a.ndjson --limit 1', 2, '--limit cannot be combined with an export'],
    ['copy file:from.db ./a.ndjson --fields name', 2, '--fields cannot be combined with an export'],
    ['copy file:from.db ./a.ndjson nowhere', 6, 'no file is written'],
    ['copy file:from.db file:to.db --follow --prune', 2, '--prune cannot be combined with --follow'],
    ['copy file:from.db file:to.db --follow --leave', 2, '--leave needs --keep-alive'],
    ['copy file:from.db etcd://127.0.0.1:1 --request-timeout 300ms', 3, 'connection refused'],
    ['copy etcd://127.0.0.1:1 file:to.db --request-timeout 300ms', 3, 'connection refused'],
    ['copy file:from.db file:registry.db?prefix=', 2, ''],
  ])('%s: %i', async (line, status, message) => {
    const ran = await demo.run(line)
    expect(ran, ran.stderr).toMatchObject({ status, stderr: expect.stringContaining(message) })
    expect(await idsIn('file:to.db')).toEqual([])
  })

  it('6 into a context that is read-only, 130 on Ctrl-C, and nothing is changed', async () => {
    await register('to.db', 'pay', 'pay-9')
    await demo.run(`context add to -r file:${join(demo.folder, 'to.db')} --read-only`)
    expect(await demo.run('copy file:from.db to')).toMatchObject({ status: 6, stdout: '' })
    const signal = AbortSignal.abort(new RollcallError('interrupted', 'interrupted'))
    expect(await demo.run('copy file:from.db file:to.db', { signal })).toMatchObject({ status: 130, stdout: '' })
    expect(await idsIn('file:to.db')).toEqual(['pay-9'])
  })
})

describe('copy --follow', () => {
  it('goes on with changes, and removes only what it wrote and is as it was written', async () => {
    await register('to.db', 'pay', 'pay-1')
    const stop = new AbortController()
    const running = demo.start('copy file:from.db file:to.db --follow', { signal: stop.signal })
    await expect.poll(() => running.stderr.text()).toContain('following file:from.db')
    expect(await idsIn('file:to.db')).toEqual(['mail-1', 'pay-1', 'pay-2'])
    await register('from.db', 'pay', 'pay-3')
    await expect.poll(() => idsIn('file:to.db')).toContain('pay-3')
    await register('from.db', 'pay', 'pay-2', '--version v2 --replace')
    await expect.poll(() => idsIn('file:to.db')).toContain('pay-2 v2')
    // It was there before, and says what the source said: it follows, too.
    await register('from.db', 'pay', 'pay-1', '--version v2 --replace')
    await expect.poll(() => idsIn('file:to.db')).toContain('pay-1 v2')
    // Somebody else has changed the copy.
    await register('to.db', 'mail', 'mail-1', '--version v9 --replace')
    await demo.run('deregister mail/mail-1 -r file:from.db')
    await expect.poll(() => running.stdout.text()).toMatch(/changed +mail +mail-1/)
    await demo.run('deregister pay/pay-3 -r file:from.db')
    await expect.poll(() => idsIn('file:to.db')).not.toContain('pay-3')
    expect(await idsIn('file:to.db')).toEqual(['mail-1 v9', 'pay-1 v2', 'pay-2 v2'])
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    expect(await running.ended).toMatchObject({ status: 130 })
  })

  it('leaves what was there before it began, what another registered, and what is protected', async () => {
    await demo.run('copy file:from.db file:to.db')
    await mkdir(join(demo.folder, 'rollcall'), { recursive: true })
    await writeFile(
      join(demo.folder, 'rollcall', 'config.yaml'),
      `contexts:\n  to:\n    registry: file:${join(demo.folder, 'to.db')}\n    protected: [{service: guarded}]\n`,
    )
    const stop = new AbortController()
    const running = demo.start('copy file:from.db to --follow', { signal: stop.signal })
    await expect.poll(() => running.stderr.text()).toContain('following')
    await register('from.db', 'guarded', 'guarded-1')
    await expect.poll(() => idsIn('file:to.db')).toContain('guarded-1')
    await demo.run('deregister guarded/guarded-1 -r file:from.db')
    await expect.poll(() => running.stderr.text()).toContain('kept guarded/guarded-1')
    await register('to.db', 'pay', 'pay-7', '--version v7')
    await register('from.db', 'pay', 'pay-7')
    await expect.poll(() => running.stdout.text()).toContain('registered with different data (version)')
    await demo.run('deregister pay/pay-7 -r file:from.db')
    await demo.run('deregister pay/pay-1 -r file:from.db')
    await register('from.db', 'pay', 'last')
    await expect.poll(() => idsIn('file:to.db')).toContain('last')
    expect(await idsIn('file:to.db')).toEqual(['guarded-1', 'mail-1', 'last', 'pay-1', 'pay-2', 'pay-7 v7'])
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    await running.ended
  })

  it('removes nothing while the source has no instance at all, and notes what it removes', async () => {
    const stop = new AbortController()
    const line = 'copy file:from.db file:to.db mail --follow --ttl 1h'
    const running = demo.start(line, { signal: stop.signal })
    await expect.poll(() => running.stderr.text()).toContain('following')
    expect(running.stderr.text()).toContain('gone in 1h without heartbeats')
    await demo.run('deregister mail/mail-1 -r file:from.db')
    await expect.poll(() => running.stderr.text()).toContain('file:from.db has no instances now')
    await register('from.db', 'mail', 'mail-2')
    await expect.poll(() => idsIn('file:to.db'), { timeout: 10_000 }).toEqual(['mail-2'])
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    await running.ended
    expect(await readFile(join(demo.folder, 'rollcall', 'audit.ndjson'), 'utf8')).toMatch(
      /"command":"copy".*"why":"not in file:from.db".*"id":"mail-1".*"outcome":"done"/,
    )
  })

  it('is refused for an empty source', async () => {
    await demo.run('deregister mail/mail-1 -r file:from.db')
    expect(await demo.run('copy file:from.db file:to.db mail --follow')).toMatchObject({ status: 6 })
  })
})

await describeWith('etcd', 'copy with etcd', () => {
  it('carries instances to etcd and back, and follows there', async () => {
    await using etcd = await startEtcd()
    const target = `etcd://${etcd.endpoint}`
    expect(await demo.run(`copy file:from.db ${target}`)).toMatchObject({ status: 0 })
    expect(await demo.run(`copy ${target} file:back.db`)).toMatchObject({ status: 0 })
    expect(await idsIn('file:back.db')).toEqual(await idsIn('file:from.db'))
    const stop = new AbortController()
    const running = demo.start(`copy ${target} file:back.db --follow`, { signal: stop.signal })
    await expect.poll(() => running.stderr.text()).toContain('following')
    const line = `register pay --id pay-3 -e grpc://10.0.0.1:9000 --ttl none -r ${target}`
    await demo.run(line)
    await expect.poll(() => idsIn('file:back.db')).toContain('pay-3')
    await demo.run(`deregister pay/pay-3 -r ${target}`)
    await expect.poll(() => idsIn('file:back.db')).not.toContain('pay-3')
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    await running.ended
  })

  it('is not complete, and prunes nothing, where a part of either registry cannot be read', async () => {
    await using etcd = await startEtcd()
    const target = `etcd://${etcd.endpoint}`
    await demo.run(`copy file:from.db ${target}`)
    await enableAuth(etcd, {
      roles: {
        clerk: [{ may: 'readwrite', key: '/microservices/pay/', prefix: true }],
      },
      users: { clerk: { password: 'clerk-secret', roles: ['clerk'] } },
    })
    await writeFile(join(demo.folder, 'secret'), 'clerk-secret')
    await demo.run(`context add clerk -r ${target} --user clerk --password-file ${join(demo.folder, 'secret')}`)
    const read = await demo.run('copy clerk file:part.db')
    expect(read, read.stderr).toMatchObject({ status: 4, stderr: expect.stringContaining('was not read whole') })
    expect(await idsIn('file:part.db')).toEqual(['pay-1', 'pay-2'])
    const kept = await demo.run('copy clerk file:kept.db --keep-alive')
    expect(kept, kept.stderr).toMatchObject({ status: 4, stderr: expect.stringContaining('was not read whole') })
    expect(await idsIn('file:kept.db')).toEqual([])
    const stop = new AbortController()
    const following = demo.start('copy clerk file:followed.db --follow', { signal: stop.signal })
    await expect.poll(() => following.stderr.text()).toContain('following clerk')
    expect(following.stderr.text()).toContain('no permission to read')
    expect(await idsIn('file:followed.db')).toEqual(['pay-1', 'pay-2'])
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    await following.ended
    const pruned = await demo.run('copy file:part.db clerk --prune --yes')
    expect(pruned).toMatchObject({ status: 4, stderr: expect.stringContaining('nothing is pruned where a part') })
  })
})
