import { type Run, type RunHistory, type RunResult, isRunCommand } from './run.ts'
import { formatText } from '../../model/file-format.ts'

/** Lines of a backup that are not records, each an object with one field. */
type RunLine =
  /** The first line. */
  | { readonly run: Run }
  | { readonly begun: readonly string[] }
  | { readonly outcomes: ByResult }
  | { readonly left: Readonly<Record<string, string>> }
  | { readonly restored: ByResult }
  /** When, as RFC 3339. */
  | { readonly ended: string }
  | { readonly undone: string }

/** Ids by what became of them. */
type ByResult = { readonly [Result in RunResult]?: readonly string[] }

const RESULTS: ReadonlySet<string> = new Set<RunResult>([
  'done',
  'unchanged',
  'absent',
  'changed',
  'unsupported',
  'failed',
  'in-doubt',
  'not-attempted',
])

/** A line without its end. */
export function runLineOf(line: RunLine): string {
  return JSON.stringify(line)
}

/** Ids by what became of them, for a line. */
export function byResult(outcomes: Iterable<{ readonly id: string; readonly result: RunResult }>): ByResult {
  const found: { [Result in RunResult]?: string[] } = {}
  for (const { id, result } of outcomes) (found[result] ??= []).push(id)
  return found
}

/** The format of backups; a run that names none is of this one. */
export const BACKUP_FORMAT = 1

/** Thrown for a backup of another format, which the line of its run names. */
export class OtherBackupFormat extends Error {
  readonly found: unknown

  constructor(found: unknown) {
    super(formatText('it', found, BACKUP_FORMAT))
    this.found = found
  }
}

/** The run that a first line describes; undefined for a line of another kind. @throws Error for one that is not valid, OtherBackupFormat for one of another format */
export function runOf(line: unknown): Run | undefined {
  if (!isObject(line) || !isObject(line.run)) return undefined
  const { format = BACKUP_FORMAT } = line.run
  if (format !== BACKUP_FORMAT) throw new OtherBackupFormat(format)
  const { id, at, command, registry, prefix, context, drained, user, host, pid, records } = line.run
  if (!isRunCommand(command)) throw new Error(`a command called ${JSON.stringify(command)} is not known here`)
  return {
    id: text(id, 'id'),
    at: text(at, 'at'),
    command,
    registry: text(registry, 'registry'),
    ...(prefix !== undefined && { prefix: text(prefix, 'prefix') }),
    ...(context !== undefined && { context: text(context, 'context') }),
    ...(drained !== undefined && { drained: text(drained, 'drained') }),
    user: text(user, 'user'),
    host: text(host, 'host'),
    pid: count(pid, 'pid'),
    records: count(records, 'records'),
  }
}

/** Adds what a line says to the history; false for a line that is a record. @throws Error for one that is not valid */
export function addRunLine(line: unknown, history: RunHistory): boolean {
  if (!isObject(line) || line.id !== undefined) return false
  if (line.begun !== undefined) for (const id of texts(line.begun)) history.begun.add(id)
  else if (line.outcomes !== undefined) addResults(line.outcomes, history.outcomes)
  else if (line.restored !== undefined) addResults(line.restored, history.restored)
  else if (isObject(line.left))
    for (const [id, revision] of Object.entries(line.left)) history.left.set(id, text(revision, 'left'))
  else if (line.ended !== undefined) history.ended = true
  else if (line.undone !== undefined) history.undone = true
  else return false
  return true
}

function addResults(value: unknown, results: Map<string, RunResult>): void {
  if (!isObject(value)) throw new Error('its outcomes are not valid')
  for (const [result, ids] of Object.entries(value)) {
    if (!isResult(result)) throw new Error(`it has an unknown outcome ${JSON.stringify(result)}`)
    for (const id of texts(ids)) results.set(id, result)
  }
}

function isResult(word: string): word is RunResult {
  return RESULTS.has(word)
}

function texts(value: unknown): string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value
  throw new Error('its ids are not a list of texts')
}

function text(value: unknown, field: string): string {
  if (typeof value === 'string') return value
  throw new Error(`its ${field} is not a text`)
}

function count(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw new Error(`its ${field} is not a whole number`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
