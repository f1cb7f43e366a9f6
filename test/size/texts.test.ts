import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, cpSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands/index.ts'
import { type Built, built } from '../cli/built.ts'
import { run } from '../cli/run.ts'

const names = commands.flatMap(({ name, aliases = [] }) => [name, aliases].flat())

describe('what is printed without the bundle', () => {
  let whole: Built
  let folder: string
  /** What starts the program, alone with its texts. */
  let bare: string

  beforeAll(async () => {
    whole = await built()
    const dist = dirname(whole.program)
    folder = mkdtempSync(join(dist, '../texts-'))
    for (const name of ['start.cjs', 'help.txt']) cpSync(join(dist, name), join(folder, name))
    bare = join(folder, 'start.cjs')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** What it prints, and its status. */
  function printed(program: string, line: string, env: NodeJS.ProcessEnv = {}) {
    const options = { cwd: tmpdir(), env: { PATH: process.env['PATH'], ...whole.env, ...env } }
    const words = [program, ...line.split(' ').filter(Boolean)]
    return new Promise<{ status: unknown; stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, words, options, (error, stdout, stderr) => {
        resolve({ status: error ? error.code : 0, stdout, stderr })
      })
    })
  }

  it.each(names)("%s: the program's own help", async (name) => {
    const { stdout } = await run([name, '--help'])
    expect(stdout).toContain('Usage: rollcall ')
    for (const line of [`${name} --help`, `${name} -h`, `help ${name}`])
      expect(await printed(bare, line)).toEqual({ status: 0, stdout, stderr: '' })
  })

  it.each(['--help', '-h', 'help'])('%s: the help of all', async (line) => {
    const { stdout } = await run('--help')
    expect(await printed(bare, line)).toEqual({ status: 0, stdout, stderr: '' })
  })

  it.each(['--version', 'version'])('%s: the version', async (line) => {
    const { stdout } = await run('version')
    expect(await printed(bare, line)).toEqual({ status: 0, stdout, stderr: '' })
  })

  it('is the same whatever the variables say of colours and formats', async () => {
    const { stdout } = await run('ls --help')
    for (const env of [{ FORCE_COLOR: '1' }, { NO_COLOR: '1', COLUMNS: '20' }, { ROLLCALL_COLOR: 'blue' }])
      expect(await printed(bare, 'ls --help', env)).toEqual({ status: 0, stdout, stderr: '' })
  })

  it.each(['help nix', 'nix --help', 'help help', '--help ls', 'ls payments --help', 'ls -- --help', 'version x'])(
    'is not %s, which the bundle understands as ever',
    async (line) => {
      expect(await printed(bare, line)).not.toMatchObject({ status: 0 })
      const { status, stdout, stderr } = await run(line)
      expect(await printed(whole.program, line)).toEqual({ status, stdout, stderr })
    },
  )

  it('is not a version that is wanted as JSON', async () => {
    for (const env of [{ ROLLCALL_JSON: '1' }, { ROLLCALL_OUTPUT: 'nix' }]) {
      const { status, stdout, stderr } = await run('version', { env })
      expect(await printed(whole.program, 'version', env)).toEqual({ status, stdout, stderr })
    }
  })

  it('comes from the bundle where the text is missing', async () => {
    const lacking = mkdtempSync(join(folder, '../lacking-'))
    cpSync(dirname(whole.program), lacking, { recursive: true })
    rmSync(join(lacking, 'help.txt'))
    const { stdout } = await run('ls --help')
    expect(await printed(join(lacking, 'start.cjs'), 'ls --help')).toEqual({ status: 0, stdout, stderr: '' })
    rmSync(lacking, { recursive: true })
  })

  /** A line of bash; `$ROLLCALL` stands for the program. */
  function shell(line: string) {
    const ROLLCALL = `${process.execPath} ${whole.program}`
    return spawn('bash', ['-c', line], {
      env: { PATH: process.env['PATH'], ...whole.env, ROLLCALL },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  it.each(['--help', 'ls --help', '--version'])('%s: ends quietly when nobody reads', async (line) => {
    const child = shell(`exec 3> >(:); wait $!; $ROLLCALL ${line} >&3; echo $?`)
    expect([await text(child.stdout), await text(child.stderr)]).toEqual(['0\n', ''])
  })

  it.each(['--help', 'ls --help', '--version'])('%s: says that the disk is full', async (line) => {
    const child = shell(`$ROLLCALL ${line} > /dev/full; echo $?`)
    expect(await text(child.stdout)).toBe('2\n')
    expect(await text(child.stderr)).toMatch(/^rollcall: the output cannot be written: ENOSPC/)
  })

  it('waits for a reader that is behind', async () => {
    const [pipe, telling] = [join(folder, 'pipe'), join(folder, 'telling.cjs')]
    execFileSync('mkfifo', [pipe])
    writeFileSync(telling, TELLING)
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
    const writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
    const before = fill(writer)
    const line = `exec "${process.execPath}" --require "${telling}" "${whole.program}" --help >&3`
    const child = spawn('bash', ['-c', line], {
      env: { PATH: process.env['PATH'], ...whole.env },
      stdio: ['ignore', 'ignore', 'pipe', writer],
    })
    const ended = once(child, 'exit')
    closeSync(writer)
    const complained = new Promise((resolve) => child.stderr?.once('data', resolve))
    expect(String(await complained)).toBe('EAGAIN')

    const [all] = await Promise.all([buffer(new Socket({ fd: reader, writable: false })), ended])
    expect(all.subarray(before).toString()).toBe((await run('--help')).stdout)
    expect(child.exitCode).toBe(0)
  })
})

/** Says what a write was refused with. */
const TELLING = `
  const fs = require('node:fs')
  const { writeSync } = fs
  fs.writeSync = (...words) => {
    try {
      return writeSync(...words)
    } catch (error) {
      writeSync(2, error.code)
      throw error
    }
  }
`

/** Writes until a pipe takes no more. Returns how many bytes those were. */
function fill(writer: number): number {
  for (let bytes = 0; ; ) {
    try {
      bytes += writeSync(writer, Buffer.alloc(4096))
    } catch {
      return bytes
    }
  }
}
