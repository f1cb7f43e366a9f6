import { createReadStream } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from '../../config/user-folders.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { linesOf } from '../../model/lines.ts'
import { type BackupRecord, lineOf, recordOf } from './backup-line.ts'

export type { BackupRecord } from './backup-line.ts'

/** Characters held back until they are written. */
const CHUNK = 65_536

/**
 * Writes a backup that did not exist before, readable by its owner alone. When this returns, all of it is on disk: every
 * byte was taken, file and folder were flushed, and the file is as long as what was written.
 * @throws RollcallError `usage` when it cannot be written; then there is no file
 */
export async function writeBackup(path: string, records: Iterable<BackupRecord>): Promise<void> {
  try {
    await makeFolder(dirname(path))
    const file = await open(path, 'wx', 0o600)
    await fill(file, records).catch(async (error: unknown) => {
      await rm(path, { force: true }).catch(() => {})
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

/** A line of a backup that ends or begins in the middle: where the file was torn. */
export interface Tear {
  /** From 1. */
  readonly line: number
  readonly why: string
}

/**
 * Reads a backup record by record. A line that is not whole is passed to `onTear` and left out, once a record was read: a
 * file that begins with one is not a backup, and neither is one with a complete line of another kind.
 * @throws RollcallError `usage` for a file that is not a backup, naming the line
 */
export async function* readBackup(
  path: string,
  onTear?: (tear: Tear) => void,
): AsyncGenerator<BackupRecord, void, undefined> {
  let number = 0
  let isBackup = false
  try {
    for await (const text of linesOf(createReadStream(path, 'utf8') as AsyncIterable<string>)) {
      number++
      if (text.trim() === '') continue
      const line = parsed(text)
      if (line instanceof SyntaxError) {
        if (!onTear || !isBackup) throw line
        onTear({ line: number, why: line.message })
      } else {
        const record = recordOf(line)
        isBackup = true
        yield record
      }
    }
  } catch (error) {
    const where = number === 0 ? path : `${path}, line ${number}`
    throw new RollcallError('usage', `${where}: not a readable backup: ${messageOf(error)}`, {
      hint: 'name a file that purge or deregister wrote',
      cause: error,
    })
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return error
    throw error
  }
}

async function fill(file: FileHandle, records: Iterable<BackupRecord>): Promise<void> {
  try {
    let written = 0
    let chunk = ''
    for (const record of records) {
      chunk += `${lineOf(record)}\n`
      if (chunk.length < CHUNK) continue
      written += await writeWhole(file, chunk)
      chunk = ''
    }
    written += await writeWhole(file, chunk)
    await file.sync()
    const { size } = await file.stat()
    if (size !== written) throw new Error(`the disk holds ${size} of ${written} bytes`)
  } finally {
    await file.close()
  }
}

/** Answers the number of bytes. A full disk takes a part of a chunk without an error, and refuses only what follows. */
async function writeWhole(file: FileHandle, text: string): Promise<number> {
  const bytes = Buffer.from(text, 'utf8')
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at)
    if (bytesWritten === 0) throw new Error('the disk takes no more bytes')
    at += bytesWritten
  }
  return bytes.length
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
