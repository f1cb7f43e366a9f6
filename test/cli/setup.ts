import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** For what the first test that needs it makes once for all: the program, and the demo's registry. */
    runFolder: string
  }
}

/** Vitest's global setup: a folder of the run's own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Below node_modules, so that what is not bundled is found.
  const folder = await mkdtemp(join(import.meta.dirname, '../../node_modules', '.rollcall-'))
  project.provide('runFolder', folder)
  return () => rm(folder, { recursive: true })
}
