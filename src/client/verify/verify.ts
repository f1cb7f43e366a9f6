import { option } from '../../model/wording.ts'
import type { Backend, Scope } from '../../backends/contract/backend.ts'
import { RollcallError } from '../../model/errors.ts'
import { isGlob } from '../../reports/glob.ts'
import type { Manifest } from '../../reports/manifest.ts'
import { type ClaimItem, verification } from '../../reports/verification.ts'
import { pause } from '../../model/back-off.ts'
import { isAway } from '../../backends/contract/outcome.ts'
import type { EntryScan } from '../client.ts'
import type { WaitOptions } from '../wait/wait.ts'

/** Milliseconds between two looks, and how many times as long as a look took at least: waiting must not load the registry. */
const PAUSE = 1_000
const IDLE_TIMES = 4

/** A manifest held against a registry. */
export interface Verification {
  readonly items: readonly ClaimItem[]
  readonly revision: string | undefined
  /** Whether no claim fails. */
  readonly holds: boolean
}

/** How long is waited for the claims to hold, and who hears of it. */
export interface VerifyOptions extends Pick<WaitOptions, 'signal' | 'onLink'> {
  /** Milliseconds to look again while a claim fails; 0 looks once. */
  readonly wait: number
  /** Each look at which a claim failed. */
  readonly onState?: (state: Verification) => void
}

/** What a manifest can be held against: a client, or several as one. */
export interface Verifiable {
  entries(scope: Scope, options: { signal?: AbortSignal }): Pick<EntryScan, 'batches' | 'revision' | 'unreadable'>
  readonly backend: Pick<Backend, 'checkPlace'>
}

/**
 * Holds a manifest against the registry, and looks again until every claim holds or the time is up; resolves with the last look.
 * @throws RollcallError `forbidden` when part of what the manifest is about cannot be read; the registry's error when it never answered.
 */
export async function verify(client: Verifiable, manifest: Manifest, options: VerifyOptions): Promise<Verification> {
  const { wait, signal, onState, onLink } = options
  const until = performance.now() + wait
  let last: Verification | undefined
  let away: RollcallError | undefined
  for (;;) {
    const begun = performance.now()
    try {
      last = await look(client, manifest, signal)
      if (away) onLink?.(undefined)
      away = undefined
      if (last.holds) return last
      onState?.(last)
    } catch (error) {
      signal?.throwIfAborted()
      if (wait === 0 || !isAway(error)) throw error
      if (away?.message !== error.message) onLink?.(error.message)
      away = error
    }
    const left = until - performance.now()
    if (left <= 0) break
    await pause(Math.min(left, Math.max(PAUSE, (performance.now() - begun) * IDLE_TIMES)), signal)
  }
  if (away || !last) throw away ?? new RollcallError('unreachable', 'the registry did not answer')
  return last
}

async function look(client: Verifiable, manifest: Manifest, signal?: AbortSignal): Promise<Verification> {
  const fold = verification(manifest)
  const scan = client.entries(scopeOf(manifest), { signal })
  let read = 0
  for await (const batch of scan.batches()) {
    read += batch.length
    for (const entry of batch) fold.add(entry)
  }
  if (read === 0) await client.backend.checkPlace?.({ signal })
  if (scan.unreadable !== undefined) {
    throw new RollcallError(
      'forbidden',
      `the manifest is about records that you lack permission to read: ${scan.unreadable}`,
      {
        hint: `use credentials that can read all of it; ${option('layout')} leaves a part out`,
      },
    )
  }
  const items = fold.result()
  return { items, revision: scan.revision, holds: items.every(({ result }) => result !== 'fails') }
}

/** The named services alone, where no claim is about others. */
function scopeOf({ services, malformed, unexpected }: Manifest): Scope {
  const names = services.map(({ name }) => name)
  const isWhole = malformed !== undefined || (unexpected?.wanted ?? 'ignore') !== 'ignore'
  return isWhole || names.length === 0 || names.some(isGlob) ? {} : { services: names }
}
