import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

describe('what is made of the source', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-made-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const script = (name: string, ...words: string[]) =>
    run(process.execPath, [join(root, 'build', name), ...words], { cwd: folder, maxBuffer: 1 << 26 })

  it('is the same archive to the byte, wherever it is packed', async () => {
    const { stdout } = await script('reproducible.mjs')
    const [here, ...others] = stdout.match(/^[0-9a-f]{64}/gm) ?? []
    expect(others).toEqual([here])
  })

  it.skipIf(`${process.platform} ${process.arch}` !== 'linux x64')(
    'is one file for hosts without Node, too, which does what the package does',
    async () => {
      const { stdout } = await script('sea.mjs', '--out', join(folder, 'rollcall'))
      expect(stdout).toContain('rollcall: tried')
    },
  )
})
