import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, cached, onPath } from '../cache.ts'
import type { Provisioned, ServerKind } from '../kinds.ts'

const run = promisify(execFile)
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
/** The last one that can be unpacked with Node 20; a browser without a window, for Linux on x64. */
const PACKAGE = '@sparticuz/chromium@141.0.0'
const UNPACK = "import chromium from '@sparticuz/chromium'; await chromium.executablePath()"

/** A browser: the program in ROLLCALL_TEST_CHROMIUM, from PATH, from the cache, else fetched with npm. */
export const chromium: ServerKind = {
  name: 'chromium',
  async provision(progress): Promise<Provisioned> {
    const program = process.env['ROLLCALL_TEST_CHROMIUM'] ?? (await installed()) ?? (await fetched(progress))
    await run(program, ['--version']).catch((error: unknown) => {
      throw new Error(`${program} does not run; name another in ROLLCALL_TEST_CHROMIUM`, { cause: error })
    })
    return { programs: { chromium: program } }
  },
}

async function installed(): Promise<string | undefined> {
  for (const name of NAMES) {
    const path = await onPath(name)
    if (path !== undefined) return path
  }
  return undefined
}

async function fetched(progress: (line: string) => void): Promise<string> {
  const program = join(cacheFolder('chromium', [PACKAGE]), 'chromium')
  if (existsSync(program)) return program
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('it is not on PATH; install Chromium or Chrome, or name one in ROLLCALL_TEST_CHROMIUM')
  await cached(cacheFolder('chromium', [PACKAGE]), async (temporary) => {
    progress('fetching Chromium with npm, once for all runs')
    await run('npm', ['install', '--prefix', temporary, '--no-save', '--ignore-scripts', PACKAGE])
    const env = { ...process.env, TMPDIR: temporary }
    await run(process.execPath, ['--input-type=module', '--eval', UNPACK], { cwd: temporary, env })
    await rm(join(temporary, 'node_modules'), { recursive: true })
  })
  return program
}
