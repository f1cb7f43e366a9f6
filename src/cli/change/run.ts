import { randomBytes } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { resolve } from 'node:path'
import { backupPath, linkBackup } from '../../client/undo/backups.ts'
import type { Run, RunCommand } from '../../client/undo/run.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import type { Context } from '../command.ts'

/** A run that begins now, and where its backup goes. */
export interface NewRun {
  readonly run: Omit<Run, 'records'>
  /** Absolute. */
  readonly path: string
}

/** `file`: the backup file as given; undefined for one in the state folder. */
export async function newRun(
  context: Context,
  command: RunCommand,
  file: string | undefined,
  { drained }: Pick<Run, 'drained'> = {},
): Promise<NewRun> {
  const { io } = context
  const { target, context: name } = await context.resolved()
  const at = new Date(context.now()).toISOString()
  const id = `${at.replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`
  const place = { registry: target.display, ...(target.prefix !== undefined && { prefix: target.prefix }) }
  const of = drained === undefined ? {} : { drained }
  return {
    run: { id, at, command, ...place, ...(name !== undefined && { context: name }), ...of, ...whoRuns() },
    path: file === undefined ? backupPath(io.env, id) : resolve(io.cwd, file),
  }
}

/** The user of this process, the machine, and the process. */
export function whoRuns(): Pick<Run, 'user' | 'host' | 'pid'> {
  return { user: userName(), host: hostname(), pid: process.pid }
}

/** Names the backup where `undo` looks for it. What keeps it from being found is reported; `restore` takes the file all the same. */
export async function keepFindable(context: Context, { run, path }: NewRun): Promise<void> {
  try {
    await linkBackup(context.io.env, run.id, path)
  } catch (error) {
    context.logger.warn(`rollcall undo will not find this run, only rollcall restore ${path}: ${messageOf(error)}`)
  }
}

/** @throws RollcallError `conflict` while the process of that run is at work */
export function requireEnded({ id, host, pid }: Run, { ended }: { readonly ended: boolean }): void {
  if (ended || host !== hostname() || pid === process.pid || !isRunning(pid)) return
  throw new RollcallError('conflict', `${id} is still running, as process ${pid}`, {
    hint: 'wait until it ends, or end it; if that process is another program, restore the backup file itself',
  })
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.()}` // a user without an entry in the system's list, as containers have them
  }
}
