import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newFile } from '../../src/config/new-file.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-new-'))
  path = join(folder, 'all.ndjson')
})
afterEach(() => rm(folder, { recursive: true }))

const TAKEN = { code: 'usage', message: expect.stringContaining('is there already') }

describe('a new file', () => {
  it('appears when it is complete, readable by its owner alone', async () => {
    {
      await using file = await newFile(path)
      await file.append('one\n')
      await file.append(Buffer.from('twö\n'))
      expect(await readdir(folder)).not.toContain('all.ndjson')
      await file.complete()
    }
    expect(await readFile(path, 'utf8')).toBe('one\ntwö\n')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['all.ndjson'])
  })

  it('leaves nothing where it was not completed', async () => {
    {
      await using file = await newFile(path)
      await file.append('half')
    }
    expect(await readdir(folder)).toEqual([])
  })

  it('takes no name of a file, a folder or a symbolic link, not even of one that leads nowhere', async () => {
    await writeFile(join(folder, 'file'), 'mine')
    await mkdir(join(folder, 'folder'))
    await symlink(join(folder, 'file'), join(folder, 'link'))
    await symlink(join(folder, 'victim'), join(folder, 'dangling'))
    for (const name of ['file', 'folder', 'link', 'dangling']) {
      await expect(newFile(join(folder, name))).rejects.toMatchObject(TAKEN)
    }
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('mine')
    expect(await readdir(folder)).toHaveLength(4)
  })

  it('never replaces what has taken its name while it was written', async () => {
    {
      await using file = await newFile(path)
      await file.append('late')
      await symlink(join(folder, 'victim'), path)
      await expect(file.complete()).rejects.toMatchObject(TAKEN)
    }
    expect(await readdir(folder)).toEqual(['all.ndjson'])
  })

  it('says which file, where its folder cannot be written or is not there', async () => {
    const message = expect.stringContaining(`cannot write ${join(folder, 'nowhere', 'a')}`)
    await expect(newFile(join(folder, 'nowhere', 'a'))).rejects.toMatchObject({ code: 'usage', message })
  })

  it.skipIf(process.getuid?.() === 0)('takes no folder of another user', async () => {
    await chmod(folder, 0o500)
    await expect(newFile(path)).rejects.toMatchObject({ code: 'usage' })
    await chmod(folder, 0o700)
  })
})
