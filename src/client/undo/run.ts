import { type Status, isOutOfTraffic } from '../../model/status.ts'
import type { BackupRecord } from '../purge/backup-line.ts'
import type { PutBack } from '../purge/restore.ts'

const COMMANDS = ['purge', 'apply', 'deregister', 'drain', 'import', 'copy', 'offline', 'online'] as const
/** The commands that write a backup. */
export type RunCommand = (typeof COMMANDS)[number]

/** Whether a word is the command of a run. */
export function isRunCommand(word: unknown): word is RunCommand {
  return COMMANDS.some((command) => command === word)
}

/** One run of a command that removed records, or changed their status: the first line of its backup. */
export interface Run {
  readonly id: string
  /** RFC 3339. */
  readonly at: string
  readonly command: RunCommand
  /** As `Target.display` has it: without secrets. */
  readonly registry: string
  /** The prefix that was named, if one was. */
  readonly prefix?: string
  readonly context?: string
  /** Of a drain: the host as it was named. */
  readonly drained?: string
  /** Of the machine on which it ran. */
  readonly user: string
  readonly host: string
  readonly pid: number
  /** How many records its backup holds. */
  readonly records: number
}

export type RunResult = PutBack['result']

/** What a backup says of its records: which were tried, what became of each, and of each in an undo. */
export class RunHistory {
  /** Ids that the run may have changed: they are noted before the registry gets the change. */
  readonly begun = new Set<string>()
  readonly outcomes = new Map<string, RunResult>()
  /** After a change of status: the revision of each record as the run left it. */
  readonly left = new Map<string, string>()
  /** Of an undo, finished or not; what it was about to set back when it was cut off is in doubt. */
  readonly restored = new Map<string, RunResult>()
  /** The run came to an end by itself. */
  ended = false
  /** Everything that could be taken back was. */
  undone = false

  /** Whether the run has changed this record, or may have. */
  mayHaveChanged(id: string): boolean {
    const result = this.outcomes.get(id)
    return result === 'done' || (this.begun.has(id) && (result === undefined || result === 'in-doubt'))
  }

  /** How many records it has changed, or may have. */
  get changes(): number {
    return [...new Set([...this.begun, ...this.outcomes.keys()])].filter((id) => this.mayHaveChanged(id)).length
  }

  get takenBack(): 'no' | 'partly' | 'yes' {
    if (this.undone) return 'yes'
    return [...this.restored.values()].some(isFinal) ? 'partly' : 'no'
  }
}

/** Results after which an undo has nothing more to do with a record. */
const FINAL: ReadonlySet<RunResult> = new Set(['done', 'unchanged', 'changed', 'absent', 'unsupported'])

export function isFinal(result: RunResult | undefined): boolean {
  return result !== undefined && FINAL.has(result)
}

/** Whether a run changed the status of a record, and kept it; else it removed it. A drain does the one or the other. */
export function keepsRecord(command: RunCommand, { status }: Pick<BackupRecord, 'status'>): boolean {
  return command === 'offline' || command === 'online' || (command === 'drain' && status !== undefined)
}

/** The status to which an undo sets a record back; undefined where the run changed nothing of it. */
export function statusBefore({ status, layout }: BackupRecord, command: RunCommand): Status | undefined {
  const isOnline = command === 'online'
  if (status === undefined || isOutOfTraffic(status) !== isOnline) return undefined
  if (layout !== 'aio') return isOnline ? 'down' : 'up'
  // An expired record says that it is up; a word that AIO does not know cannot be written.
  return status === 'expired' || status === 'unknown' ? 'up' : status
}
