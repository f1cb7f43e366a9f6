import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Built, built } from './built.ts'
import { Demo } from './demo.ts'
import { seed } from './seed.ts'
import { shell } from './shell.ts'

const root = join(import.meta.dirname, '../..')
const FILES = [
  'action.yml',
  'examples/ci/deployed/action.yml',
  'examples/ci/github-deploy.yml',
  'examples/ci/github-nightly.yml',
  'examples/ci/gitlab.yml',
]

/** A script of a job: GitHub's `run` with its `env`, a line of GitLab's `script`. */
interface Script {
  readonly text: string
  readonly variables: readonly string[]
}

function scriptsOf(part: unknown): Script[] {
  if (Array.isArray(part)) return part.flatMap(scriptsOf)
  if (typeof part !== 'object' || part === null) return []
  const fields = new Map<string, unknown>(Object.entries(part))
  return [...fields].flatMap(([key, value]) => {
    if (key !== 'run' && key !== 'script') return scriptsOf(value)
    const variables = Object.keys(fields.get('env') ?? {})
    return [value].flat().map((text) => ({ text: String(text), variables }))
  })
}

const files = await Promise.all(
  FILES.map(async (name) => ({ name, scripts: scriptsOf(parse(await readFile(join(root, name), 'utf8'))) })),
)
const scripts = files.flatMap((file) => file.scripts)
const ours = scripts.filter(({ text }) => text.includes('rollcall ') && !text.startsWith('npm '))

/** As the inputs of the action are, but for the waiting. */
const INPUTS = { SERVICES: 'payments', VERSION: 'v1.4.2', MIN: '3', STABLE: '100ms', TIMEOUT: '5m' }

let program: Built
beforeAll(async () => {
  program = await built()
})

async function job(demo: Demo, { text }: Script, inputs: Partial<typeof INPUTS> = {}) {
  for (const line of ['verify --init > manifest.yaml', 'check-keys --baseline known.yaml --write-baseline'])
    expect(await shell(program, demo, `rollcall ${line}`)).toMatchObject({ status: 0 })
  return await shell(program, demo, text.replaceAll('--stable 10s', '--stable 100ms'), { ...INPUTS, ...inputs })
}

const scriptWith = (words: string): Script => {
  const found = ours.find(({ text }) => text.includes(words))
  if (!found) throw new Error(`no job runs ${words}`)
  return found
}

describe('the pipelines to copy', () => {
  it.each(files)('$name has no text of others in a script, and gives each its variables', ({ scripts: some }) => {
    expect(some).not.toEqual([])
    for (const { text, variables } of some) {
      expect(text).not.toContain('${{')
      const used = [...text.matchAll(/\$([A-Z_]+)/g)].map(([, name = '']) => name)
      if (variables.length > 0) expect(variables).toEqual(expect.arrayContaining(used))
    }
  })

  it.each(ours)('pass where all is well: $text', async (script) => {
    await using demo = await Demo.open()
    const { status, stderr } = await job(demo, script)
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.any(String) })
    const [, file] = /(?:> |--backup )(\S+)$/.exec(script.text) ?? []
    if (file !== undefined) expect(await readFile(join(demo.folder, file), 'utf8')).not.toBe('')
  })

  it('fail where the build does not come up, and name it', async () => {
    await using demo = await Demo.open()
    const failed = await job(demo, scriptWith('wait $SERVICES'), { VERSION: 'v9', TIMEOUT: '300ms' })
    expect(failed).toMatchObject({ status: 124, stdout: expect.stringMatching(/^::error title=wait payments::/) })
    const inGitLab = scriptWith('registered.xml')
    const short = { ...inGitLab, text: inGitLab.text.replace('5m', '300ms') }
    expect(await job(demo, short, { VERSION: 'v9' })).toMatchObject({ status: 124 })
    expect(await readFile(join(demo.folder, 'registered.xml'), 'utf8')).toContain('failures="1"')
  })

  it('fail before a deployment where an instance is lost, or a record is malformed that was not', async () => {
    await using demo = await Demo.open()
    for (const words of ['verify -f manifest.yaml -o github', '--baseline known.yaml -o github'])
      expect(await job(demo, scriptWith(words))).toMatchObject({ status: 0, stdout: '' })
    await demo.run('deregister payments/payments-1')
    const { text } = scriptWith('verify -f manifest.yaml -o github')
    expect(await shell(program, demo, text)).toMatchObject({ status: 1, stdout: expect.stringContaining('::error') })
    await seed({ env: demo.env }, [{ key: '/microservices/payments/odd', value: 'not JSON' }])
    const keys = await shell(program, demo, scriptWith('--baseline known.yaml -o github').text)
    expect(keys).toMatchObject({ status: 1, stdout: expect.stringMatching(/^::error title=RC1101 /) })
    const lines = keys.stdout.trim().split('\n')
    expect(lines.filter((line) => !line.includes('::/microservices/payments/odd: '))).toEqual([])
  })

  it('fail where a variable is empty', async () => {
    await using demo = await Demo.open()
    for (const script of ours.filter(({ text }) => text !== 'rollcall version')) {
      const without = { ...script, text: `unset ROLLCALL_REGISTRY; ${script.text}` }
      expect(await job(demo, without)).toMatchObject({ status: 2 })
    }
    expect(await job(demo, scriptWith('wait $SERVICES'), { SERVICES: '' })).toMatchObject({ status: 2 })
    expect(await job(demo, scriptWith('wait $SERVICES'), { VERSION: '' })).toMatchObject({ status: 2 })
  })
})
