import { isAbsolute, join } from 'node:path'
import type { Environment } from '../backends/contract/backend.ts'
import { homeFolder } from '../backends/contract/home-folder.ts'

/** `${XDG_CONFIG_HOME:-~/.config}/rollcall`: contexts, what is trusted, tokens. */
export function configFolder(env: Environment): string {
  return folderIn('XDG_CONFIG_HOME', '.config', env)
}

/** `${XDG_STATE_HOME:-~/.local/state}/rollcall`: backups, and what `pick` remembers. */
export function stateFolder(env: Environment): string {
  return folderIn('XDG_STATE_HOME', '.local/state', env)
}

/** A relative one is ignored, as the specification of these variables says. */
function folderIn(variable: string, usual: string, env: Environment): string {
  const named = env[variable]
  return join(named && isAbsolute(named) ? named : join(homeFolder(env), usual), 'rollcall')
}
