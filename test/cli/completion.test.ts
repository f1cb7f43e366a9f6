import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Built, built } from './built.ts'
import { run } from './run.ts'
import { kratos, seed } from './seed.ts'
import { tcp } from '../client/purge/speakers.ts'

let folder: string
let env: Record<string, string>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-completion-'))
  env = { ROLLCALL_REGISTRY: `file:${join(folder, 'r.db')}`, XDG_CONFIG_HOME: folder, HOME: folder }
  await seed({ env }, [
    kratos('payments', 'payments-1'),
    kratos('payments', 'payments-2'),
    kratos('pay:v2', 'p-1'),
    kratos('$(touch evil)', 'e-1'),
    kratos('two words', 't-1'),
    { key: '/microservices/junk/j', value: 'junk' },
  ])
  await run('context add prod --registry memory:', { env })
})
afterAll(() => rm(folder, { recursive: true }))

/** The words that are offered for a line; what is behind the last blank is being typed. */
async function offered(line: string): Promise<string[]> {
  const words = line.split(' ')
  const { status, stdout, stderr } = await run(['completion', 'request', '--', ...words], { env, cwd: folder })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((text) => text.split('\t')[0] ?? '')
}

describe('completion', () => {
  it.each<[string, string[]]>([
    ['check', ['check-keys']],
    ['--registry memory: che', ['check-keys']],
    ['wait --mi', ['--min']],
    ['purge --no', ['--no-lease', '--no-headers']],
    ['ls --status un', ['unknown', 'unhealthy']],
    ['ls -o nd', ['ndjson']],
    ['ls --output=js', ['--output=json']],
    ['ls --layout k', ['kratos', 'kratos-scheme']],
    ['check-keys --severity w', ['warning']],
    ['purge --rule RC1101', ['RC1101']],
    ['-c ', ['prod']],
    ['context ', ['add', 'use', 'ls', 'show', 'rm']],
    ['context use p', ['prod']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['schema InstanceL', ['InstanceList']],
    ['restore ', [':files']],
    ['purge --backup ', [':files']],
    ['ls pay', ['pay:v2', 'payments']],
    ['ls ', ['pay:v2', 'payments']],
    ['wait paym', ['payments']],
    ['get paym', ['payments']],
    ['get payments/', ['payments/payments-1', 'payments/payments-2']],
    ['get payments payments-', ['payments-1', 'payments-2']],
    ['deregister payments/payments-1 paym', ['payments']],
    ['ls -r memory: p', []],
    ['ls -r nonsense:x p', []],
    ['ls --nonsense p', []],
    ['nonsense p', []],
    ['--nonsense p', []],
    ['version ', []],
    ['wait --min ', []],
  ])('offers for "%s"', async (line, words) => {
    await expect.poll(async () => (await offered(line)).toSorted(), { timeout: 10_000 }).toEqual(words.toSorted())
  })

  it('offers every command, and none twice', async () => {
    const words = await offered('')
    expect(words).toContain('purge')
    expect(new Set(words).size).toBe(words.length)
  })

  it('says what each is for', async () => {
    const { stdout } = await run(['completion', 'request', '--', 'wa'], { env })
    expect(stdout).toMatch(/^watch\ta snapshot, then every change as it comes\nwait\t/)
  })

  it('does not wait for a registry that does not answer', async () => {
    await using silent = await tcp()
    // Whoever waited for it would wait longer than this test may take.
    const line = `ls -r etcd://${silent.address} --request-timeout 10m`
    expect(await offered(`${line} p`)).toEqual([])
    expect(await offered(`${line} --mi`)).toEqual([])
  })

  it('knows three shells', async () => {
    expect(await run('completion powershell', { env })).toMatchObject({ status: 2 })
    expect(await run('completion', { env })).toMatchObject({ status: 2 })
    expect(await run('completion bash more', { env })).toMatchObject({ status: 2 })
  })
})

/** How each shell is made to say what it would offer for the line that is its first argument; the last word is the second. */
const SHELLS = {
  bash: {
    words: ['--norc', '--noprofile', '-c'],
    program: `source "$COMPLETION"
COMP_LINE=$1 COMP_POINT=\${#1} COMP_WORDS=(rollcall "$2") COMP_CWORD=1
_rollcall
printf '%s\\n' "\${COMPREPLY[@]}"`,
  },
  zsh: {
    words: ['-f', '-c'],
    program: `autoload -Uz compinit; compinit -u -D
source "$COMPLETION"
_describe() { local one; for one in "\${(@P)2}"; do one=\${one//\\\\:/@@}; print -r -- \${\${one%%:*}//@@/:}; done }
_files() { print -r -- a-file }
words=(\${(z)1}); [[ $1 == *' ' ]] && words+=('')
CURRENT=$#words
_rollcall`,
  },
  fish: {
    words: ['--no-config', '-c'],
    program: 'source $COMPLETION; complete -C "$argv[1]" | string split -f 1 \\t',
  },
} as const

let bin: Built | undefined
const path = (): string => join(folder, 'bin')
const required = process.env['ROLLCALL_TEST_REQUIRE'] === 'all'

describe.each(Object.entries(SHELLS))('completion in %s', (shell, { words, program }) => {
  const there = spawnSync(shell, ['-c', 'true']).status === 0
  if (!there) process.stderr.write(`SKIPPED completion in ${shell}: install the package ${shell}\n`)

  const script = () => join(folder, `rollcall.${shell}`)

  beforeAll(async () => {
    if (!there) return
    await writeFile(script(), (await run(['completion', shell], { env })).stdout)
    if (bin) return
    bin = await built()
    await mkdir(path())
    await writeFile(join(path(), 'rollcall'), `#!/bin/sh\nexec '${process.execPath}' '${bin.program}' "$@"\n`, {
      mode: 0o755,
    })
    await writeFile(join(folder, 'a-file'), '')
  })

  function complete(line: string): string[] {
    const last = /[^\s:]*$/.exec(line)?.[0] ?? ''
    const { stdout, stderr } = spawnSync(shell, [...words, program, ...(shell === 'fish' ? [] : [shell]), line, last], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...env, ...bin?.env, COMPLETION: script(), PATH: `${path()}:${process.env['PATH']}` },
    })
    expect(stderr).toBe('')
    return stdout.split('\n').filter(Boolean).toSorted()
  }

  it.skipIf(!there && !required).each<[string, string[]]>([
    ['rollcall check', ['check-keys']],
    ['rollcall wait --mi', ['--min']],
    ['rollcall ls paym', ['payments']],
    ['rollcall get payments/', ['payments/payments-1', 'payments/payments-2']],
    ['rollcall get payments ', ['payments-1', 'payments-2']],
    ['rollcall restore a-f', ['a-file']],
    ['rollcall ls pay:', [shell === 'bash' ? 'v2' : 'pay:v2']],
    ['rollcall nonsense ', []],
  ])('offers for "%s"', async (line, expected) => {
    await expect.poll(() => complete(line), { timeout: 15_000 }).toEqual(expected)
  })
})
