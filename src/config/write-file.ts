import { open, readdir, rm, stat, lstat, realpath, rename } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { RollcallError } from '../model/errors.ts'
import { codeOf } from './read-file.ts'
import { makeFolder } from './user-folders.ts'

/**
 * Changes a file that several processes may change at the same time, so that none undoes what another has done: `edit` reads
 * the file and answers its new text, and runs while no other process does. What `edit` throws leaves the file as it is. The file
 * is replaced whole or not at all, and readable by its owner only; with `mode` a new one has that, and one that is there keeps its
 * own. A symbolic link of this user's stays one, and the file it leads to changes.
 *
 * @throws RollcallError `config` where the file cannot be written, `conflict` where another process holds the file for too long.
 */
export async function changeFile(
  path: string,
  edit: () => Promise<string>,
  { mode }: { readonly mode?: number } = {},
): Promise<void> {
  await asConfigError(path, async () => {
    await makeFolder(dirname(path))
    const file = await leadsTo(path)
    await using lock = await lockFile(file)
    const there = mode === undefined ? undefined : await stat(file).catch(() => undefined)
    const modes = { mode: mode ?? 0o600, ...(there && { exactly: there.mode & 0o777 }) }
    await replace(file, { text: await edit(), ...modes }, () => lock.check())
  })
}

interface Content {
  readonly text: string
  /** Of the new file, before the user's mask. */
  readonly mode: number
  /** What it has in the end, whatever the mask is. */
  readonly exactly?: number
}

/** `mayReplace` is asked at the last moment, and throws where the file is to stay as it is. */
async function replace(file: string, content: Content, mayReplace: () => Promise<void>): Promise<void> {
  const draft = `${file}.${crypto.randomUUID()}`
  try {
    await writeFlushed(draft, content)
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

async function writeFlushed(path: string, { text, mode, exactly }: Content): Promise<void> {
  await using handle = await open(path, 'wx', mode)
  if (exactly !== undefined) await handle.chmod(exactly)
  await handle.writeFile(text)
  await handle.sync()
}

async function asConfigError(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (error instanceof RollcallError) throw error
    throw new RollcallError('config', `${path} cannot be written: ${codeOf(error)}`, { cause: error })
  }
}

/** Milliseconds after which a holder is taken for dead, whatever else is known of it: a change takes a few. */
const FORGOTTEN = 60_000
/** Milliseconds that a process waits for the others before it gives up. */
const PATIENCE = 30_000
/** Milliseconds between two looks, at most. */
const PAUSE = 40

/** The right to change a file, held by one process at a time. */
interface FileLock extends AsyncDisposable {
  /** @throws RollcallError `conflict` where others have taken this process for dead, because it stood still too long. */
  check(): Promise<void>
}

/**
 * Waits until no other process changes a file. Every process lays a ticket of its own beside the file and then looks for
 * those of others: of two, at least one sees the other's and steps back. A ticket is never taken over, so that no
 * process can take the ticket of a living process for one of a dead one; the next process clears away the tickets of dead processes.
 *
 * @throws RollcallError `conflict` where others do not come to an end. The errors of the file system as they are.
 */
async function lockFile(path: string): Promise<FileLock> {
  const began = performance.now()
  const prefix = `${basename(path)}.lock.`
  for (;;) {
    // A name of its own each time: who still looks at the ticket that was taken back would clear away the next as well.
    const own = `${prefix}${process.pid}.${crypto.randomUUID()}.${encodeURIComponent(hostname())}`
    const ticket = join(dirname(path), own)
    let other = await otherHolder(dirname(path), prefix, own)
    if (other === undefined) {
      await (await open(ticket, 'wx', 0o600)).close()
      other = await otherHolder(dirname(path), prefix, own).catch(async (error: unknown) => {
        await rm(ticket, { force: true })
        throw error
      })
      if (other === undefined) return { check: () => check(ticket, path), [Symbol.asyncDispose]: () => remove(ticket) }
      await remove(ticket)
    }
    if (performance.now() - began > PATIENCE) throw heldBy(path, other)
    await sleep(Math.random() * PAUSE)
  }
}

/** The path of a ticket of another that may be at work. */
async function otherHolder(folder: string, prefix: string, own: string): Promise<string | undefined> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || name === own) continue
    const ticket = join(folder, name)
    if (!(await isDead(ticket, name.slice(prefix.length)))) return ticket
    await remove(ticket)
  }
  return undefined
}

async function isDead(ticket: string, mark: string): Promise<boolean> {
  const [pid = '', , ...host] = mark.split('.')
  if (host.join('.') === encodeURIComponent(hostname()) && !isRunning(Number(pid))) return true
  const found = await stat(ticket).catch(() => undefined)
  return found === undefined || Date.now() - found.mtimeMs > FORGOTTEN
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) !== 'ESRCH' // another user's runs as well
  }
}

async function check(ticket: string, path: string): Promise<void> {
  const found = await stat(ticket).catch(() => undefined)
  if (found) return
  throw new RollcallError(
    'conflict',
    `${path} is unchanged: this process was paused for too long while it held the lock`,
    {
      hint: 'run the command again',
    },
  )
}

async function remove(ticket: string): Promise<void> {
  await rm(ticket, { force: true })
}

function heldBy(path: string, ticket: string): RollcallError {
  return new RollcallError('conflict', `${path} is unchanged: another process has held its lock for too long`, {
    hint: `run the command again; if no other rollcall is running, remove ${ticket}`,
  })
}
