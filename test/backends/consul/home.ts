import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A home folder with nothing in it, for commands that keep backups there. */
export async function emptyHome(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'rollcall-home-'))
  return { path, remove: () => rm(path, { recursive: true }) }
}
