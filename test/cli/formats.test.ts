import { chmod, copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from './run.ts'

/** A folder for each version that changed a format, with files as its commands wrote them. */
const formats = resolve(import.meta.dirname, '../fixtures/formats')
/** The folder in which they were written, for the paths that they name. */
const WRITTEN_IN = '/srv/rollcall'
const NOW = Date.parse('2026-12-01T04:00:00Z')
const EVERY_FILE = [
  'baseline.yaml',
  'config.yaml',
  'export.json',
  'export.ndjson',
  'export.yaml',
  'journal.db',
  'manifest.yaml',
  'offline.ndjson',
  'plan.json',
  'purge.ndjson',
  'registry.db',
  'tokens.json',
]

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'rollcall-formats-'))
})
afterEach(() => rm(cwd, { recursive: true }))

const env = () => ({ XDG_STATE_HOME: join(cwd, 'state'), XDG_CONFIG_HOME: join(cwd, 'config') })
const rollcall = (line: string) => run(line, { cwd, env: env(), now: () => NOW })
const here = (line: string) => rollcall(`${line} -r file:registry.db`)
const stored = async () => (await here('export')).stdout

/** Copies the files of a version to where the test is, and has them name that place. */
async function lay(version: string): Promise<void> {
  for (const name of await readdir(join(formats, version))) {
    const [from, to] = [join(formats, version, name), join(cwd, name)]
    if (name.endsWith('.db')) await copyFile(from, to)
    else await writeFile(to, (await readFile(from, 'utf8')).replaceAll(WRITTEN_IN, cwd))
    await chmod(to, 0o600)
  }
}

async function change(name: string, edit: (text: string) => string): Promise<void> {
  const path = join(cwd, name)
  await writeFile(path, edit(await readFile(path, 'utf8')))
}

const linesOf = (text: string): unknown[] => text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
const idsIn = (text: string): string[] => linesOf(text).map((item) => (item as { id: string }).id)

describe.each(await readdir(formats))('files that %s has written', (version) => {
  beforeEach(() => lay(version))

  it('are an embedded registry with what its export says', async () => {
    expect(await stored()).toBe(await readFile(join(cwd, 'export.ndjson'), 'utf8'))
  })

  it.each(['export.ndjson', 'export.json', 'export.yaml'])(
    'are an export that is compared and imported: %s',
    async (name) => {
      expect(await rollcall(`diff ${name} file:registry.db`)).toMatchObject({ status: 0, stdout: '' })
      const imported = await rollcall(`import ${name} -r file:other.db -o json`)
      expect([imported.status, imported.stderr]).toEqual([0, expect.stringContaining('4')])
      const other = await rollcall('export -r file:other.db')
      expect(idsIn(other.stdout)).toEqual(['cart-1', 'mail-1', 'pay-1', 'pay-2'])
    },
  )

  it('are a manifest that holds, and a baseline with which nothing is new', async () => {
    expect(await here('verify -f manifest.yaml')).toMatchObject({ status: 0 })
    expect((await here('check-keys --severity info -o ndjson')).stdout).toContain('RC1301')
    expect(await here('check-keys --baseline baseline.yaml -o ndjson')).toMatchObject({ status: 0, stdout: '' })
  })

  it('are a plan that is carried out, and backups that are taken back', async () => {
    const before = linesOf(await stored())
    expect(await here('apply -f plan.json --max-percent 100 --yes')).toMatchObject({ status: 0 })
    expect(linesOf(await stored())).toHaveLength(before.length - 1)
    const backups = join(cwd, 'state/rollcall/backups')
    for (const name of ['purge', 'offline']) {
      const [line = ''] = (await readFile(join(cwd, `${name}.ndjson`), 'utf8')).split('\n')
      const { id } = (JSON.parse(line) as { run: { id: string } }).run
      await mkdir(backups, { recursive: true })
      await copyFile(join(cwd, `${name}.ndjson`), join(backups, `${id}.ndjson`))
    }
    const listed = await here('undo --list')
    expect(listed.stdout).toMatch(/purge.*ops/)
    expect(listed.stdout).toMatch(/offline.*ops/)
    expect(await here('restore purge.ndjson --yes')).toMatchObject({ status: 0 })
    expect(await here('restore offline.ndjson --yes')).toMatchObject({ status: 0 })
    const after = linesOf(await stored()) as { id: string; status: string }[]
    expect(after.map(({ id, status }) => `${id} ${status}`)).toEqual(['cart-1 up', 'mail-1 up', 'pay-1 up', 'pay-2 up'])
  })

  it('are a journal that is read', async () => {
    const { status, stdout } = await rollcall('history --journal journal.db --since 2026-12-01T03:50:13Z -o ndjson')
    const events = (linesOf(stdout) as { type: string; id?: string }[]).map(({ type, id }) =>
      `${type} ${id ?? ''}`.trim(),
    )
    expect([status, events]).toEqual([0, ['updated mail-1', 'removed cart-1', 'gap']])
  })

  it('are contexts and tokens', async () => {
    await mkdir(join(cwd, 'config/rollcall'), { recursive: true })
    await copyFile(join(cwd, 'config.yaml'), join(cwd, 'config/rollcall/config.yaml'))
    const { stdout } = await run('config -o json', {
      cwd,
      env: { ...env(), ROLLCALL_PASSWORD: 'hush' },
      now: () => NOW,
    })
    for (const value of ['etcd://10.0.0.9:2379', '/live', 'ops']) expect(stdout).toContain(value)
    expect((await rollcall('token ls --tokens tokens.json')).stdout).toMatch(/ci +editor +pay\*/)
  })
})

/** What makes a file one of the next format. */
const apiVersion = (text: string): string => text.replaceAll('rollcall/v1', 'rollcall/v2')
const eachLine = (text: string): string => text.replaceAll(/^\{/gm, '{"apiVersion":"rollcall/v2",')
const ofRun = (text: string): string => text.replace('{"run":{', '{"run":{"format":2,')
const sqlite = (text: string): string => {
  const bytes = Buffer.from(text, 'latin1')
  bytes.writeUInt32BE(bytes.readUInt32BE(60) + 1, 60)
  return bytes.toString('latin1')
}

describe('a file of a newer format', () => {
  beforeEach(() => lay('0.1.0'))

  it.each([
    ['export.ndjson', eachLine, 'import export.ndjson'],
    ['export.ndjson', eachLine, 'register -f export.ndjson'],
    ['export.json', apiVersion, 'import export.json'],
    ['export.yaml', apiVersion, 'register -f export.yaml'],
    ['export.yaml', apiVersion, 'diff export.yaml file:registry.db'],
    ['manifest.yaml', apiVersion, 'verify -f manifest.yaml'],
    ['baseline.yaml', apiVersion, 'check-keys --baseline baseline.yaml'],
    ['plan.json', apiVersion, 'apply -f plan.json --max-percent 100 --yes'],
    ['purge.ndjson', ofRun, 'restore purge.ndjson --yes'],
  ])('is refused, and nothing is changed: %s', async (name, edit, line) => {
    await change(name, edit)
    const before = await stored()
    const { status, stdout, stderr } = await (line.startsWith('diff') ? rollcall(line) : here(line))
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(
      /has format \S+, but this rollcall reads format \S+\n {2}it was created by a newer rollcall: use that one\n$/,
    )
    expect(stderr).toContain(name)
    expect(await stored()).toBe(before)
  })

  it.each([
    ['registry.db', 'ls --all -r file:registry.db'],
    ['registry.db', 'register pay -e grpc://10.0.0.9:9000 -r file:registry.db'],
    ['journal.db', 'history --journal journal.db'],
  ])('is refused, and stays as it is: %s', async (name, line) => {
    const path = join(cwd, name)
    await writeFile(path, Buffer.from(sqlite((await readFile(path)).toString('latin1')), 'latin1'))
    const before = await readFile(path)
    const { status, stderr } = await rollcall(line)
    expect(status).toBe(3)
    expect(stderr).toMatch(
      /has format \d+, but this rollcall reads format \d+\n  it was created by a newer rollcall: use that one/,
    )
    expect((await readFile(path)).equals(before)).toBe(true)
  })

  it('is left out of the runs, with a word', async () => {
    const backups = join(cwd, 'state/rollcall/backups')
    await mkdir(backups, { recursive: true })
    await change('purge.ndjson', ofRun)
    await copyFile(join(cwd, 'purge.ndjson'), join(backups, 'purge.ndjson'))
    const { status, stdout, stderr } = await here('undo --list')
    expect([status, stdout]).toEqual([0, expect.not.stringContaining('purge')])
    expect(stderr).toContain('purge.ndjson was written by a newer rollcall, so it is not used')
  })

  it('says that of a field that is not known: contexts', async () => {
    await mkdir(join(cwd, 'config/rollcall'), { recursive: true })
    const text = await readFile(join(cwd, 'config.yaml'), 'utf8')
    await writeFile(join(cwd, 'config/rollcall/config.yaml'), text.replace('    user:', '    mood: fine\n    user:'))
    const { status, stderr } = await rollcall('ls')
    expect([status, stderr]).toEqual([2, expect.stringContaining('or a newer rollcall wrote this file')])
  })
})

it('has each kind of file that is promised, as the first version wrote it', async () => {
  expect((await readdir(join(formats, '0.1.0'))).toSorted()).toEqual(EVERY_FILE)
})
