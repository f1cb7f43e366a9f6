import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { codeOf } from './read-file.ts'
import type { Environment } from '../backends/contract/driver.ts'
import { homeFolder } from '../backends/contract/home-folder.ts'

/** `${XDG_CONFIG_HOME:-~/.config}/rollcall`: contexts, what is trusted, tokens. */
export function configFolder(env: Environment): string {
  return folderIn('XDG_CONFIG_HOME', '.config', env)
}

/** `${XDG_STATE_HOME:-~/.local/state}/rollcall`: backups, and what `pick` remembers. */
export function stateFolder(env: Environment): string {
  return folderIn('XDG_STATE_HOME', '.local/state', env)
}

/** A relative path is ignored, as the specification of these variables requires. */
function folderIn(variable: string, usual: string, env: Environment): string {
  const named = env[variable]
  return join(named && isAbsolute(named) ? named : join(homeFolder(env), usual), 'rollcall')
}

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
