import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
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
    await bundle(join(folder, 'rollcall.cjs'))
    await writeStart(folder)
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  beforeEach(() => {
    cache = mkdtempSync(join(folder, 'cache-'))
  })

  const place = () => join(cache, 'rollcall')
  const kept = () => readdirSync(place())

  /** `program` stands where bin/rollcall.js does. */
  function version(word = 'version') {
    const code = `require(${JSON.stringify(join(folder, 'start.cjs'))})`
    const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: cache }
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', code, '-', word], { env, encoding: 'utf8' })
    return { status, stdout, stderr }
  }

  it('is written by the first run for its owner alone, and not again by the second', () => {
    const first = version()
    expect(first).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^rollcall \d/) })
    expect(kept()).toEqual([
      expect.stringMatching(new RegExp(`^[0-9a-f]{16}-${process.version}-${process.arch}-version$`)),
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
