import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem, type } from 'node:os'
import type { Result } from './contest.ts'

const VERSION = 1

/** A run as `--json` writes it, and as `--against` reads it. */
export interface RunRecord {
  readonly version: typeof VERSION
  /** ISO 8601. */
  readonly date: string
  readonly machine: string
  readonly rounds: number
  readonly scale: number
  readonly results: readonly Result[]
  /** Rows that could not be measured, and why. */
  readonly failures: Readonly<Record<string, string>>
}

export type RunOutcome = Pick<RunRecord, 'rounds' | 'scale' | 'results' | 'failures'>

export function recordOf({ rounds, scale, results, failures }: RunOutcome): RunRecord {
  return { version: VERSION, date: new Date().toISOString(), machine: machine(), rounds, scale, results, failures }
}

export function writeRecord(path: string, outcome: RunOutcome): void {
  writeFileSync(path, `${JSON.stringify(recordOf(outcome), undefined, 2)}\n`)
}

/** @throws Error when it is not a run of this bench */
export function readRecord(path: string): RunRecord {
  const record = JSON.parse(readFileSync(path, 'utf8')) as RunRecord
  if (record.version !== VERSION) throw new Error(`${path} was not written by --json of this bench`)
  return record
}

/** `2026-11-21 · 2 × AMD EPYC, 24 GiB · Linux · Node v20.20.2 · medians of 5 rounds` */
export function heading({ date, machine: on, rounds, scale }: RunRecord): string {
  const trial = scale < 1 ? ` · **scale ${scale}: a trial of the bench, from which nothing follows**` : ''
  return `${date.slice(0, 10)} · ${on} · medians of ${rounds} rounds${trial}`
}

function machine(): string {
  const [processor] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} × ${processor?.model ?? 'processor'}, ${memory} GiB · ${type()} · Node ${process.version}`
}
