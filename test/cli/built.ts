import { join } from 'node:path'
import { inject } from 'vitest'
import { bundle } from '../../build/bundle.mjs'
import { writeStart } from '../../build/write-start.mjs'
import { cached } from '../servers/cache.ts'

/** The command line as a program of its own. */
export interface Built {
  /** What node is to run. */
  readonly program: string
  /** What it is to be run with, so that it keeps its code for the next process, and leaves nothing behind. */
  readonly env: Readonly<Record<string, string>>
}

/** Built as the package builds it, once for all tests of a run. */
export async function built(): Promise<Built> {
  const folder = inject('runFolder')
  const dist = await cached(join(folder, 'dist'), async (temporary) => {
    await bundle(temporary)
    await writeStart(temporary)
  })
  return { program: join(dist, 'start.cjs'), env: { XDG_CACHE_HOME: folder } }
}
