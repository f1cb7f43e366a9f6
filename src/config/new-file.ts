import { type FileHandle, link, lstat, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RollcallError, messageOf } from '../model/errors.ts'
import { codeOf } from './read-file.ts'

/** A file that is not there yet, and appears whole or not at all. Disposing of one that is not complete leaves nothing behind. */
export interface NewFile extends AsyncDisposable {
  /** Appends UTF-8. @throws RollcallError `usage`, such as for a full disk */
  append(content: string | Uint8Array): Promise<void>
  /** Waits until all of it is on disk, and gives it its name. @throws RollcallError `usage` where the name is taken meanwhile */
  complete(): Promise<void>
}

/**
 * Begins a file, readable by its owner only, beside where it will be. A name that is taken is never used, be it by a file or by
 * a symbolic link, wherever that leads. @throws RollcallError `usage` where the name is taken or the folder cannot be written
 */
export async function newFile(path: string): Promise<NewFile> {
  const draft = `${path}.${crypto.randomUUID()}`
  const file = await asUsageError(path, async () => {
    if (await isTaken(path)) throw taken(path)
    return await open(draft, 'wx', 0o600)
  })
  return {
    append: (content) => asUsageError(path, async () => void (await writeWhole(file, content))),
    complete: () =>
      asUsageError(path, async () => {
        await file.sync()
        // Unlike a rename, a link never replaces what has taken the name meanwhile.
        await link(draft, path)
        await rm(draft)
        await syncFolder(dirname(path))
      }),
    async [Symbol.asyncDispose]() {
      await file.close()
      await rm(draft, { force: true })
    },
  }
}

async function isTaken(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

function taken(path: string): RollcallError {
  return new RollcallError('usage', `cannot write ${path}: that file is there already`, {
    hint: 'remove it, or name another file',
  })
}

async function asUsageError<Result>(path: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    if (error instanceof RollcallError) throw error
    if (codeOf(error) === 'EEXIST') throw taken(path)
    throw new RollcallError('usage', `cannot write ${path}: ${messageOf(error)}`, {
      hint: 'name a file in a folder that you can write to, on a disk with free space',
      cause: error,
    })
  }
}

/** Returns the number of bytes. A full disk takes a part of a chunk without an error, and refuses only what follows. */
export async function writeWhole(file: FileHandle, content: string | Uint8Array): Promise<number> {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at)
    if (bytesWritten === 0) throw new Error('the disk takes no more bytes')
    at += bytesWritten
  }
  return bytes.length
}

/** A new file's name is on disk only when its folder is. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
