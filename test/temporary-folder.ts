import { existsSync, statfsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { freemem } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
const NAME = /^rollcall-test-(\d+)$/
/** Bytes: the servers of a whole run take some two GiB of files at the same time, beside what they take themselves. */
const ENOUGH = 6 * 2 ** 30

/**
 * Where tests and their servers keep their files: in memory, where there is room. On a disk a run takes a fifth longer,
 * because etcd and SQLite wait for it with each write. Undefined: where the system keeps such files.
 */
export const temporaryFolder = hasRoom() ? join(MEMORY, `rollcall-test-${process.pid}`) : undefined

/** Vitest's global setup: the folder, and an end to those of runs that were killed. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (temporaryFolder === undefined) return undefined
  const left = (await readdir(MEMORY)).filter((name) => isOfTheDead(NAME.exec(name)?.[1]))
  for (const name of left) await rm(join(MEMORY, name), { recursive: true, force: true })
  await mkdir(temporaryFolder)
  return () => rm(temporaryFolder, { recursive: true, force: true })
}

function hasRoom(): boolean {
  if (process.env['TMPDIR'] !== undefined || !existsSync(MEMORY)) return false
  const { bavail, bsize } = statfsSync(MEMORY)
  return Math.min(bavail * bsize, freemem()) > ENOUGH
}

function isOfTheDead(pid: string | undefined): boolean {
  return pid !== undefined && !existsSync(`/proc/${pid}`)
}
