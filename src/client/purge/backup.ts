import { createReadStream } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from '../../config/make-folder.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { linesOf } from '../../model/lines.ts'
import { type BackupRecord, lineOf, recordOf } from './backup-line.ts'

export type { BackupRecord } from './backup-line.ts'

/** Characters held back until they are written. */
const CHUNK = 65_536

/**
 * Writes a backup that did not exist before, readable by its owner alone, and flushes file and folder to disk.
 * @throws RollcallError `usage` when it cannot be written; then there is no file
 */
export async function writeBackup(path: string, records: Iterable<BackupRecord>): Promise<void> {
  try {
    await makeFolder(dirname(path))
    const file = await open(path, 'wx', 0o600)
    await fill(file, records).catch(async (error: unknown) => {
      await rm(path, { force: true })
      throw error
    })
    await syncFolder(dirname(path))
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    const why = exists ? 'that file is there already' : messageOf(error)
    throw new RollcallError('usage', `cannot write the backup ${path}: ${why}`, {
      hint: 'nothing was removed; name another file with --backup',
      cause: error,
    })
  }
}

/** Reads a backup record by record. @throws RollcallError `usage` for a file that is none, naming the line */
export async function* readBackup(path: string): AsyncGenerator<BackupRecord, void, undefined> {
  let number = 0
  try {
    for await (const text of linesOf(createReadStream(path, 'utf8') as AsyncIterable<string>)) {
      number++
      if (text.trim() !== '') yield recordOf(text)
    }
  } catch (error) {
    const where = number === 0 ? path : `${path}, line ${number}`
    throw new RollcallError('usage', `${where}: no backup can be read: ${messageOf(error)}`, {
      hint: 'name a file that purge wrote',
      cause: error,
    })
  }
}

async function fill(file: FileHandle, records: Iterable<BackupRecord>): Promise<void> {
  try {
    let chunk = ''
    for (const record of records) {
      chunk += `${lineOf(record)}\n`
      if (chunk.length < CHUNK) continue
      await file.write(chunk)
      chunk = ''
    }
    await file.write(chunk)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A new file's name is on disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
