import { userInfo } from 'node:os'
import { isAbsolute } from 'node:path'
import type { Environment } from './driver.ts'

/**
 * The user's own folder, always absolute: with a HOME that is empty or relative, files of the user would be looked for in
 * whatever folder one is in, where somebody else may have laid them.
 */
export function homeFolder({ HOME }: Environment): string {
  if (HOME && isAbsolute(HOME)) return HOME
  try {
    const { homedir } = userInfo()
    return isAbsolute(homedir) ? homedir : '/'
  } catch {
    return '/' // a user without an entry in the system's list, as containers have them
  }
}
