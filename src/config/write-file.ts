import { randomUUID } from 'node:crypto'
import { lstat, open, realpath, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RollcallError } from '../model/errors.ts'
import { lockFile } from './file-lock.ts'
import { makeFolder } from './make-folder.ts'
import { codeOf } from './system-error.ts'

/**
 * Changes a file that several processes may change at the same time, so that none undoes what another has done: `edit` reads
 * the file and answers its new text, and runs while no other process does. What `edit` throws leaves the file as it is. The file
 * is replaced whole or not at all, and readable by its owner only. A symbolic link of this user's stays one, and the file it leads
 * to changes.
 *
 * @throws RollcallError `config` where the file cannot be written, `conflict` where another process holds the file for too long.
 */
export async function changeFile(path: string, edit: () => Promise<string>): Promise<void> {
  await toldBy(path, async () => {
    await makeFolder(dirname(path))
    const file = await leadsTo(path)
    await using lock = await lockFile(file)
    await replace(file, await edit(), () => lock.check())
  })
}

/** `mayReplace` is asked at the last moment, and throws where the file is to stay as it is. */
async function replace(file: string, text: string, mayReplace: () => Promise<void>): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  try {
    await writeFlushed(draft, text)
    await mayReplace()
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** The file itself, or what a symbolic link leads to; one that another user has laid there is not followed. */
async function leadsTo(path: string): Promise<string> {
  const link = await lstat(path).catch(() => undefined)
  if (link && link.uid !== 0 && link.uid !== process.getuid?.()) {
    throw new RollcallError('config', `${path} belongs to another user (uid ${link.uid}), so it is not written`, {
      hint: 'remove it, or write elsewhere',
    })
  }
  return await realpath(path).catch(() => path)
}

async function writeFlushed(path: string, text: string): Promise<void> {
  await using handle = await open(path, 'wx', 0o600)
  await handle.writeFile(text)
  await handle.sync()
}

async function toldBy(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (error instanceof RollcallError) throw error
    throw new RollcallError('config', `${path} cannot be written: ${codeOf(error)}`, { cause: error })
  }
}
