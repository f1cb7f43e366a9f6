import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Diagnosis } from '../../model/diagnosis.ts'
import { RollcallError } from '../../model/errors.ts'
import { type DiagnoseContext, type Diagnoses, MIB, diagnosesOf, mebibytes } from '../contract/diagnose.ts'
import { unreachable } from '../contract/diagnose-server.ts'
import { fileSystemDiagnosis } from './file-system.ts'
import { filePlace } from './place.ts'
import { type SqliteConnection, loadSqlite } from './sqlite.ts'
import { explained } from './sqlite-error.ts'

/** Bytes of the log, which is usually moved into the file at 40 MiB: above this a reader that never ends keeps it from that. */
const LONG_LOG = 256 * MIB
/** Bytes of a file above which checking it would hold the command too long. */
const LARGE = 512 * MIB
/** Bytes of disk. */
const LITTLE = 256 * MIB
const NONE = 16 * MIB
const NAMED = 3

/** The file: where it lies, who may use it, how much room there is, and whether it is whole. */
export async function* diagnose({ target, signal }: DiagnoseContext): AsyncGenerator<Diagnosis, void, undefined> {
  const { path } = target.url
  const about = diagnosesOf(target.url.scheme === 'memory' ? 'memory:' : path)
  if (target.url.scheme === 'memory') {
    yield about.ok('reachable', 'is in the memory of this process, and empty when it begins')
    return
  }
  const file = resolve(path)
  yield* await opened(about, path)
  const size = await sizeOf(file)
  if (size === undefined) return
  signal.throwIfAborted()
  yield await fileSystemDiagnosis(about, file)
  yield* await permissions(about, file)
  yield await log(about, file)
  yield await disk(about, dirname(file))
  yield await integrity(about, path, size)
}

/** Whether it is a registry of rollcall's at all. */
async function opened(about: Diagnoses, path: string): Promise<readonly Diagnosis[]> {
  try {
    const { connection, fixed } = filePlace(await loadSqlite(), path).connect({ create: false })
    connection.close()
    return [about.ok('reachable', fixed ? 'can be read; changes that come later are not seen' : 'can be opened')]
  } catch (error) {
    const known = explained(error, path)
    if (known instanceof RollcallError) return [unreachable(about.subject, known)]
    throw known
  }
}

/** Undefined for a file that is not there. */
async function sizeOf(file: string): Promise<number | undefined> {
  return await stat(file).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  )
}

async function permissions(about: Diagnoses, file: string): Promise<readonly Diagnosis[]> {
  const { mode } = await stat(file)
  const shown = `mode ${(mode & 0o777).toString(8)}`
  const found: Diagnosis[] = []
  const isReadable = await may(file, constants.R_OK)
  found.push(
    isReadable
      ? about.ok('read', `this user has permission to read it (${shown})`)
      : about.error('read', `this user has no permission to read it (${shown})`, 'chmod or chown it'),
  )
  // SQLite writes beside the file: its log, and what coordinates its readers.
  const isWritable = (await may(file, constants.W_OK)) && (await may(dirname(file), constants.W_OK))
  found.push(
    isWritable
      ? about.ok('write', 'this user has permission to write it, and in its folder')
      : about.warning(
          'write',
          'this user has no permission to write it, or in its folder',
          'chmod or chown both; one who only reads needs none',
        ),
  )
  if ((mode & 0o002) === 0)
    found.push(about.ok('permissions', 'not everyone on this machine has permission to write it'))
  else
    found.push(
      about.warning(
        'permissions',
        `everyone on this machine has permission to write it (${shown})`,
        `chmod o-w '${file}'`,
      ),
    )
  return found
}

async function may(path: string, how: number): Promise<boolean> {
  return await access(path, how).then(
    () => true,
    () => false,
  )
}

async function log(about: Diagnoses, file: string): Promise<Diagnosis> {
  const size = (await sizeOf(`${file}-wal`)) ?? 0
  const measure = { value: size, unit: 'bytes' } as const
  const fact = size === 0 ? 'its log is empty' : `its log (${file}-wal) has ${mebibytes(size)}`
  if (size < LONG_LOG) return about.ok('log', fact, measure)
  return about.warning(
    'log',
    fact,
    'a process that reads without an end keeps it from being moved into the file: fuser shows which ones use it',
    measure,
  )
}

async function disk(about: Diagnoses, folder: string): Promise<Diagnosis> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const measure = { value: free, unit: 'bytes' } as const
  const fact = `${mebibytes(free)} are free on its disk`
  if (free >= LITTLE) return about.ok('disk', fact, measure)
  return free < NONE
    ? about.error('disk', fact, 'free some space', measure)
    : about.warning('disk', fact, 'free some space', measure)
}

/** SQLite reads the whole file for it, and nothing else is done meanwhile. */
async function integrity(about: Diagnoses, path: string, size: number): Promise<Diagnosis> {
  if (size > LARGE)
    return about.unknown(
      'integrity',
      `not checked: it has ${mebibytes(size)}`,
      `sqlite3 '${path}' 'PRAGMA integrity_check'`,
    )
  const fix = `stop the processes that use it, and put a saved copy in its place; sqlite3 '${path}' .recover may save what is left`
  let connection: SqliteConnection | undefined
  try {
    connection = filePlace(await loadSqlite(), path).connect({ create: false }).connection
    const found = connection.all(`PRAGMA integrity_check(${NAMED})`).flatMap((row) => Object.values(row).map(String))
    if (found.length === 1 && found[0] === 'ok') return about.ok('integrity', 'the file is whole')
    return about.error('integrity', `the file is damaged: ${found.join('; ').replaceAll('\n', ' ')}`, fix)
  } catch (error) {
    const known = explained(error, path)
    if (!(known instanceof RollcallError)) throw known
    const isDamage = known.code === 'storage'
    return isDamage
      ? about.error('integrity', known.message, known.hint ?? fix)
      : about.unknown('integrity', known.message, known.hint)
  } finally {
    connection?.close()
  }
}
