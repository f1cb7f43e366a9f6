import { layouts } from '../../layouts/index.ts'
import { RollcallError } from '../../model/errors.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { WriteOptions } from '../contract/backend.ts'
import type { Kv } from './kv.ts'

/** Seconds of the lease that a registration gets, null for none. Throws `usage` for what the store or the layout cannot give. */
export function ttlToGrant(
  { store }: Pick<Kv, 'store'>,
  layout: LayoutName,
  { ttl, keepAlive, settings }: Pick<WriteOptions, 'ttl' | 'keepAlive' | 'settings'>,
): number | null {
  const { least, default: usual } = store.ttl
  const { leased } = layouts[layout]
  if (settings?.persistent && typeof ttl === 'number') throw persistentWithTtl()
  if (ttl === null || settings?.persistent || (ttl === undefined && !leased)) return null
  if (!leased)
    throw new RollcallError('usage', 'an AIO record has no TTL of its own: its readers decide when it has expired', {
      hint: 'leave --ttl out; --aio-ttl says when records that are read count as expired',
    })
  if (store.sessions && !keepAlive) throw needsKeepAlive(store.driver)
  if (ttl === undefined) return usual
  if (!(ttl >= least && Number.isFinite(ttl)))
    throw new RollcallError('usage', `a TTL of ${ttl}s is below the least that ${store.driver} grants, ${least}s`, {
      hint: `use ${least}s or more`,
    })
  return Math.ceil(ttl)
}

function persistentWithTtl(): RollcallError {
  return new RollcallError('usage', 'what is persistent has no TTL: it stays until it is removed', {
    hint: 'leave --persistent out, or --ttl',
  })
}

function needsKeepAlive(driver: string): RollcallError {
  return new RollcallError(
    'usage',
    `${driver} keeps a registration for as long as the session of the process that made it: it would be gone at once`,
    { hint: 'register with --keep-alive, or with --persistent what is to stay until it is removed' },
  )
}
