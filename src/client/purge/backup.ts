import { advice, option } from '../../model/wording.ts'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { syncFolder, writeWhole } from '../../config/new-file.ts'
import { makeFolder } from '../../config/user-folders.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { USE_NEWER, formatText } from '../../model/file-format.ts'
import { linesOf } from '../../model/lines.ts'
import { type Run, RunHistory } from '../undo/run.ts'
import { BACKUP_FORMAT, OtherBackupFormat, addRunLine, runLineOf, runOf } from '../undo/run-line.ts'
import { type BackupRecord, lineOf, recordOf } from './backup-line.ts'

export type { BackupRecord } from './backup-line.ts'

/** Characters held back until they are written. */
const CHUNK = 65_536

/**
 * Writes a backup that did not exist before, readable by its owner alone. When this returns, all of it is on disk: every
 * byte was taken, file and folder were flushed, and the file is as long as what was written.
 * @throws RollcallError `usage` when it cannot be written; then there is no file
 */
export async function writeBackup(
  path: string,
  run: Omit<Run, 'records'>,
  records: readonly BackupRecord[],
): Promise<void> {
  try {
    await makeFolder(dirname(path))
    const file = await open(path, 'wx', 0o600)
    const description = runLineOf({ run: { ...run, records: records.length } })
    await fill(file, description, records).catch(async (error: unknown) => {
      await rm(path, { force: true }).catch(() => {})
      throw error
    })
    await syncFolder(dirname(path))
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    const why = exists ? 'that file is there already' : messageOf(error)
    throw new RollcallError('usage', `cannot write the backup ${path}: ${why}`, {
      hint: `nothing was removed; name another file with ${option('backup')}`,
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

/** What a backup holds, and what it says of its run. */
export interface Backup {
  /** Of the file, absolute. */
  readonly path: string
  /** Absent in a file without a description of its run. */
  readonly run?: Run
  /** Of a key that occurs twice, the last. */
  readonly records: readonly BackupRecord[]
  readonly history: RunHistory
  readonly tears: readonly Tear[]
}

/**
 * Reads a backup. A line that is not whole is a tear and is left out, once a line was read: a file that begins with one is not
 * a backup, and neither is one with a complete line of another kind.
 * @throws RollcallError `usage` for a file that is not a backup, naming the line
 */
export async function readBackup(path: string): Promise<Backup> {
  return await readWith(path, (reading, text) => reading.take(text))
}

/** The same without the records, which are passed over, and without looking for tears. @throws RollcallError `usage` */
export async function skimBackup(path: string): Promise<Pick<Backup, 'run' | 'history'>> {
  return await readWith(path, (reading, text) => {
    if (!text.startsWith(RECORD)) reading.take(text)
  })
}

async function readWith(path: string, take: (reading: Reading, text: string) => void): Promise<Backup> {
  const reading = new Reading(path)
  try {
    for await (const lines of linesOf(createReadStream(path, 'utf8') as AsyncIterable<string>))
      for (const text of lines) take(reading, text)
    return reading.end()
  } catch (error) {
    if (error instanceof OtherBackupFormat)
      throw new RollcallError('usage', formatText(path, error.found, BACKUP_FORMAT), { hint: USE_NEWER })
    const where = reading.line === 0 ? path : `${path}, line ${reading.line}`
    throw new RollcallError('usage', `${where}: not a readable backup: ${messageOf(error)}`, {
      hint: `name a file that ${advice('backupWriters')} wrote`,
      cause: error,
    })
  }
}

/** How the line of a record begins. */
const RECORD = '{"id":'

class Reading {
  readonly path: string
  run: Run | undefined
  readonly history = new RunHistory()
  /** The number of the last line. */
  line = 0
  readonly #records = new Map<string, BackupRecord>()
  readonly #tears: Tear[] = []
  #count = 0
  #isBackup = false

  constructor(path: string) {
    this.path = resolve(path)
  }

  /** @throws Error for a line that is not one of a backup */
  take(text: string): void {
    this.line++
    if (text.trim() === '') return
    const line = parsed(text)
    if (line instanceof SyntaxError) this.#tear(line)
    else this.#add(line)
  }

  end(): Backup {
    const { path, run, history } = this
    const missing = (run?.records ?? 0) - this.#count
    if (missing > 0 && this.#tears.length === 0)
      this.#tears.push({ line: this.line + 1, why: `${missing} of ${run?.records} records are missing` })
    return { path, ...(run && { run }), records: [...this.#records.values()], history, tears: this.#tears }
  }

  #add(line: unknown): void {
    const run = this.#isBackup ? undefined : runOf(line)
    if (run) this.run = run
    else if (!addRunLine(line, this.history)) {
      const record = recordOf(line)
      this.#records.set(record.id, record)
      this.#count++
    }
    this.#isBackup = true
  }

  /** What was torn after the last record is an outcome, of which the registry knows. */
  #tear({ message }: SyntaxError): void {
    if (!this.#isBackup) throw new Error(message)
    if (this.run === undefined || this.#count < this.run.records) this.#tears.push({ line: this.line, why: message })
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

async function fill(file: FileHandle, description: string, records: Iterable<BackupRecord>): Promise<void> {
  try {
    let written = 0
    let chunk = `${description}\n`
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
