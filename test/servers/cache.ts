import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { access, constants, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Where built servers are kept: a fresh clone finds what an older one built. */
export function cacheFolder(name: string, pins: readonly string[]): string {
  const root =
    process.env['ROLLCALL_TEST_CACHE'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rollcall-test-servers')
  const hash = createHash('sha256')
  for (const pin of [process.platform, process.arch, ...pins]) hash.update(`${pin}\0`)
  return join(root, `${name}-${hash.digest('hex').slice(0, 16)}`)
}

/** Fills a cache folder once: `build` gets a temporary one, which takes the final name only when it is complete. */
export async function cached(folder: string, build: (temporary: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder
  await mkdir(dirname(folder), { recursive: true })
  const unlock = await lock(`${folder}.lock`)
  try {
    if (existsSync(folder)) return folder
    const temporary = await mkdtemp(`${folder}.`)
    try {
      await build(temporary)
      await rename(temporary, folder)
    } finally {
      await rm(temporary, { recursive: true, force: true })
    }
    return folder
  } finally {
    await unlock()
  }
}

/** A file with our process id. One that a dead process left is taken away. */
async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' })
      return () => rm(path, { force: true })
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      const holder = Number(await readFile(path, 'utf8').catch(() => ''))
      if (holder > 0 && !isRunning(holder)) await rm(path, { force: true })
      else await delay(200)
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

export async function onPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, program)
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (folder && found) return path
  }
  return undefined
}
