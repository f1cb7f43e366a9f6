import { hostname } from 'node:os'
import { RollcallError } from '../../model/errors.ts'
import type { CampaignOptions, Leadership } from '../contract/backend.ts'
import { exactly } from './key-range.ts'
import { type Kv, placeToWrite } from './kv.ts'
import { LockHolder } from './lock-holder.ts'
import { lockKeyOf } from './locks.ts'
import { revokeQuietly } from './restore.ts'

/** Waits for the lock of the AIO prefix to be free, and takes it: a key on a lease of its own. */
export async function campaign(kv: Kv, options: CampaignOptions): Promise<Leadership> {
  const key = lockKeyOf(placeToWrite(kv, 'aio').prefix.text)
  for (;;) {
    await untilFree(kv, key, options)
    options.signal?.throwIfAborted()
    const taken = await take(kv, key, options)
    if (taken) return taken
  }
}

async function take(kv: Kv, key: Uint8Array, { ttl, signal }: CampaignOptions): Promise<Leadership | undefined> {
  const { store, now } = kv
  const granted = now()
  const lease = await store.grant(Math.max(ttl, store.ttl.least), { signal })
  try {
    const put = {
      put: key,
      value: Buffer.from(`${hostname()}, process ${process.pid}`),
      lease: lease.lease,
      expect: null,
    }
    const [outcome] = await store.write([put], { signal })
    if (outcome?.error) throw outcome.error
    const { revision } = outcome ?? {}
    if (revision !== undefined) return new LockHolder(kv, { key, revision, lease }, granted)
  } catch (error) {
    await revokeQuietly(store, lease.lease)
    throw error
  }
  await revokeQuietly(store, lease.lease)
  return undefined
}

/** Told by a watch of the key, which ends with its lease. Ends early with the signal. */
async function untilFree(
  { store }: Kv,
  key: Uint8Array,
  { signal = new AbortController().signal, onStandby }: CampaignOptions,
): Promise<void> {
  const range = exactly(key)
  let told: string | undefined
  let since: string | undefined
  const isFree = async (): Promise<boolean> => {
    for await (const { records, revision } of store.scan(range, { signal })) {
      since = store.unordered ? undefined : revision
      const [held] = records
      if (!held) continue
      const leader = Buffer.from(held.value).toString('utf8')
      if (leader !== told) onStandby?.(leader)
      told = leader
      return false
    }
    return true
  }
  if (await isFree()) return
  try {
    for await (const event of store.watch(range, { since, signal })) {
      const mayBeFree = event.is === 'changes' || (store.unordered && event.is === 'progress')
      if (mayBeFree && (await isFree())) return
    }
  } catch (error) {
    if (!(error instanceof RollcallError && error.code === 'history-lost')) throw error
  }
}
