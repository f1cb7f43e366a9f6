import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the program is built that tests start as a process of its own. */
    programFolder: string
  }
}

/** Vitest's global setup: a folder for a run's program, which the first test that needs it builds. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Below node_modules, so that what is not bundled is found.
  const folder = await mkdtemp(join(import.meta.dirname, '../../node_modules', '.rollcall-'))
  project.provide('programFolder', folder)
  return () => rm(folder, { recursive: true })
}
