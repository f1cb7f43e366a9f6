import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fresh, onEmbeddedAndEtcd } from './embedded-and-etcd.ts'
import { type RunOptions, run } from './run.ts'
import { type Seed, kratos, seed } from './seed.ts'
import { validated } from './validated.ts'

let folder: string
let next = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-baseline-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A name for a file of a test's own. */
const newPath = () => join(folder, `baseline-${next++}.yaml`)

async function file(text: string): Promise<string> {
  const path = newPath()
  await writeFile(path, text)
  return path
}

const nameless = (id: string): Seed => ({ key: `/microservices//${id}`, value: { id, name: '' }, ttl: 3600 })

/** A baseline that leaves the nameless alone until that day. */
const suppressing = (day: string) =>
  `# ours\nsuppressions:\n  - {rule: RC1001, key: "/microservices//*", reason: release 7, until: ${day}}\n`

/** What holds of every registry of keys. */
function suite(fresh: Fresh): void {
  let registry: string
  const options = (): RunOptions => ({ env: { ROLLCALL_REGISTRY: registry } })
  const check = (...words: string[]) => run(['check-keys', ...words], { cwd: folder, ...options() })
  beforeAll(async () => {
    registry = await fresh()
    await seed(options(), [kratos('pay', 'a', { ttl: 3600, version: 'v1.0.0' }), nameless('x'), nameless('y')])
  })

  it('makes known what is there, and fails for what is new', async () => {
    const path = newPath()
    expect(await check('--baseline', path)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining(`--baseline ${path} --write-baseline writes it\n`),
    })
    const written = await check('--baseline', path, '--write-baseline')
    expect(written).toMatchObject({ status: 0, stdout: '' })
    expect(written.stderr).toContain(`${path} has 2 known findings: 2 added, 0 dropped\n`)
    expect(await readFile(path, 'utf8')).toBe(
      'apiVersion: rollcall/v1\nkind: Baseline\nknown:\n  RC1001:\n    - /microservices//x\n    - /microservices//y\n',
    )
    const passing = await check('--baseline', path)
    expect(passing).toMatchObject({ status: 0, stdout: '' })
    expect(passing.stderr).toContain('3 records: 0 errors, 0 warnings, 0 info; 2 known\n')
    await seed(options(), [nameless('z')])
    const failing = await check('--baseline', path, '-o', 'json')
    const found = JSON.parse(failing.stdout)
    validated(found)
    expect(failing).toMatchObject({ status: 1 })
    expect(found).toMatchObject({ known: 2, suppressed: 0, items: [{ rule: 'RC1001', key: '/microservices//z' }] })
    expect((await check('--baseline', path, '--list', '-o', 'csv', '--no-headers')).stdout).toBe(
      [
        'ok,/microservices//x,,,',
        'ok,/microservices//y,,,',
        'error,/microservices//z,RC1001,,',
        'ok,/microservices/pay/a,,,pay',
        '',
      ].join('\r\n'),
    )
    expect((await check('--baseline', path, '-o', 'github')).stdout).toMatch(/^::error [^\n]*\n$/)
    expect((await check('--baseline', path, '-o', 'junit')).stdout).toContain('failures="1"')
    expect((await check('--baseline', path, '--write-baseline')).stderr).toContain(
      '3 known findings: 1 added, 0 dropped',
    )
    expect(await check('--baseline', path)).toMatchObject({ status: 0 })
    expect((await check('pay', '--baseline', path, '--write-baseline')).stderr).toContain(
      '0 known findings: 0 added, 3 dropped',
    )
  })

  it('suppresses for a while, with a reason, and says when that is over', async () => {
    const path = await file(suppressing('2999-01-31'))
    expect(await check('--baseline', path)).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/; \d suppressed\n/),
    })
    const over = await check('--baseline', await file(suppressing('2020-01-31')))
    expect(over).toMatchObject({ status: 1, stderr: expect.stringContaining(':3: the suppression of RC1001') })
    expect(over.stderr).toContain(' for /microservices//* ended on 2020-01-31 (release 7)\n')
    expect(await check('--baseline', path, '--write-baseline')).toMatchObject({ status: 0 })
    expect(await readFile(path, 'utf8')).toMatch(/^# ours\nsuppressions:\n {2}- [^]*\nknown: \{\}\n$/)
  })
}

await onEmbeddedAndEtcd('check-keys --baseline', suite)

describe('check-keys --baseline', () => {
  it.each([
    [':1:9: there is no rule "RC9999"', 'known: {RC9999: [/a]}', '--list-rules'],
    [':1:18: known.RC1001 must be text', 'known: {RC1001: [1]}', 'write it in quotes'],
    [':1:8: known must be a map', 'known: [RC1001]', ''],
    [':1:1: there is no field "knwon"', 'knwon: {}', 'did you mean "known"?'],
    [':1:7: kind must be Baseline', 'kind: Manifest', ''],
    [':1:15: suppressions must be a list', 'suppressions: {}', ''],
    [':2:5: a suppression needs reason and until', 'suppressions:\n  - rule: RC1001\n    key: "*"', ''],
    [
      ':1:59: until: "2027-02-30" is not a date',
      'suppressions: [{rule: RC1001, key: "*", reason: r, until: 2027-02-30}]',
      '2027-01-31',
    ],
    ['reason must be text, and not', 'suppressions: [{rule: RC1001, key: "*", reason: "", until: 2027-02-03}]', ''],
    [
      '4096 characters',
      `suppressions: [{rule: RC1001, key: "${'*a'.repeat(4096)}", reason: r, until: 2027-02-03}]`,
      '',
    ],
    [':2:15: a baseline has no aliases', 'known: &a {}\nsuppressions: *a', ''],
    [':1:10: this is not valid YAML', 'known: {a', ''],
    [':1:1: a baseline must be a map', 'just text', ''],
    ['more than 1024 KiB', `known: {}${' '.repeat(1024 * 1024)}`, 'pattern'],
    [
      'at most 1000 suppressed keys',
      `suppressions:\n${'  - {rule: RC1001, key: a, reason: r, until: 2027-02-03}\n'.repeat(1001)}`,
      '',
    ],
  ])('refuses with line and column, and never writes over it: %s', async (message, text, hint) => {
    const path = await file(text)
    for (const more of [[], ['--write-baseline']]) {
      const ran = await run(['check-keys', '--baseline', path, ...more], { env: { ROLLCALL_REGISTRY: 'memory:' } })
      expect(ran).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(message) })
      expect(ran.stderr).toContain(hint)
    }
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  it('is written where the file is one, for all to read, and with what belongs together', async () => {
    const env = { ROLLCALL_REGISTRY: 'memory:' }
    const path = newPath()
    await symlink(join(folder, 'elsewhere'), path)
    const linked = await run(['check-keys', '--baseline', path, '--write-baseline'], { env })
    expect(linked).toMatchObject({ status: 2, stderr: expect.stringContaining('is not a file') })
    await expect(stat(join(folder, 'elsewhere'))).rejects.toMatchObject({ code: 'ENOENT' })
    const whole = newPath()
    expect(await run(['check-keys', '--baseline', whole, '--write-baseline'], { env })).toMatchObject({ status: 0 })
    expect((await stat(whole)).mode & 0o444).toBe(0o444 & ~process.umask())
    for (const mode of [0o664, 0o600]) {
      await chmod(whole, mode)
      expect(await run(['check-keys', '--baseline', whole, '--write-baseline'], { env })).toMatchObject({ status: 0 })
      expect((await stat(whole)).mode & 0o777).toBe(mode)
    }
    expect(await run('check-keys --write-baseline', { env })).toMatchObject({ status: 2 })
    expect(await run('check-keys --baseline b.yaml --write-baseline --list', { env })).toMatchObject({ status: 2 })
    const astray = ['check-keys', '--baseline', join(folder, 'no', 'where.yaml'), '--write-baseline']
    expect(await run(astray, { env })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there is no folder'),
    })
    const nowhere = ['check-keys', 'nowhere', '--baseline', newPath(), '--write-baseline']
    expect(await run(nowhere, { env })).toMatchObject({ status: 1 })
  })

  it('lists every rule without a registry', async () => {
    const all = await run('check-keys --list-rules -o json')
    const list = JSON.parse(all.stdout)
    validated(list)
    expect(list.items.map(({ code }: { code: string }) => code)).toEqual(expect.arrayContaining(['RC1001', 'RC2003']))
    expect((await run('check-keys --list-rules --rule RC1001')).stdout).toBe(
      'RULE    SEVERITY  FINDS\nRC1001  error     empty service name\n',
    )
    expect(await run('check-keys --list-rules payments')).toMatchObject({ status: 2 })
    expect(await run('check-keys --list-rules --explain RC1001')).toMatchObject({ status: 2 })
  })
})
