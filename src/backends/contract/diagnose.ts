import type { Diagnosis, DiagnosisCheck, Measure } from '../../model/diagnosis.ts'
import { RollcallError, isAccessDenied } from '../../model/errors.ts'
import { unlessAborted, within } from '../../model/signals.ts'
import type { OpenOptions, Target } from './driver.ts'
import { waitLonger } from './finding.ts'

/** What every check works with: the registry as it was named, and the command's signal and clock. */
export interface DiagnoseContext extends OpenOptions {
  readonly target: Target
}

/** Makes the diagnoses of one server, one file or one registry. */
export interface Diagnoses {
  readonly subject: string
  readonly ok: (check: DiagnosisCheck, fact: string, measure?: Measure) => Diagnosis
  readonly warning: (check: DiagnosisCheck, fact: string, fix: string, measure?: Measure) => Diagnosis
  readonly error: (check: DiagnosisCheck, fact: string, fix: string, measure?: Measure) => Diagnosis
  readonly unknown: (check: DiagnosisCheck, fact: string, fix?: string) => Diagnosis
}

export function diagnosesOf(subject: string): Diagnoses {
  const made =
    (state: 'warning' | 'error') => (check: DiagnosisCheck, fact: string, fix: string, measure?: Measure) => ({
      subject,
      check,
      state,
      fact,
      fix,
      ...measure,
    })
  return {
    subject,
    ok: (check, fact, measure) => ({ subject, check, state: 'ok', fact, ...measure }),
    warning: made('warning'),
    error: made('error'),
    unknown: (check, fact, fix) => ({ subject, check, state: 'unknown', fact, ...(fix !== undefined && { fix }) }),
  }
}

/**
 * What a check finds; `unknown` with the reason where the registry refuses it, or does not answer within --request-timeout.
 * Throws the reason of the command's signal.
 */
export async function tried(
  { target: { requestTimeout }, signal }: DiagnoseContext,
  { unknown }: Diagnoses,
  check: DiagnosisCheck,
  look: (signal: AbortSignal) => Promise<Diagnosis | readonly Diagnosis[] | undefined>,
): Promise<readonly Diagnosis[]> {
  const limit = within(requestTimeout, signal)
  try {
    const found = await unlessAborted(look(limit), limit)
    return found === undefined ? [] : [found].flat()
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof RollcallError) return [unknown(check, error.message, error.hint)]
    if (limit.aborted) return [unknown(check, `no answer in ${requestTimeout / 1000}s`, waitLonger())]
    throw error
  }
}

/** Whether this user has permission to read: `look` reads something and says what that shows. `fix`: for a refusal without a hint. */
export async function triedReading(
  context: DiagnoseContext,
  about: Diagnoses,
  fix: string,
  look: (signal: AbortSignal) => Promise<string>,
): Promise<readonly Diagnosis[]> {
  return await tried(context, about, 'read', async (signal) => {
    try {
      return about.ok('read', await look(signal))
    } catch (error) {
      if (!isAccessDenied(error)) throw error
      return about.error('read', error.message, error.hint ?? fix)
    }
  })
}

/** What is under way all at once, in the order in which it was begun. Whatever is no longer waited for fails in silence. */
export async function* inOrder<T>(under: readonly Promise<T>[]): AsyncGenerator<T, void, undefined> {
  for (const each of under) each.catch(() => {})
  for (const each of under) yield await each
}

/** Bytes. */
export const MIB = 1024 * 1024

/** A number of bytes for people: `1.5 MiB`, `512 MiB`. */
export function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(bytes < 10 * MIB ? 1 : 0)} MiB`
}
