import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bundle } from '../../build/bundle.mjs'
import { writeStart } from '../../build/write-start.mjs'

describe('the code that is kept between runs', () => {
  let folder: string
  let cache: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rollcall-start-'))
    await bundle(folder)
    await writeStart(folder)
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  beforeEach(() => {
    cache = mkdtempSync(join(folder, 'cache-'))
  })

  const place = () => join(cache, 'rollcall')
  const kept = () => readdirSync(place())

  /** As bin/rollcall.js runs it. */
  function version(word = 'version', own: NodeJS.ProcessEnv = {}, flags: readonly string[] = []) {
    const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: cache, ...own }
    // Without another word, the version is printed without the bundle.
    const line = [...flags, join(folder, 'start.cjs'), word, '--quiet']
    // A start that never ends must not take this process with it.
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, line, {
      env,
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    })
    return { status: status ?? signal, stdout, stderr }
  }

  it('is written by the first run for its owner alone, and not again by the second', () => {
    const first = version()
    expect(first).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^rollcall \d/) })
    expect(kept()).toEqual([
      expect.stringMatching(new RegExp(`^[0-9a-f]{16}-${process.version}-${process.arch}-.+-version$`)),
    ])
    const file = join(place(), kept()[0] ?? '')
    expect([statSync(place()).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600])
    const { mtimeMs, ino } = statSync(file)
    expect(version()).toEqual(first)
    expect(statSync(file)).toMatchObject({ mtimeMs, ino })
  })

  it('is made anew where it is damaged', () => {
    const first = version()
    const file = join(place(), kept()[0] ?? '')
    const whole = readFileSync(file).length
    writeFileSync(file, 'not what V8 wrote')
    expect(version()).toEqual(first)
    expect(readFileSync(file).length).toBeGreaterThan(whole / 2)
  })

  it.each([0, 0.3, 0.6, 0.9])('does not reach V8 once 4 kB of it are overwritten, %d of the way into it', (part) => {
    const first = version()
    const file = join(place(), kept()[0] ?? '')
    const whole = readFileSync(file)
    const damaged = Buffer.from(whole)
    damaged.fill(0xa5, Math.floor(whole.length * part), Math.floor(whole.length * part) + 4096)
    writeFileSync(file, damaged)
    expect(version()).toEqual(first)
    expect(readFileSync(file).equals(damaged)).toBe(false)
    expect(version()).toEqual(first)
  })

  it.each([
    ['cut off', (whole: Buffer) => whole.subarray(0, whole.length - 7)],
    ['empty', () => Buffer.alloc(0)],
    ['too short to hold a checksum', () => Buffer.alloc(3)],
    ['zeroed', (whole: Buffer) => Buffer.alloc(whole.length)],
  ])('is made anew where it is %s', (_, damage) => {
    const first = version()
    const file = join(place(), kept()[0] ?? '')
    const whole = readFileSync(file)
    writeFileSync(file, damage(whole))
    expect(version()).toEqual(first)
    expect(readFileSync(file).length).toBeGreaterThan(whole.length / 2)
  })

  it("is not another command's under this one's name", () => {
    version()
    const [mine = ''] = kept()
    expect(version('schema').status).toBe(0)
    const theirs = kept().find((name) => name !== mine) ?? ''
    const bytes = readFileSync(join(place(), theirs))
    writeFileSync(join(place(), mine), bytes)
    expect(version().status).toBe(0)
    expect(readFileSync(join(place(), mine)).equals(bytes)).toBe(false)
  })

  it("has a file of its own for each set of V8's flags", () => {
    const first = version()
    expect(version('version', {}, ['--no-opt'])).toEqual(first)
    expect(version('version', { NODE_OPTIONS: '--jitless' }).stdout).toBe(first.stdout)
    expect(new Set(kept()).size).toBe(3)
    const written = () => kept().map((name) => statSync(join(place(), name)).mtimeMs)
    const before = written()
    version()
    version('version', { NODE_OPTIONS: '--jitless' })
    expect(written()).toEqual(before)
  })

  it('is not read along a link', () => {
    version()
    const [name = ''] = kept()
    renameSync(join(place(), name), join(cache, 'elsewhere'))
    symlinkSync(join(cache, 'elsewhere'), join(place(), name))
    expect(version().status).toBe(0)
    expect(lstatSync(join(place(), name)).isSymbolicLink()).toBe(false)
  })

  it.skipIf(process.getuid?.() !== 0)(
    "is not read where it is another user's, nor written into another user's folder",
    () => {
      version()
      const file = join(place(), kept()[0] ?? '')
      chownSync(file, 12_345, 12_345)
      expect(version().status).toBe(0)
      expect(statSync(file).uid).toBe(0)

      rmSync(file)
      chownSync(place(), 12_345, 12_345)
      expect(version().status).toBe(0)
      expect(kept()).toEqual([])
    },
  )

  it.each(['/proc', '/dev/fd', '/proc/self/fd', '/dev/null', '/nowhere/at/all', 'relative', ''])(
    'is done without where the home is %j',
    (home) => {
      const { stderr, status } = version('version', { HOME: home, XDG_CACHE_HOME: undefined })
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      rmSync('/nowhere', { recursive: true, force: true })
    },
  )

  it('is not read from a folder that others may write to, and not written there', () => {
    mkdirSync(place())
    chmodSync(place(), 0o777)
    expect(version().status).toBe(0)
    expect(kept()).toEqual([])
  })

  it('is done without where nothing can be written', () => {
    writeFileSync(place(), 'a file where the folder should be')
    expect(version()).toMatchObject({ status: 0, stderr: '' })
  })

  it('is not made for words that are no command', () => {
    expect(version('no-such-command').status).toBe(2)
    expect(readdirSync(cache)).toEqual([])
  })
})
