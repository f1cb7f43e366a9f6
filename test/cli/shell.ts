import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Built } from './built.ts'
import type { Demo } from './demo.ts'
import { PATIENT_ENV } from '../patience.ts'

/** Runs lines as a shell does, in the demo's folder, with `rollcall` on its path. */
export async function shell(
  { program, env: own }: Built,
  demo: Demo,
  lines: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<SpawnSyncReturns<string>> {
  const path = join(demo.folder, 'bin')
  await mkdir(path, { recursive: true })
  await writeFile(join(path, 'rollcall'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 })
  const env = { ...PATIENT_ENV, ...demo.env, ...own, PATH: `${path}:${process.env['PATH']}`, ...variables }
  return spawnSync('sh', ['-e', '-c', lines], { cwd: demo.folder, env, encoding: 'utf8' })
}
