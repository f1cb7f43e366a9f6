import { advice } from '../../model/wording.ts'
import { randomBytes } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { RollcallError, messageOf } from '../../model/errors.ts'
import type { ChangeSite } from '../change/site.ts'
import { backupPath, linkBackup } from './backups.ts'
import type { Run, RunCommand } from './run.ts'

/** A run that begins now, and where its backup goes. */
export interface NewRun {
  readonly run: Omit<Run, 'records'>
  /** Absolute. */
  readonly path: string
}

/** `file`: the path of the backup, absolute; undefined for one in the state folder. */
export function newRun(
  site: Pick<ChangeSite, 'client' | 'environment' | 'now' | 'context' | 'user'>,
  command: RunCommand,
  file: string | undefined,
  { drained }: Pick<Run, 'drained'> = {},
): NewRun {
  const { client, environment, now, context, user } = site
  const { display, prefix } = client.target
  const at = new Date(now()).toISOString()
  const id = `${at.replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`
  const place = { registry: display, ...(prefix !== undefined && { prefix }) }
  const of = drained === undefined ? {} : { drained }
  const who = { ...whoRuns(), ...(user !== undefined && { user }) }
  return {
    run: { id, at, command, ...place, ...(context !== undefined && { context }), ...of, ...who },
    path: file ?? backupPath(environment, id),
  }
}

/** The user of this process, the machine, and the process. */
export function whoRuns(): Pick<Run, 'user' | 'host' | 'pid'> {
  return { user: userName(), host: hostname(), pid: process.pid }
}

/** Names the backup where `undo` looks for it. What keeps it from being found is reported; `restore` takes the file all the same. */
export async function keepFindable(
  { environment, logger }: Pick<ChangeSite, 'environment' | 'logger'>,
  { run, path }: NewRun,
): Promise<void> {
  try {
    await linkBackup(environment, run.id, path)
  } catch (error) {
    logger.warn(`${advice('undo')} will not find this run, only ${advice('restoreFrom', path)}: ${messageOf(error)}`)
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
