import { appendFile, chmod, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Demo } from './demo.ts'
import { validated } from './validated.ts'

let demo: Demo
beforeEach(async () => {
  demo = await Demo.open()
})
afterEach(() => demo[Symbol.asyncDispose]())

const MAILER = 'mailer/mailer-4f0c2a7be19d3356'
const keys = async (): Promise<string[]> =>
  (await demo.json('check-keys --list --fail-on never')).items.map(({ key }: { key: string }) => key)
const statusOf = async (target: string) => (await demo.json(`get ${target}`)).status
const runs = async () => (await demo.json('undo --list')).items
const backups = () => join(demo.folder, 'rollcall/backups')
const onlyBackup = async () => join(backups(), (await readdir(backups()))[0] ?? '')

/** The backup as it would be had the run been killed after so many of its own lines. */
async function cutAfter(path: string, isLast: (line: string) => boolean): Promise<void> {
  const lines = (await readFile(path, 'utf8')).split('\n')
  await writeFile(
    path,
    lines
      .slice(0, lines.findIndex(isLast) + 1)
      .map((line) => `${line}\n`)
      .join(''),
  )
}

const notByThisProcess = async (path: string): Promise<void> =>
  await writeFile(path, (await readFile(path, 'utf8')).replace(/"pid":\d+/, '"pid":999999999'))

describe('undo', () => {
  it('puts back what the newest removal took, once', async () => {
    const before = await keys()
    expect(await demo.run('purge --malformed --yes')).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/rollcall undo \S+ puts them back/),
    })
    expect(await demo.run('undo --dry-run')).toMatchObject({ status: 0, stdout: expect.stringContaining('planned') })
    expect(await keys()).not.toEqual(before)
    const names = (await demo.run('undo --dry-run -o name')).stdout.split('\n')
    expect(names).toEqual(expect.arrayContaining(['/microservices//build-agent-3', '/microservices/users/']))
    const undone = await demo.json('undo --yes')
    validated(undone)
    expect(await keys()).toEqual(before)
    expect(await demo.run('undo --yes')).toMatchObject({ status: 1, stderr: expect.stringContaining('already') })
    expect(await runs()).toMatchObject([{ command: 'purge', takenBack: 'yes', records: undone.items.length }])
  })

  it('asks, names the run, its user and the keys, and does nothing when the answer is no', async () => {
    await demo.run('deregister payments/payments-1')
    const [{ id, user }] = await runs()
    const ran = await demo.run('undo', { terminal: true, answers: [false] })
    expect(ran).toMatchObject({ status: 1, asked: ['Put 1 record back?'] })
    for (const word of [id, user, '/microservices/payments/payments-1', `file:${demo.file}`])
      expect(ran.stderr).toContain(word)
    expect(await runs()).toMatchObject([{ takenBack: 'no' }])
    expect(await demo.run('get payments/payments-1')).toMatchObject({ status: 1 })
  })

  it('takes back the run that is named, and leaves what a later run removed again', async () => {
    await demo.run('deregister payments/payments-1')
    await demo.run('undo --yes')
    await demo.run('deregister payments/payments-1')
    await demo.run('deregister payments/payments-2')
    const [third, second, first] = await runs()
    expect(await demo.run(`undo ${first.id} --yes`)).toMatchObject({ status: 1 })
    expect(await demo.run(`undo ${second.id} --yes`)).toMatchObject({ status: 0 })
    expect(await demo.run('get payments/payments-1')).toMatchObject({ status: 0 })
    expect(await demo.run('get payments/payments-2')).toMatchObject({ status: 1 })
    expect(await demo.run(`undo ${third.id} --yes`)).toMatchObject({ status: 0 })
    expect((await runs()).map((run: { takenBack: string }) => run.takenBack)).toEqual(['yes', 'yes', 'yes'])
  })

  it('leaves a record that its process has registered again', async () => {
    await demo.run('deregister users/users-1 --backup b.ndjson')
    await demo.run('register users --id users-1 -e grpc://10.9.9.9:1 --ttl none')
    expect(await demo.run('undo --yes')).toMatchObject({ status: 7, stdout: expect.stringContaining('occupied') })
    expect((await demo.json('get users/users-1')).endpoints).toEqual(['grpc://10.9.9.9:1'])
    expect(await demo.run('undo --yes')).toMatchObject({ status: 1 })
  })

  it('knows no run of another registry or prefix, and says where one was', async () => {
    await demo.run('deregister payments/payments-1 --prefix /microservices')
    const [{ id }] = await runs()
    const elsewhere = await demo.run('undo --yes')
    expect(elsewhere).toMatchObject({ status: 1, stderr: expect.stringContaining("--prefix '/microservices'") })
    expect(await demo.run(`undo ${id} --yes`)).toMatchObject({ status: 2 })
    expect(await demo.run(`undo ${id} --yes -r memory:`)).toMatchObject({ status: 2 })
    expect(await demo.run('undo --yes --prefix /microservices')).toMatchObject({ status: 0 })
  })

  it('finds a backup that was written elsewhere, and says when it is gone', async () => {
    await demo.run('deregister payments/payments-1 --backup b.ndjson')
    await demo.run('deregister payments/payments-2 --backup c.ndjson')
    const [{ id }] = await runs()
    await rm(join(demo.folder, 'c.ndjson'))
    expect(await demo.run(`undo ${id} --yes`)).toMatchObject({ status: 1, stderr: expect.stringContaining('is gone') })
    expect(await demo.run('undo --yes')).toMatchObject({ status: 0 })
    expect(await demo.run('undo --list')).toMatchObject({
      stderr: expect.stringContaining('no longer where it was written: 1 backup, '),
    })
  })

  it('knows what restore has put back', async () => {
    await demo.run('deregister payments/payments-1 --backup b.ndjson')
    expect(await demo.run('restore b.ndjson --yes')).toMatchObject({ status: 0 })
    expect(await demo.run('undo --yes')).toMatchObject({ status: 1 })
    await demo.run('deregister payments/payments-1')
    expect(await demo.run('restore b.ndjson --yes')).toMatchObject({ status: 0 })
  })

  it('uses no backup that another user could have written, and keeps each to its owner', async () => {
    await demo.run('deregister payments/payments-1')
    const path = await onlyBackup()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await chmod(path, 0o666)
    expect(await demo.run('undo --yes')).toMatchObject({ status: 1, stderr: expect.stringContaining('another user') })
  })
})

describe('undo of a run that was killed', () => {
  it('before its first removal changes nothing', async () => {
    await demo.run('deregister payments --all --max-percent 100 --yes')
    const path = await onlyBackup()
    await cutAfter(path, (line) => line.startsWith('{"id"'))
    await notByThisProcess(path)
    const records = (await readFile(path, 'utf8')).split('\n').filter((line) => line.startsWith('{"id"'))
    expect(records).toHaveLength(1)
    expect(await demo.run('undo --yes')).toMatchObject({ status: 1 })
    expect(await demo.run('ls payments')).toMatchObject({ status: 1 })
  })

  it('before it noted what it did puts back what it may have removed', async () => {
    const before = await keys()
    await demo.run('purge --malformed --yes')
    const path = await onlyBackup()
    await cutAfter(path, (line) => line.startsWith('{"begun"'))
    await appendFile(path, '{"outcomes":{"done":["/micro')
    await notByThisProcess(path)
    expect(await demo.run('undo --yes')).toMatchObject({ status: 0 })
    expect(await keys()).toEqual(before)
    expect(await demo.run('undo --yes')).toMatchObject({ status: 1 })
  })

  it('leaves what the run found gone', async () => {
    await demo.run('deregister payments/payments-1 payments/payments-2 --max-percent 100 --yes')
    const path = await onlyBackup()
    const text = await readFile(path, 'utf8')
    const [one = '', two = ''] = [...text.matchAll(/^\{"id":"([^"]*)"/gm)].map(([, id = '']) => id)
    await cutAfter(path, (line) => line.startsWith('{"begun"'))
    await appendFile(
      path,
      `${JSON.stringify({ outcomes: { done: [one], absent: [two] } })}\n{"ended":"2026-11-30T12:00:00Z"}\n`,
    )
    expect((await demo.json('undo --yes')).keys).toEqual([one])
  })

  it('goes on where an undo was killed, and puts back nothing twice', async () => {
    await demo.run('deregister payments/payments-1 payments/payments-2 --max-percent 100 --yes')
    const path = await onlyBackup()
    await demo.run('undo --yes')
    await demo.run(`deregister payments/payments-1 -r file:${demo.file}?prefix=/microservices`)
    const [one = ''] = [...(await readFile(path, 'utf8')).matchAll(/^\{"id":"([^"]*)"/gm)].map(([, id = '']) => id)
    const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => !/^\{"(restored|undone)"/.test(line))
    await writeFile(path, lines.join('\n'))
    await appendFile(path, `${JSON.stringify({ restored: { done: [one] } })}\n{"resto`)
    expect(await runs()).toMatchObject([expect.anything(), { takenBack: 'partly' }])
    const again = await demo.json('undo --yes')
    expect(again).toMatchObject({ result: 'unchanged', id: 'payments-2' })
    expect(await demo.run('undo --yes')).toMatchObject({ status: 1 })
  })

  it('waits for a run that goes on', async () => {
    await demo.run('deregister payments/payments-1')
    const path = await onlyBackup()
    await cutAfter(path, (line) => line.startsWith('{"begun"'))
    const running = (await readFile(path, 'utf8')).replace(/"pid":\d+/, `"pid":${process.ppid}`)
    await writeFile(path, running)
    expect(await demo.run('undo --yes')).toMatchObject({ status: 7, stderr: expect.stringContaining('still running') })
    await writeFile(path, running.replace(`"host":"${hostname()}"`, '"host":"elsewhere"'))
    expect(await demo.run('undo --yes')).toMatchObject({ status: 0 })
  })
})

describe('undo of a change of status', () => {
  it('puts an instance back into traffic, and takes it out again', async () => {
    await demo.run(`offline ${MAILER}`)
    expect(await statusOf(MAILER)).toBe('down')
    const back = await demo.json('undo --yes')
    validated(back)
    expect(back).toMatchObject({ action: 'online', result: 'done' })
    expect(await statusOf(MAILER)).toBe('up')
    await demo.run(`offline ${MAILER}`)
    await demo.run(`online ${MAILER}`)
    expect(await demo.json('undo --yes')).toMatchObject({ action: 'offline', result: 'done' })
    expect(await statusOf(MAILER)).toBe('down')
  })

  it('leaves an instance that has changed since, also where the run was cut off', async () => {
    await demo.run(`offline ${MAILER}`)
    await demo.run(`renew ${MAILER}`)
    expect(await demo.run('undo --yes')).toMatchObject({ status: 7, stdout: expect.stringContaining('changed since') })
    await demo.run(`offline ${MAILER}`)
    const path = join(backups(), `${(await runs())[0].id}.ndjson`)
    await cutAfter(path, (line) => line.startsWith('{"begun"'))
    await notByThisProcess(path)
    expect(await demo.run('undo --dry-run')).toMatchObject({ stdout: expect.stringContaining('planned') })
    await demo.run(`renew ${MAILER}`)
    expect(await demo.run('undo --yes')).toMatchObject({ status: 7 })
    expect(await statusOf(MAILER)).toBe('up')
  })

  it('does nothing where the instance was out already', async () => {
    await demo.run(`offline ${MAILER}`)
    await demo.run(`offline ${MAILER}`)
    expect(await demo.run('undo --yes')).toMatchObject({ status: 1 })
    expect(await statusOf(MAILER)).toBe('down')
  })

  it('does not keep an instance in traffic where nothing can be noted', async () => {
    await writeFile(join(demo.folder, 'rollcall'), '')
    const ran = await demo.run(`offline ${MAILER}`)
    expect(ran).toMatchObject({ status: 0, stderr: expect.stringContaining('will not be able to take this back') })
  })
})

it('lists the runs of all registries, the newest first', async () => {
  expect(await demo.run('undo --list')).toMatchObject({ status: 0, stderr: expect.stringContaining('no runs') })
  await demo.run('deregister payments/payments-1')
  await demo.run(`offline ${MAILER}`)
  const list = await demo.json('undo --list')
  validated(list)
  expect(list.items).toMatchObject([{ command: 'offline' }, { command: 'deregister', registry: `file:${demo.file}` }])
  expect(await demo.run('undo --list --limit 1 -o name')).toMatchObject({ stdout: `${list.items[0].id}\n` })
  expect(await demo.run(['completion', 'request', '--', 'undo', ''])).toMatchObject({
    stdout: expect.stringContaining(list.items[1].id),
  })
})
