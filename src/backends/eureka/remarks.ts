import { RollcallError } from '../../model/errors.ts'
import { advice } from '../../model/wording.ts'
import type { EurekaContext } from './api.ts'

/** What people should know before they believe what is listed: whom self-preservation keeps, and which peers disagree. */
export async function remarks(context: EurekaContext, signal: AbortSignal | undefined): Promise<string[]> {
  return [...preservation(context), ...(await disagreement(context, signal))]
}

function preservation({ kept }: EurekaContext): string[] {
  if (kept.size === 0) return []
  const leases = kept.size === 1 ? '1 lease that has' : `${kept.size} leases that have`
  return [
    `self-preservation: Eureka keeps ${leases} ended, since too few heartbeats come; ${advice('purgeExpired')} removes those`,
  ]
}

/** Which peers cannot be used or have other instances than the rest, one sentence each. Each has its own cache, so what is not half a minute old may differ. */
export async function disagreement({ api }: EurekaContext, signal: AbortSignal | undefined): Promise<string[]> {
  if (api.endpoints.length < 2) return []
  const peers = await Promise.all(
    api.endpoints.map(async (endpoint) => {
      try {
        return { endpoint, hash: await api.hashAt(endpoint, signal) }
      } catch (error) {
        if (!(error instanceof RollcallError)) throw error
        return { endpoint, error }
      }
    }),
  )
  const silent = peers.flatMap(({ error }) => (error ? [`a peer cannot be used: ${error.message}`] : []))
  const answers = peers.flatMap(({ endpoint, hash }) => (hash === undefined ? [] : [{ endpoint, hash }]))
  if (new Set(answers.map(({ hash }) => hash)).size < 2) return silent
  const said = answers.map(({ endpoint, hash }) => `${endpoint} has ${inWords(hash)}`).join(', ')
  return [...silent, `peers disagree: ${said}; what is older than half a minute should be the same at each`]
}

/** `DOWN_1_UP_3_` as `DOWN 1, UP 3`. */
function inWords(hash: string): string {
  const parts = [...hash.matchAll(/([A-Z_]+?)_(\d+)_/g)].map(([, status, count]) => `${status} ${count}`)
  return parts.length === 0 ? 'nothing' : parts.join(', ')
}
