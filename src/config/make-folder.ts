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
    await make(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    if (!existsSync(dirname(path))) await makeFolder(dirname(path))
    await make(path) // the folder above is there now, be it by another process's doing
  }
}

async function make(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error
  })
}
