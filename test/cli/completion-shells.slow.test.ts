import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Built, built } from './built.ts'
import { run } from './run.ts'
import { kratos, seed } from './seed.ts'

let folder: string
let env: Record<string, string>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-completion-'))
  env = { ROLLCALL_REGISTRY: `file:${join(folder, 'r.db')}`, XDG_CONFIG_HOME: folder, HOME: folder }
  await seed({ env }, [kratos('payments', 'payments-1'), kratos('payments', 'payments-2'), kratos('pay:v2', 'p-1')])
})
afterAll(() => rm(folder, { recursive: true }))

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
    await expect.poll(() => complete(line), { timeout: 60_000 }).toEqual(expected)
  })
})
