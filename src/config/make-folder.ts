import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from './system-error.ts'

/**
 * Makes a folder, and those above it, readable by its owner alone; one that is there stays as it is.
 * Node's own recursive `mkdir` never ends where a file system takes no new folders, as below `/proc`.
 * @throws the error of the file system
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    if (codeOf(error) !== 'ENOENT' || existsSync(dirname(path))) throw error
    await makeFolder(dirname(path))
    await makeFolder(path)
  }
}
