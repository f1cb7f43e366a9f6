import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, readdir, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Demo } from './demo.ts'
import { seed } from './seed.ts'

const MAILER = 'mailer/mailer-4f0c2a7be19d3356'
const HOUR = 3_600_000
/** `HH:MM` in UTC. */
const clock = (time: number) => new Date(time).toISOString().slice(11, 16)
const hours = (from: number, to: number) => `    protectedHours: ${clock(from)}-${clock(to)} UTC\n`

let demo: Demo
beforeEach(async () => {
  demo = await Demo.open()
})
afterEach(() => demo[Symbol.asyncDispose]())

const state = () => join(demo.folder, 'rollcall')

/** A context prod with these settings, in the user's own configuration. */
async function context(settings: string): Promise<void> {
  await mkdir(state(), { recursive: true })
  await writeFile(join(state(), 'config.yaml'), `contexts:\n  prod:\n    registry: file:${demo.file}\n${settings}`)
}

async function keeps(line: string, message: string): Promise<void> {
  const before = (await demo.run('check-keys --list --fail-on never -o name')).stdout
  const ran = await demo.run(`${line} -c prod`)
  expect(ran, ran.stderr).toMatchObject({ status: 6, stderr: expect.stringContaining(message) })
  expect(ran.stderr).toContain('context prod')
  expect((await demo.run('check-keys --list --fail-on never -o name')).stdout).toBe(before)
}

describe('protected selectors of a context', () => {
  it('keep what they choose from every removal and from offline, and nothing else', async () => {
    await context('    protected:\n      - service: [pay*, mailer]\n      - service: users\n        host: 10.9.9.9\n')
    const message = 'payments/payments-1 is protected by service pay*,mailer'
    await keeps('deregister payments/payments-1', message)
    await keeps('deregister --raw-key /microservices/payments/payments-1 --yes', message)
    await keeps('purge payments --status up --force --yes', message)
    await keeps('purge payments --status up --force --plan plan.json', message)
    await keeps(`offline ${MAILER}`, `${MAILER} is protected by`)
    expect(await demo.run('deregister payments/payments-1 --dry-run -c prod')).toMatchObject({ status: 6 })
    expect(await demo.run('deregister users/users-1 -c prod')).toMatchObject({ status: 0 })
    await demo.run('purge payments --status up --force --plan plan.json')
    await keeps('apply -f plan.json --yes --force', message)
  })

  it('of metadata are written as -l takes them, and protect what cannot be read as well', async () => {
    await context('    protected: ["tier!=dev"]\n')
    await keeps('deregister payments/payments-1', 'payments/payments-1 is protected by selector tier!=dev')
    await keeps('purge --malformed --yes', 'is protected by selector tier!=dev')
  })

  it('keep undo from taking an instance offline', async () => {
    await demo.run(`offline ${MAILER}`)
    await demo.run(`online ${MAILER}`)
    await context('    protected: [{service: mailer}]\n')
    await keeps('undo --yes', `${MAILER} is protected by service mailer`)
  })

  it.each<[string, string]>([
    ['protected: [{name: x}]', 'has no "name"'],
    ['protected: [{}]', 'is empty'],
    ['protected: [[a]]', 'must be a map'],
    ['protected: ["a in b"]', 'config.yaml:4: protected:'],
    ['protectedHours: Mon-Fri', 'are not valid hours'],
  ])('%s is an error with its line', async (setting, message) => {
    await context(`    ${setting}\n`)
    const ran = await demo.run('ls -c prod')
    expect(ran).toMatchObject({ status: 2, stderr: expect.stringContaining(message) })
    expect(ran.stderr).toContain('config.yaml:4')
  })

  it('are shown by config, and hold in a project file too', async () => {
    await context('    protected: [tier=core]\n    protectedHours: Mon-Fri 09:00-18:00 UTC\n')
    const { stdout } = await demo.run('config -c prod')
    expect(stdout).toMatch(/protected +selector tier=core +context prod\n/)
    expect(stdout).toMatch(/protected-hours +Mon-Fri 09:00-18:00 UTC +context prod\n/)
    await writeFile(
      join(demo.folder, 'rollcall.yaml'),
      `registry: file:${demo.file}\nprotected: [{service: payments}]\n`,
    )
    const env = { ROLLCALL_REGISTRY: undefined }
    const ran = await demo.run('deregister payments/payments-1', { env })
    expect(ran).toMatchObject({ status: 6, stderr: expect.stringContaining('rollcall.yaml protects') })
  })
})

describe('protected hours of a context', () => {
  it('let nothing be removed, and plans be made', async () => {
    await context(hours(Date.now() - HOUR, Date.now() + 4 * HOUR))
    const message = 'context prod lets nothing be removed'
    await keeps('deregister payments/payments-1', message)
    await keeps('purge --malformed --yes', message)
    const planned = await demo.run('purge --malformed --plan plan.json -c prod')
    expect(planned).toMatchObject({ status: 0, stderr: expect.stringContaining(`note: ${message}`) })
    await keeps('apply -f plan.json --yes', message)
    expect(await demo.run(`offline ${MAILER} -c prod`)).toMatchObject({ status: 0 })
    await context(hours(Date.now() + 4 * HOUR, Date.now() + 5 * HOUR))
    expect(await demo.run('apply -f plan.json --yes -c prod')).toMatchObject({ status: 0 })
    await context(hours(Date.now() - HOUR, Date.now() + 4 * HOUR))
    expect(await demo.run('undo --yes -c prod')).toMatchObject({ status: 0 })
  })

  it('stop a removal that they find under way, of which undo knows', async () => {
    const many = Array.from({ length: 60 }, (_, at) => ({ key: `/microservices//host-${at}`, value: '{}' }))
    await seed({ env: demo.env }, many)
    const began = Date.now()
    await context(hours(began + HOUR, began + 3 * HOUR))
    const backup = join(demo.folder, 'b.ndjson')
    const hasRemoved = () => existsSync(backup) && readFileSync(backup, 'utf8').includes('{"outcomes"')
    const now = () => (hasRemoved() ? began + 2 * HOUR : began)
    const ran = await demo.run('purge --malformed --yes --rate 100 --backup b.ndjson -c prod', { now })
    expect(ran).toMatchObject({ status: 5, stderr: expect.stringMatching(/interrupted: \d+ records not attempted/) })
    const removed = Number(/(\d+) records removed/.exec(ran.stderr)?.[1])
    expect(removed).toBeGreaterThan(0)
    expect((await demo.json('undo --yes')).items).toHaveLength(removed)
  })
})

describe('--rate', () => {
  it('removes no more than so many a second', async () => {
    const many = Array.from({ length: 30 }, (_, at) => ({ key: `/microservices//host-${at}`, value: '{}' }))
    await seed({ env: demo.env }, many)
    const began = performance.now()
    expect(await demo.run('purge --malformed --yes --rate 20')).toMatchObject({ status: 0 })
    expect(performance.now() - began).toBeGreaterThan(1_400)
  })

  it.each(['0', '-1', 'x', '1.5'])('%s is refused', async (rate) => {
    expect(await demo.run(['purge', '--yes', `--rate=${rate}`])).toMatchObject({ status: 2 })
  })
})

const auditLines = async () =>
  (await readFile(join(state(), 'audit.ndjson'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('the audit log', () => {
  it('has a line for each removal: when, who, why, where, what and what became of it', async () => {
    await demo.run('deregister payments/payments-1')
    const [{ id, user, host }] = (await demo.json('undo --list')).items
    expect(await auditLines()).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-/),
        who: `${user}@${host}`,
        run: id,
        command: 'deregister',
        registry: `file:${demo.file}`,
        why: 'named',
        service: 'payments',
        id: 'payments-1',
        record: '/microservices/payments/payments-1',
        outcome: 'done',
      },
    ])
    expect((await stat(join(state(), 'audit.ndjson'))).mode & 0o777).toBe(0o600)
  })

  it('hides secrets, which a key may hold', async () => {
    await seed({ env: demo.env }, [{ key: '/microservices//password=hunter2', value: '{}' }])
    await demo.run('purge --malformed --yes')
    const text = await readFile(join(state(), 'audit.ndjson'), 'utf8')
    expect(text).toContain('password=(hidden)')
    expect(text).not.toContain('hunter2')
  })

  it('begins anew when it is long, and keeps a few', async () => {
    await mkdir(state(), { recursive: true })
    for (let at = 0; at < 6; at++) await writeFile(join(state(), `audit-2026010${at}.ndjson`), '')
    await writeFile(join(state(), 'audit.ndjson'), '')
    await truncate(join(state(), 'audit.ndjson'), 11 * 1024 * 1024)
    await demo.run('deregister payments/payments-1')
    expect(await auditLines()).toHaveLength(1)
    const old = (await readdir(state())).filter((name) => name.startsWith('audit-')).toSorted()
    expect(old.slice(0, 3)).toEqual(['audit-20260103.ndjson', 'audit-20260104.ndjson', 'audit-20260105.ndjson'])
    expect(old).toHaveLength(4)
  })

  it('that cannot be written ends nothing', async () => {
    await mkdir(join(state(), 'audit.ndjson'), { recursive: true })
    const ran = await demo.run('deregister payments/payments-1')
    expect(ran).toMatchObject({ status: 0, stderr: expect.stringContaining('the audit log') })
  })
})
