import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RollcallError } from '../../src/model/errors.ts'
import { closed, tcp } from '../client/purge/speakers.ts'
import { type RunOptions, run, start } from './run.ts'
import { aio, kratos, seed } from './seed.ts'
import { validated } from './validated.ts'

let folder: string
let options: RunOptions
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-purge-'))
  options = { cwd: folder, env: { ROLLCALL_REGISTRY: `file:${join(folder, 'r.db')}`, XDG_STATE_HOME: folder } }
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const file = () => join(folder, 'b.ndjson')
const backups = () => readdir(join(folder, 'rollcall/backups')).catch(() => [])
const keys = async () => (await run('check-keys --list -o name --fail-on never', options)).stdout.trim().split('\n')

/** Two dead mailers of three, two malformed records, three payments of which one is leased. */
async function company(): Promise<void> {
  const now = Date.now()
  await seed(options, [
    aio('mailer', 'm-1', 'up', now),
    aio('mailer', 'm-2', 'down', now - 86_400_000),
    aio('mailer', 'm-3', 'up', now - 3_600_000),
    {
      key: '/microservices//host-7',
      value: { id: 'host-7', name: '', endpoints: ['grpc://10.0.0.7:9000'] },
      ttl: 3600,
    },
    { key: '/microservices/pay/junk', value: 'junk' },
    kratos('pay', 'p-1', { version: 'v1' }),
    kratos('pay', 'p-2', { version: 'v2' }),
    kratos('pay', 'p-3', { version: 'v2', ttl: 3600 }),
  ])
}

describe('rollcall purge', () => {
  beforeEach(company)

  it.each<[string, number, string[]]>([
    ['', 0, ['m-2', 'm-3']],
    ['mailer', 0, ['m-2', 'm-3']],
    ['m*', 0, ['m-2', 'm-3']],
    ['pay', 0, []],
    ['--status down', 0, ['m-2']],
    ['--status expired,down', 0, ['m-2', 'm-3']],
    ['--status down --status expired --host 10.0.0.9', 0, []],
    ['--status expired --older-than 30m', 0, ['m-3']],
    ['--malformed', 0, ['host-7', 'junk']],
    ['--malformed pay', 0, ['junk']],
    ['--malformed --host 10.0.0.7', 0, ['host-7']],
    ['--malformed --version v1', 0, []],
    ['--malformed -l !zone', 0, []],
    ['--malformed --status down', 0, ['host-7', 'junk', 'm-2']],
    ['--rule RC1001', 0, ['host-7']],
    ['--rule rc1001 --rule RC1102', 0, ['host-7']],
    ['--no-lease --version v1', 0, ['p-1']],
    ['--no-lease', 6, ['p-1', 'p-2']],
    ['--no-lease --max-percent 67', 0, ['p-1', 'p-2']],
    ['--no-lease --max-percent 66', 6, ['p-1', 'p-2']],
    ['--no-lease --version v1 --keep-min 2', 0, ['p-1']],
    ['--no-lease --version v1 --keep-min 3', 6, ['p-1']],
    ['--no-lease --force', 0, ['p-1', 'p-2']],
    ['--status up pay --version v2 --force', 0, ['p-2', 'p-3']],
  ])('plans %s: status %i', async (flags, status, ids) => {
    const ran = await run(`purge ${flags} --dry-run -o json`, options)
    expect(ran.status).toBe(status)
    const plan = JSON.parse(ran.stdout)
    validated(plan)
    expect(plan.records.map((record: { id: string }) => record.id).toSorted()).toEqual(ids)
    expect(await backups()).toEqual([])
    expect(await keys()).toHaveLength(8)
  })

  it.each<[string, number, string]>([
    ['purge', 2, 'pass --yes'],
    ['purge --no-lease', 6, 'pay: would remove 2 of 3 instances that are up (67%; --max-percent is 50)'],
    ['purge typo mailer --yes', 1, 'no instance of typo is registered'],
    ['purge --yes --rule RC9999', 2, 'there is no rule RC9999'],
    ['purge --yes --status fine', 2, '"fine" is not a valid status'],
    ['purge --yes --max-percent 101', 2, '--max-percent must be 0 to 100'],
    ['purge --yes --keep-min few', 2, '--keep-min "few" is not a whole number'],
    ['purge --yes --older-than soon', 2, 'is not a valid duration'],
    ['purge --yes --host=', 2, '--host has an empty value'],
    ['purge --yes --backup r.db', 2, 'that file is there already'],
    ['purge --yes --backup r.db/x', 2, 'cannot write the backup'],
    ['purge --yes -o sarif', 2, 'this command does not support -o sarif'],
    ['purge --yes -o json --fields nothing', 2, 'nothing'],
    ['purge --yes --columns nothing', 2, 'nothing'],
  ])('%s: status %i, and nothing is removed', async (line, status, message) => {
    expect(await run(line, options)).toMatchObject({ status, stderr: expect.stringContaining(message) })
    expect(await keys()).toHaveLength(8)
  })

  it('asks on a terminal: no is 1, Ctrl-C is 130, yes removes', async () => {
    const asked = [expect.stringContaining('Remove 2 records?')]
    const terminal = { ...options, terminal: 120 }
    expect(await run('purge', { ...terminal, answers: [false] })).toMatchObject({ status: 1, asked })
    expect(await run('purge', { ...terminal, answers: ['ctrl-c'] })).toMatchObject({ status: 130, asked })
    expect(await backups()).toEqual([])
    const ran = await run('purge', { ...terminal, answers: [true] })
    expect(ran).toMatchObject({ status: 0, asked })
    expect(ran.stderr).toContain('2 records to remove in file:')
    expect(await keys()).toHaveLength(6)
  })

  it('force lifts the guard, not the question', async () => {
    expect(await run('purge --no-lease --force', options)).toMatchObject({ status: 2 })
    expect(await run('purge --no-lease --force --yes', options)).toMatchObject({ status: 0 })
    expect(await keys()).toHaveLength(6)
  })

  it('refuses where the context is read-only', async () => {
    const env = { XDG_CONFIG_HOME: folder }
    await run(`context add prod --registry file:${join(folder, 'r.db')} --read-only`, { env })
    const named = { env: { XDG_CONFIG_HOME: folder, ROLLCALL_CONTEXT: 'prod' } }
    expect(await run('purge --yes', named)).toMatchObject({ status: 6 })
    expect(await run('purge --dry-run', named)).toMatchObject({ status: 0 })
  })

  it('names its backup before it says what was removed, and restore brings it back', async () => {
    const before = await keys()
    const ran = await run('purge --malformed --yes', options)
    const [name = ''] = await backups()
    const path = join(folder, 'rollcall/backups', name)
    const id = name.replace('.ndjson', '')
    expect(ran.stderr).toContain(`backup: ${path}\n2 records removed; rollcall undo ${id} puts them back`)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const lines = (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const keysOfBoth = [expect.any(String), expect.any(String)]
    expect(lines).toMatchObject([
      { run: { id, command: 'purge', registry: `file:${join(folder, 'r.db')}`, records: 2 } },
      { id: '/microservices//host-7', service: '', key: expect.any(String), ttl: 3600, lease: expect.any(String) },
      { id: '/microservices/pay/junk', service: 'pay', value: Buffer.from('junk').toString('base64'), ttl: null },
      { begun: keysOfBoth },
      { outcomes: { done: keysOfBoth } },
      { ended: expect.any(String) },
    ])
    expect(await keys()).toHaveLength(6)
    expect(await run(['restore', path, '--yes'], options)).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('1 record with the original lease, which still exists'),
    })
    expect(await keys()).toEqual(before)
  })

  it('keeps the layout of a record, where it can be read', async () => {
    await run('purge --no-lease --status down --force --yes --backup b.ndjson', options)
    const lines = (await readFile(join(folder, 'b.ndjson'), 'utf8'))
      .split('\n')
      .filter((line) => line.includes('"layout"'))
    const layouts = lines.map((line) => [JSON.parse(line).id.split('/').at(-1), JSON.parse(line).layout])
    expect(Object.fromEntries(layouts)).toEqual({ 'm-2': 'aio', 'p-1': 'kratos', 'p-2': 'kratos' })
  })

  it('answers a PurgeResult', async () => {
    const ran = await run('purge --yes -o json --backup b.ndjson', options)
    const result = JSON.parse(ran.stdout)
    validated(result)
    expect(result).toMatchObject({
      removed: ['/aio/registry/mailer/m-2', '/aio/registry/mailer/m-3'],
      changed: [],
      failed: [],
      backup: join(folder, 'b.ndjson'),
    })
    const again = JSON.parse((await run('purge --yes -o json', options)).stdout)
    validated(again)
    expect(again).toMatchObject({ kind: 'PurgeResult', removed: [] })
    expect(await backups()).toHaveLength(1)
  })

  it('says what other reasons would have taken, when it finds nothing', async () => {
    await run('purge --yes', options)
    const { status, stderr } = await run('purge', options)
    expect(status).toBe(0)
    expect(stderr).toContain('leased records expire on their own\n')
    expect(stderr).toContain('other flags would select: --malformed 2, --no-lease 2\n')
    expect((await run('purge --status down pay --version v1', options)).stderr).toContain(
      'other flags would select: --no-lease 1\n',
    )
  })

  it('says what will follow', async () => {
    const { stdout, stderr } = await run('purge --status up --force --dry-run -o wide', options)
    expect(stdout).toContain('COMES-BACK')
    expect(stderr).toContain('note: its process registers again at its next renewal\n')
    expect(stderr).toContain(
      'note: its process, if still running, does not notice and stays unregistered until it restarts\n',
    )
  })

  it('removes the rest when a record has changed since the plan, and says so: 5', async () => {
    const terminal = { ...options, terminal: 120, answers: [true] }
    const meanwhile = () => run('offline mailer/m-3', options)
    const ran = await askedThen(meanwhile, terminal)
    expect(ran).toMatchObject({ status: 5, stderr: expect.stringContaining('/m-3: it changed after the plan\n') })
    expect(await keys()).toHaveLength(7)
  })

  it('removes nothing when all have changed: 7', async () => {
    const meanwhile = () => run('online mailer/m-2 mailer/m-3', options)
    expect(await askedThen(meanwhile, { ...options, terminal: 120 })).toMatchObject({ status: 7 })
    expect(await keys()).toHaveLength(8)
  })

  it('is done when all were gone already: 0', async () => {
    const meanwhile = () => run('deregister mailer/m-2 mailer/m-3 --yes', options)
    const ran = await askedThen(meanwhile, { ...options, terminal: 120 })
    expect(ran).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('0 records removed, 2 were gone already\n'),
    })
  })
})

/** Runs a purge, and something else between the plan and the yes. */
async function askedThen(meanwhile: () => PromiseLike<{ status: number }>, terminal: RunOptions) {
  return await run('purge', {
    ...terminal,
    answers: [
      async () => {
        expect(await meanwhile()).toMatchObject({ status: 0 })
        return true
      },
    ],
  })
}

describe('rollcall purge --unreachable', () => {
  it('takes what answers no try, says what each probe saw, and suspects the network where nothing answers', async () => {
    await using alive = await tcp()
    const [first, second] = [await closed(), await closed()]
    await seed(options, [
      kratos('pay', 'well', { endpoints: [`tcp://${alive.address}`] }),
      kratos('pay', 'dead', { endpoints: [`grpc://${first}`, `http://${second}`] }),
      kratos('far', 'away', { endpoints: [`grpc://${first}`] }),
    ])
    const whole = run('purge --unreachable --dry-run -o json', options)
    const one = run('purge pay --unreachable --yes -o json', options)
    const plan = JSON.parse((await whole).stdout)
    validated(plan)
    expect(plan.records).toMatchObject([
      { id: 'away', live: true },
      {
        id: 'dead',
        reason: `unreachable in 3 tries: grpc://${first} refused the connection; http://${second} refused the connection`,
      },
    ])
    expect(await whole).toMatchObject({
      status: 6,
      stderr: expect.stringContaining('far: none of its endpoints answers from here; the network may be at fault'),
    })
    expect(JSON.parse((await one).stdout)).toMatchObject({ removed: ['/microservices/pay/dead'] })
    expect((await run('purge far --unreachable --force --yes', options)).status).toBe(0)
    expect(await keys()).toEqual(['/microservices/pay/well'])
  })
})

describe('a purge that is stopped', () => {
  it('names its backup, says what was removed, and leaves the rest: 130', async () => {
    await seed(
      options,
      Array.from({ length: 900 }, (_, at) => ({ key: `/microservices//host-${at}`, value: '{}' })),
    )
    const stop = new AbortController()
    const purging = start('purge --malformed --yes -o json', { ...options, signal: stop.signal })
    const write = purging.stderr.write.bind(purging.stderr)
    purging.stderr.write = async (text) => {
      await write(text)
      if (text.startsWith('backup:')) setImmediate(() => stop.abort(new RollcallError('interrupted', 'interrupted')))
    }
    const { status, stdout, stderr } = await purging.ended
    expect(status).toBe(130)
    const { removed, backup } = JSON.parse(stdout)
    const left = Number(/interrupted: (\d+) records not attempted/.exec(stderr)?.[1])
    expect(removed.length % 500).toBe(0)
    expect(removed.length + left).toBe(900)
    expect(stderr).toContain(`backup: ${backup}\n`)
    expect(await keys()).toHaveLength(left)
    expect((await readFile(backup, 'utf8')).match(/^\{"id"/gm)).toHaveLength(900)
  })
})

describe('rollcall restore', () => {
  beforeEach(async () => {
    await seed(options, [kratos('pay', 'p-1'), kratos('pay', 'p-2'), aio('mailer', 'm-1', 'up', Date.now())])
    await run('purge --no-lease --force --yes --backup b.ndjson', options)
    expect(await keys()).toEqual(['/aio/registry/mailer/m-1'])
  })

  it.each<[string, number, string]>([
    ['restore', 2, 'restore takes one file'],
    ['restore a b', 2, 'restore takes one file'],
    ['restore nothing.ndjson --yes', 2, 'not a readable backup'],
    ['restore r.db --yes', 2, 'r.db, line 1: not a readable backup'],
    ['restore b.ndjson', 2, 'pass --yes'],
    ['restore b.ndjson --dry-run', 0, ''],
    ['restore b.ndjson --yes', 0, ''],
  ])('%s: status %i', async (line, status, message) => {
    expect(await run(line, options)).toMatchObject({ status, stderr: expect.stringContaining(message) })
    expect(await keys()).toHaveLength(line.endsWith('b.ndjson --yes') ? 3 : 1)
  })

  it('names what it will do, and asks', async () => {
    const ran = await run('restore b.ndjson', { ...options, terminal: true, answers: [false] })
    expect(ran).toMatchObject({ status: 1, asked: ['Put 2 records back?'] })
    expect(ran.stderr).toContain('  /microservices/pay/p-1\n  /microservices/pay/p-2\n')
    expect(await run('restore b.ndjson', { ...options, terminal: true, answers: [true] })).toMatchObject({ status: 0 })
  })

  it('says what is occupied: 5 for some, 7 for all; what lies there already is no error', async () => {
    const results = async (line: string) => {
      const { status, stdout } = await run(`${line} --columns result,key --no-headers`, options)
      return {
        status,
        stdout: stdout
          .trim()
          .split('\n')
          .map((row) => row.split(/  +/)[0]),
      }
    }
    await seed(options, [{ key: '/microservices/pay/p-1', value: 'other' }])
    expect(await results('restore b.ndjson --dry-run')).toEqual({ status: 5, stdout: ['changed', 'planned'] })
    expect(await results('restore b.ndjson --yes')).toEqual({ status: 5, stdout: ['changed', 'done'] })
    expect(await results('restore b.ndjson --dry-run')).toEqual({ status: 5, stdout: ['changed', 'unchanged'] })
    const [, first = ''] = (await readFile(file(), 'utf8')).split('\n')
    // Without the description of a run the whole file is meant.
    await writeFile(file(), `${first}\n`)
    expect(await results('restore b.ndjson --yes')).toEqual({ status: 7, stdout: ['changed'] })
    await run('deregister --raw-key /microservices/pay/p-1 --yes', options)
    expect(await results('restore b.ndjson --yes')).toEqual({ status: 0, stdout: ['done'] })
    expect(await results('restore b.ndjson --yes')).toEqual({ status: 0, stdout: ['unchanged'] })
  })

  it.each([
    ['null', 'it is not a record'],
    ['{"id":"a","service":"s","ttl":null}', 'its key is not'],
    ['{"key":"YQ==","value":"YQ==","ttl":null}', 'its service is not'],
    ['{"key":"a b","value":"YQ==","service":"","ttl":null}', 'its key is not'],
    ['{"key":"YQ==","value":"YQ==","service":"","ttl":0}', 'its ttl is not'],
  ])('puts nothing back of a file with the line %s', async (line, message) => {
    const text = await readFile(file(), 'utf8')
    await writeFile(file(), `${text}${line}\n`)
    const ran = await run('restore b.ndjson --yes', options)
    expect(ran).toMatchObject({ status: 2, stderr: expect.stringContaining(message) })
    expect(ran.stderr).toContain(`b.ndjson, line ${text.split('\n').length}`)
    expect(await keys()).toHaveLength(1)
  })
})
