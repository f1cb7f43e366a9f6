import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import type { RestoreRecord } from '../../backends/backend.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { escapeKey, unescapeKey } from '../../model/key.ts'

/**
 * One line of a backup: a raw record. Keys and values in base64, because they need not be text; `object` where the
 * registry stores no bytes. `ttl`: the seconds its lease was granted, null where it had none. Records with the same
 * `lease` shared one.
 */
interface Line {
  readonly id: string
  readonly service: string
  readonly key?: string
  readonly value?: string
  readonly object?: object
  readonly layout?: string
  readonly revision?: string
  readonly lease?: string
  readonly ttl: number | null
}

export type BackupRecord = RestoreRecord & { readonly layout?: string }

/** Writes a backup that did not exist before, readable by its owner alone, and flushes file and folder to disk. @throws RollcallError `storage` */
export async function writeBackup(path: string, records: Iterable<BackupRecord>): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(path, 'wx', 0o600)
    try {
      await writeLines(file, records)
      await file.sync()
    } finally {
      await file.close()
    }
    await syncFolder(dirname(path))
  } catch (error) {
    throw new RollcallError('storage', `cannot write the backup ${path}: ${messageOf(error)}`, {
      hint: 'nothing was removed; name another file with --backup',
      cause: error,
    })
  }
}

/** Reads a backup record by record. @throws RollcallError `usage` for a file that is none, naming the line */
export async function* readBackup(path: string): AsyncGenerator<BackupRecord> {
  let number = 0
  try {
    for await (const text of createInterface({
      input: createReadStream(path, 'utf8'),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      number++
      if (text.trim() !== '') yield recordOf(JSON.parse(text) as Line)
    }
  } catch (error) {
    const where = number === 0 ? path : `${path}, line ${number}`
    throw new RollcallError('usage', `${where}: no backup can be read: ${messageOf(error)}`, {
      hint: 'name a file that purge wrote',
      cause: error,
    })
  }
}

async function writeLines(file: FileHandle, records: Iterable<BackupRecord>): Promise<void> {
  let chunk = ''
  for (const record of records) {
    chunk += `${JSON.stringify(lineOf(record))}\n`
    if (chunk.length < 65_536) continue
    await file.write(chunk)
    chunk = ''
  }
  await file.write(chunk)
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

function lineOf({ id, service, body, revision, lease, layout, ttlGranted }: BackupRecord): Line {
  const content =
    body instanceof Uint8Array
      ? { key: Buffer.from(unescapeKey(id)).toString('base64'), value: Buffer.from(body).toString('base64') }
      : { object: body }
  return {
    id,
    service,
    ...content,
    ...(layout === undefined ? {} : { layout }),
    ...(revision === undefined ? {} : { revision }),
    ...(lease === undefined ? {} : { lease }),
    ttl: ttlGranted,
  }
}

function recordOf(line: Line): BackupRecord {
  const { id, service, key, value, object, revision, lease, layout, ttl } = line
  if (typeof service !== 'string' || (ttl !== null && typeof ttl !== 'number'))
    throw new Error('it is no record of a backup')
  const beside = {
    ...(revision === undefined ? {} : { revision }),
    ...(lease === undefined ? {} : { lease }),
    ...(layout === undefined ? {} : { layout }),
    ttlGranted: ttl,
  }
  if (typeof key === 'string' && typeof value === 'string') {
    return { id: escapeKey(Buffer.from(key, 'base64')), service, body: Buffer.from(value, 'base64'), ...beside }
  }
  if (typeof id !== 'string' || typeof object !== 'object' || object === null)
    throw new Error('it is no record of a backup')
  return { id, service, body: object, ...beside }
}
