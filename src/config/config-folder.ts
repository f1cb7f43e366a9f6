import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Environment } from '../backends/backend.ts'

/** `${XDG_CONFIG_HOME:-~/.config}/rollcall`; a relative XDG_CONFIG_HOME is ignored, as its specification says. */
export function configFolder(env: Environment): string {
  const xdg = env['XDG_CONFIG_HOME']
  return join(xdg && isAbsolute(xdg) ? xdg : join(env['HOME'] || homedir(), '.config'), 'rollcall')
}
