import { createReadStream } from 'node:fs'
import { open, readdir, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { codeOf, isOwnFile } from '../../config/read-file.ts'
import { makeFolder, stateFolder } from '../../config/user-folders.ts'
import type { Environment } from '../../backends/contract/driver.ts'
import { type Logger, silent } from '../../model/logger.ts'
import { linesOf } from '../../model/lines.ts'
import { skimBackup } from '../purge/backup.ts'
import type { Run, RunHistory } from './run.ts'
import { OtherBackupFormat, runOf } from './run-line.ts'

/** Characters of a first line that are read. */
const LONGEST = 65_536

/** A run whose backup is in the state folder, or named there. */
export interface KeptRun {
  /** Of its backup. */
  readonly path: string
  readonly run: Run
}

/** The folder of the backups. */
export function backupFolder(env: Environment): string {
  return join(stateFolder(env), 'backups')
}

/** Where the backup of a run is when no file is named. */
export function backupPath(env: Environment, id: string): string {
  return join(backupFolder(env), `${id}.ndjson`)
}

/** Names a backup that was written elsewhere in the folder of the backups, so that `undo` finds it. @throws the error of the file system */
export async function linkBackup(env: Environment, id: string, path: string): Promise<void> {
  const place = backupPath(env, id)
  if (place === path) return
  await makeFolder(dirname(place))
  await symlink(path, place)
}

/** The runs of this machine, and the files that are not to be used. */
export interface KeptRuns {
  /** The newest first. */
  readonly runs: KeptRun[]
  /** Backups that are no longer where they were written. */
  readonly gone: string[]
  /** Files that others could have written. */
  readonly strange: string[]
  /** Backups of a newer format. */
  readonly newer: string[]
}

/**
 * All runs of which this machine keeps a backup, the newest first, and the files that are not to be used, of which a logger is warned.
 * @throws the file system's error for a folder that cannot be read; one that is not there has no runs
 */
export async function keptRuns(
  env: Environment,
  { logger = silent }: { readonly logger?: Logger } = {},
): Promise<KeptRuns> {
  const kept = await runsFrom(env, '')
  for (const path of kept.newer) logger.warn(`${path} was written by a newer rollcall, so it is not used`)
  for (const path of kept.strange) logger.warn(`${path} could have been written by another user, so it is not used`)
  return kept
}

/** The runs of this machine that began in the same second as one, or later: of the others no file is opened. The newest first. */
export async function runsSince(env: Environment, { id }: Run): Promise<readonly KeptRun[]> {
  const [second = ''] = id.split('-')
  return (await runsFrom(env, second)).runs
}

/** Of names that sort behind `first`: they begin with a time. */
async function runsFrom(env: Environment, first: string): Promise<KeptRuns> {
  const folder = backupFolder(env)
  const kept: KeptRuns = { runs: [], gone: [], strange: [], newer: [] }
  for (const name of await namesIn(folder)) {
    if (name < first) continue
    const path = join(folder, name)
    const found = await firstLine(path)
    if (typeof found === 'string') kept[found].push(path)
    else if (found && `${found.id}.ndjson` === basename(path)) kept.runs.push({ path, run: found })
  }
  kept.runs.sort((a, b) => order(b.run, a.run))
  return kept
}

/** What its backup says of a run: what it changed, whether it came to its end, and what was taken back. Reads all of the file but the records. @throws RollcallError `usage` for a file that is not a backup any more */
export async function runHistory({ path }: KeptRun): Promise<RunHistory> {
  return (await skimBackup(path)).history
}

/** Ids of records that later runs in the same registry have removed again. */
export async function removedAfter({ run: of }: KeptRun, runs: readonly KeptRun[]): Promise<Set<string>> {
  const newer = runs.filter(({ run }) => order(run, of) > 0)
  const removed = new Set<string>()
  for (const kept of newer) {
    const { registry: where, command } = kept.run
    if (where !== of.registry || command === 'offline' || command === 'online') continue
    const { outcomes, left } = await runHistory(kept)
    // Of a drain: what is left with another status was not removed.
    for (const [key, result] of outcomes) if (result === 'done' && !left.has(key)) removed.add(key)
  }
  return removed
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.ndjson'))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return []
    throw error
  }
}

/** The run that a file begins with; undefined for one that names none, and for one that was torn at its beginning. */
async function firstLine(path: string): Promise<Run | 'gone' | 'strange' | 'newer' | undefined> {
  try {
    await using file = await open(path)
    const { uid, mode } = await file.stat()
    if (!isOwnFile(uid, mode)) return 'strange'
    const text = createReadStream(path, { fd: file, autoClose: false, encoding: 'utf8', end: LONGEST })
    for await (const [line = ''] of linesOf(text as AsyncIterable<string>)) return runOf(JSON.parse(line))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return 'gone'
    if (error instanceof OtherBackupFormat) return 'newer'
  }
  return undefined
}

/** The older first. */
function order(a: Run, b: Run): number {
  return compare(a.at, b.at) || compare(a.id, b.id)
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
