import { randomUUID } from 'node:crypto'
import { open, realpath, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RollcallError } from '../model/errors.ts'
import { makeFolder } from './make-folder.ts'
import { codeOf } from './system-error.ts'

/**
 * Replaces a file whole or not at all; readable by its owner only. A symbolic link stays one, and the file it leads to changes.
 *
 * @throws RollcallError `config` where that cannot be.
 */
export async function writeAtomically(path: string, text: string): Promise<void> {
  try {
    await makeFolder(dirname(path))
    const file = await realpath(path).catch(() => path)
    const draft = `${file}.${randomUUID()}`
    try {
      await writeFlushed(draft, text)
      await rename(draft, file)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  } catch (error) {
    throw new RollcallError('config', `${path} cannot be written: ${codeOf(error)}`, { cause: error })
  }
}

async function writeFlushed(path: string, text: string): Promise<void> {
  await using handle = await open(path, 'wx', 0o600)
  await handle.writeFile(text)
  await handle.sync()
}
