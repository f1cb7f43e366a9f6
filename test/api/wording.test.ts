import { readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as rollcall from '../../src/index.ts'
import { OPTIONS } from '../../src/model/wording.ts'
import { flagWording } from '../../src/cli/wording.ts'
import { programHelp } from '../../src/cli/help.ts'
import { commands } from '../../src/cli/commands/index.ts'
import { run } from '../cli/run.ts'

const root = resolve(import.meta.dirname, '../..')
const source = join(root, 'src')

/** Texts that only people read who hold the command line: what repairs a finding, and what was typed as a flag or into a file of theirs. */
const FOR_OPERATORS = /^lint\/|^backends\/\w+\/rules\.ts$|^reports\/(selection|labels)\.ts$/
/** Flags of other programs, and commands for who runs the server on the other side. */
const OF_OTHERS =
  /--(quota-backend-bytes|max-request-bytes)|etcdctl [^'"`]*|kubectl [^'"`]*|mkdir -p|npm [^'"`]*|rollcall (serve|token)\b[^'"`]*/g
const FLAG = /(?<![\w-])(--[a-z][a-z-]+|-[a-zA-Z])(?![\w-])/
const COMMANDS = new RegExp(`\\brollcall (${commands.map(({ name }) => name).join('|')})\\b`)

/** The files that what the package exports is made of. */
function library(): string[] {
  const found = new Set<string>()
  const visit = (file: string): void => {
    if (found.has(file)) return
    found.add(file)
    const imports = readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)
    for (const [, specifier = ''] of imports) visit(resolve(dirname(file), specifier))
  }
  for (const entry of ['', 'testing/', 'grpc/', 'fetch/']) visit(join(source, `${entry}index.ts`))
  return [...found].map((file) => relative(source, file).replaceAll(sep, '/'))
}

/** The texts of a file, without what is put into them, and without its comments. */
function textsOf(file: string): string[] {
  const code = readFileSync(join(source, file), 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$|\s\/\/ .*$/gm, '')
  return [...code.matchAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g)].map(([text]) =>
    text.replaceAll(/\$\{[^}]*\}/g, ''),
  )
}

describe('what the library says', () => {
  it('names no flag and no command of the command line', () => {
    const files = library().filter((file) => !FOR_OPERATORS.test(file))
    expect(files.length).toBeGreaterThan(200)
    const wrong = files.flatMap((file) =>
      textsOf(file)
        .map((text) => text.replaceAll(OF_OTHERS, ''))
        .filter((text) => FLAG.test(text) || COMMANDS.test(text))
        .map((text) => `${file}: ${text}`),
    )
    expect(wrong).toEqual([])
  })

  it('names options that the library has', () => {
    const folder = join(root, 'docs/api')
    const pages = readdirSync(folder).map((page) => readFileSync(join(folder, page), 'utf8'))
    const isThere = (name: string) => pages.some((page) => new RegExp(`\\b${name}\\??:`).test(page))
    expect(OPTIONS.flatMap((name) => name.split('.')).filter((name) => !isThere(name))).toEqual([])
  })

  it('is said by the command line with flags that it has', async () => {
    const helps = await Promise.all(commands.map(({ name }) => run([name, '--help'])))
    const text = [programHelp(commands), ...helps.map(({ stdout }) => stdout)].join('\n')
    const flags = OPTIONS.map((name) => flagWording.option(name, undefined)).filter((flag) => flag.startsWith('-'))
    expect(flags.filter((flag) => !new RegExp(`(?<![\\w-])${flag}(?![\\w-])`).test(text))).toEqual([])
  })
})

describe('one error', () => {
  let folder: string
  let url: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-wording-'))
    url = `file:${join(folder, 'r.db')}`
    await using registry = await rollcall.connect(url)
    const instance = { name: 'pay', id: 'pay-1', endpoints: ['grpc://10.0.0.1:9000'] }
    await registry.register(instance, { keepAlive: false, ttl: null })
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('names the option to a program, and the flag on the command line', async () => {
    await using registry = await rollcall.connect(url)
    const { client } = registry
    const plan = await rollcall.planPurge(client, { reasons: { noLease: true } })
    expect(plan.refusals).toEqual([{ fact: expect.stringContaining('`guard.maxPercent` is 50'), liftedBy: 'force' }])
    await expect(rollcall.purge(client, plan, {})).rejects.toMatchObject({
      code: 'refused',
      hint: '`force` overrides this guard; `guard.maxPercent` and `guard.keepMin` change the limits of the one that counts instances',
    })
    const { status, stderr } = await run(['purge', '--no-lease', '--yes', '-r', url])
    expect(status).toBe(6)
    expect(stderr).toContain('--max-percent is 50')
    expect(stderr).toContain('--force overrides this guard; --max-percent and --keep-min change the limits')
    await expect(rollcall.purge(client, plan, {})).rejects.toMatchObject({ hint: expect.stringContaining('`force`') })
  })

  it('has the value in it that would help', async () => {
    await using registry = await rollcall.connect(url, { layout: 'plain' })
    const instance = { name: 'pay', id: 'pay-2', version: 'v1', endpoints: ['grpc://10.0.0.2:9000'] }
    await expect(registry.register(instance, { keepAlive: false })).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('`layout`'),
    })
    const said = await run([
      'register',
      'pay',
      '-e',
      'grpc://10.0.0.2:9000',
      '--version',
      'v1',
      '--layout',
      'plain',
      '-r',
      url,
    ])
    expect(said).toMatchObject({ status: 2, stderr: expect.stringContaining('--layout') })
  })

  it('says where a password goes', async () => {
    const hint = 'put it in `password` or ETCDCTL_PASSWORD'
    await expect(rollcall.connect('etcd://pay@127.0.0.1:1')).rejects.toMatchObject({ code: 'usage', hint })
    const { stderr } = await run(['ls', '-r', 'etcd://pay@127.0.0.1:1'])
    expect(stderr).toContain('put it in ROLLCALL_PASSWORD, ETCDCTL_PASSWORD or a --password-file')
    expect(await readFile(join(root, 'docs/api/rollcall.md'), 'utf8')).toContain("liftedBy?: 'force'")
  })
})
