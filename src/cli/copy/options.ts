import type { Client } from '../../client/client.ts'
import type { CopyOptions } from '../../client/copy/copy.ts'
import { RollcallError } from '../../model/errors.ts'
import { type OptionValues, consentOptions, toggle, value } from '../args/options.ts'
import { ttlFrom } from '../args/register-flags.ts'
import { guardOptions } from '../change/guard.ts'
import { removalOptions } from '../change/purge-request.ts'
import type { Context } from '../command.ts'

/** The options of the commands that write the instances of one place into another. */
export const copyOptions = {
  replace: toggle('--replace', 'replace instances that have the same id and other data'),
  ttl: value('--ttl <duration>', 'how long each lives without a heartbeat, or none (none)'),
  keepAlive: toggle('--keep-alive', 'send heartbeats until stopped, then deregister'),
  leave: toggle('--leave', 'with --keep-alive: do not deregister when stopped'),
  prune: toggle('--prune', 'also remove what the source has not, in the services that it has'),
  ...guardOptions,
  ...removalOptions,
  ...consentOptions,
} as const

export type CopyFlags = OptionValues<typeof copyOptions>

/** @throws RollcallError `usage` for flags that cannot be combined */
export function checkCopyFlags({ keepAlive, leave, prune, ttl }: CopyFlags): void {
  if (leave && !keepAlive)
    throw new RollcallError('usage', '--leave needs --keep-alive', { hint: 'add it, or omit --leave' })
  if (keepAlive && ttl === 'none')
    throw new RollcallError('usage', '--keep-alive conflicts with --ttl none', {
      hint: 'without a TTL there is nothing to keep alive',
    })
  if (keepAlive && prune)
    throw new RollcallError('usage', '--prune cannot be combined with --keep-alive', {
      hint: 'prune first, in a run of its own',
    })
}

/** How instances are copied to the registry of a context. @throws RollcallError `usage` for a TTL that it does not support */
export function copyOptionsFor(context: Context, client: Client, flags: CopyFlags): CopyOptions {
  const { signal } = context
  const now = () => context.now()
  const ttl = flags.keepAlive ? ttlFrom(client, flags.ttl) : ttlFrom(client, flags.ttl ?? 'none')
  return { ...ttl, replace: flags.replace, dryRun: flags.dryRun, now, signal }
}
