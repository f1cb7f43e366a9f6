import { appendFile, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, stateFolder } from '../../config/user-folders.ts'
import { messageOf } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import { hidden } from '../../model/without-secrets.ts'
import type { PlannedRemoval } from '../purge/plan.ts'
import type { Run } from '../undo/run.ts'
import type { ChangeSite } from './site.ts'

/** Bytes after which a new log is begun. */
const LONGEST = 10 * 1024 * 1024
/** Older logs that are kept. */
const KEPT = 4
const NAME = 'audit.ndjson'
const OLD = /^audit-.*\.ndjson$/

/** What was removed, and why. */
export type AuditedRemoval = Pick<PlannedRemoval, 'key' | 'service' | 'id' | 'reason'>

/**
 * Adds a line for each removal that was tried to the audit log in the state folder: when, who, why, where, what, and what became of it.
 * Secrets are hidden as in the audit lines of `serve`. What keeps it from being written is reported, and ends nothing.
 */
export async function audit(
  { environment, logger, now }: Pick<ChangeSite, 'environment' | 'logger' | 'now'>,
  run: Omit<Run, 'records'>,
  { removals, outcomes }: { readonly removals: readonly AuditedRemoval[]; readonly outcomes: readonly Outcome[] },
): Promise<void> {
  if (outcomes.length === 0) return
  const folder = stateFolder(environment)
  const byKey = new Map(removals.map((removal) => [removal.key, removal]))
  const { id: runId, command, registry, prefix, context: name, user, host } = run
  const time = new Date(now()).toISOString()
  const reasons = new Map<string, string>()
  const lines = outcomes.map(({ id: key, result, error }) => {
    const { service, id, reason = '' } = byKey.get(key) ?? {}
    const why = reasons.get(reason) ?? hidden(reason)
    reasons.set(reason, why)
    const what = hidden({ service, id, record: key, ...(error && { error: messageOf(error) }) })
    const line = { time, who: `${user}@${host}`, run: runId, command, registry, prefix, context: name, why }
    return `${JSON.stringify({ ...line, ...what, outcome: result })}\n`
  })
  try {
    await makeFolder(folder)
    await beginAnew(folder, time)
    const path = join(folder, NAME)
    await appendFile(path, lines.join(''), { mode: 0o600 })
    await using file = await open(path)
    await file.datasync()
  } catch (error) {
    logger.warn(`the audit log in ${folder} was not written: ${messageOf(error)}`)
  }
}

/** Puts a log aside that has become too long, under a name of its own, and removes the oldest. */
async function beginAnew(folder: string, time: string): Promise<void> {
  const { size } = await stat(join(folder, NAME)).catch(() => ({ size: 0 }))
  if (size < LONGEST) return
  await rename(join(folder, NAME), join(folder, `audit-${time.replace(/[-:.]/g, '')}-${process.pid}.ndjson`))
  const old = (await readdir(folder)).filter((name) => OLD.test(name)).toSorted()
  for (const name of old.slice(0, -KEPT)) await rm(join(folder, name), { force: true })
}
