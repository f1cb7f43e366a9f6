import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { resolve, type Surroundings } from '../../src/config/resolve.ts'
import type { GlobalFlags, Origin, Resolved } from '../../src/config/settings.ts'
import { RollcallError } from '../../src/model/errors.ts'

/** A folder of its own with a home in it, and an environment that knows nothing else. */
export interface Place extends AsyncDisposable {
  readonly folder: string
  readonly env: Record<string, string | undefined>
  /** Writes a file below the folder and answers its path. */
  file(name: string, text: string, mode?: number): Promise<string>
  resolve(flags?: GlobalFlags, around?: Partial<Surroundings>): Promise<Resolved>
}

export async function createPlace(): Promise<Place> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'rollcall-config-')))
  const env: Record<string, string | undefined> = { HOME: join(folder, 'home') }
  return {
    folder,
    env,
    async file(name, text, mode = 0o644) {
      const path = join(folder, name)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text)
      await chmod(path, mode)
      return path
    },
    resolve: (flags = {}, around = {}) => resolve(flags, { env, cwd: folder, ...around }),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export const CONTEXTS = 'home/.config/rollcall/config.yaml'

/** The RollcallError that something is refused with. */
export async function refusal(attempt: () => unknown): Promise<RollcallError> {
  try {
    await attempt()
  } catch (error) {
    if (error instanceof RollcallError) return error
    throw error
  }
  throw new Error('it was not refused')
}

/** Message and hint, as a reader sees them. */
export function said(error: RollcallError): string {
  return `${error.message} · ${error.hint ?? ''}`
}

export function origin(resolved: Resolved, name: string): Origin | undefined {
  return resolved.origins.find((row) => row.name === name)
}
