import { pause } from '../../model/back-off.ts'
import { RollcallError } from '../../model/errors.ts'
import { dryRunOption, durationFlag, targetOptions, value } from '../args/options.ts'
import { planned, subjectOf } from '../change/outcomes.ts'
import { prepareWrite, writeResults } from '../change/results.ts'
import { type Context, command } from '../command.ts'
import { type SendHeartbeat, beatLease, beatTargets } from '../instances/heartbeats.ts'
import { findInstances } from '../select/lookup.ts'
import { requireOnePlace } from '../select/one-place.ts'

const LEAST = 100

const options = {
  id: targetOptions.id,
  lease: value('--lease <hex>', 'a lease by its id, as `get` and `ls -o wide` show it'),
  every: value('--every <duration>', 'repeat until stopped, at this interval'),
  ...dryRunOption,
} as const

export const renew = command({
  name: 'renew',
  usage: '<service>/<id>... | --lease HEX',
  examples: [
    { line: 'rollcall renew payments/payments-3', does: 'one heartbeat' },
    { line: 'rollcall renew payments/payments-3 --every 5s', does: 'until Ctrl-C' },
    { line: 'rollcall renew --lease 694d81a2f5c3b70f', does: 'a lease by its id, with all its keys' },
  ],
  notes: ['An instance that is gone is not registered again; `register --keep-alive` does that.'],
  options,
  async run(context, words, { id, lease, every, dryRun }) {
    await prepareWrite(context, dryRun)
    const interval = every === undefined ? undefined : durationFlag('--every', every, LEAST)
    if (lease !== undefined && (words.length > 0 || id !== undefined)) {
      throw new RollcallError('usage', '--lease cannot be combined with targets or --id', {
        hint: 'pass --lease alone',
      })
    }
    if (dryRun) return await dryRunOf(context, words, { id, lease })
    const beat = lease === undefined ? beatTargets(context, words, id) : beatLease(context, lease)
    return await (interval === undefined ? beat() : repeat(context, beat, interval))
  },
})

async function dryRunOf(
  context: Context,
  words: readonly string[],
  { id, lease }: { id: string | undefined; lease: string | undefined },
): Promise<number> {
  if (lease === undefined) {
    const entries = await requireOnePlace(
      context,
      await findInstances(context, words, { id, writes: 'renew' }),
      'change',
    )
    return await writeResults(
      context,
      entries.map((entry) => planned('renew', subjectOf(entry))),
    )
  }
  const client = await context.client()
  const state = (await client.backend.leases?.([lease], { signal: context.signal }))?.get(lease)
  return await writeResults(context, [
    { action: 'renew', service: '', id: '', keys: state?.keys ?? [], result: 'planned', lease },
  ])
}

/** Repeats a heartbeat until it fails. After a first success, a registry that cannot be reached is tried again next time. */
async function repeat(context: Context, beat: SendHeartbeat, interval: number): Promise<number> {
  let status = await beat()
  while (status === 0) {
    await pause(interval, context.signal)
    status = await beat().catch(async (error: unknown) => {
      context.signal.throwIfAborted()
      if (!(error instanceof RollcallError) || !['unreachable', 'timeout'].includes(error.code)) throw error
      await context.say(`no heartbeat: ${error.message}`)
      return 0
    })
  }
  return status
}
