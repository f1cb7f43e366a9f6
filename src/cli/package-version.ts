import { readFileSync } from 'node:fs'

/** Written into the bundle when it is built; read from package.json where the sources run as they are. */
export function packageVersion(): string {
  if (process.env.ROLLCALL_VERSION) return process.env.ROLLCALL_VERSION
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}
