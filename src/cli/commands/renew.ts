import { parseDuration } from '../../model/duration.ts'
import { RollcallError } from '../../model/errors.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { findInstances, requireOnePlace } from '../find.ts'
import { value } from '../option.ts'
import { requireWritable } from '../prompt.ts'
import { dryRunOption, targetOptions } from '../shared-options.ts'
import { type WriteItem, collect, planned, requireSome, subjectOf, writeItem, writeResults } from '../write-results.ts'

const options = {
  id: targetOptions.id,
  lease: value('--lease <hex>', 'a lease by its id, as `get` and `ls -o wide` show it'),
  every: value('--every <duration>', 'again and again until stopped'),
  ...dryRunOption,
} as const

export const renew = command({
  name: 'renew',
  usage: '<service>/<id>... | --lease HEX',
  summary: 'send one heartbeat, or one every so often',
  examples: [
    { line: 'rollcall renew payments/payments-3', does: 'one heartbeat' },
    { line: 'rollcall renew payments/payments-3 --every 5s', does: 'until Ctrl-C' },
    { line: 'rollcall renew --lease 694d81a2f5c3b70f', does: 'a lease by its id, with all that hangs on it' },
  ],
  notes: ['What is gone is never registered again: that is what `register --keep-alive` does.'],
  options,
  async run(context, words, flags) {
    await requireWritable(context)
    const every = flags.every === undefined ? undefined : interval(flags.every)
    const beat =
      flags.lease === undefined
        ? () => renewTargets(context, words, flags)
        : () => renewLease(context, words, flags.lease ?? '')
    let status = await beat()
    while (every !== undefined && status === 0) {
      await pause(every, context.signal)
      status = await beat()
    }
    return status
  },
})

async function renewTargets(
  context: Context,
  words: readonly string[],
  flags: { id: string | undefined; dryRun: boolean },
): Promise<number> {
  const client = await context.client()
  const entries = requireOnePlace(await findInstances(context, words, { id: flags.id, detail: true }))
  const subjects = entries.map(subjectOf)
  requireSome(subjects, 'renew')
  if (flags.dryRun) {
    return await writeResults(
      context,
      subjects.map((subject) => planned('renew', subject)),
    )
  }
  const outcomes = await collect(
    await client.renew(
      subjects.flatMap((subject) => subject.records),
      { signal: context.signal },
    ),
  )
  const items = subjects.map((subject) => writeItem('renew', subject, outcomes))
  const status = await writeResults(context, items)
  for (const entry of entries) await sayShared(context, entry.observed.lease, entry.observed.leaseKeys ?? [])
  return status
}

async function renewLease(context: Context, words: readonly string[], lease: string): Promise<number> {
  if (words.length > 0)
    throw new RollcallError('usage', '--lease names the lease wholly', { hint: 'leave the target out' })
  if (!/^[0-9a-f]{1,16}$/i.test(lease)) {
    throw new RollcallError('usage', `--lease ${lease} is no lease`, {
      hint: 'it is hexadecimal, as `get` and `ls -o wide` show it',
    })
  }
  const client = await context.client()
  const state = await client.renewLease(lease, { signal: context.signal })
  const item: WriteItem = {
    action: 'renew',
    service: '',
    id: '',
    keys: state.keys,
    result: 'renewed',
    lease: state.lease,
    ...until(context, state.remaining),
  }
  return await writeResults(context, [item])
}

function until(context: Context, seconds: number): { expiresAt: string } {
  return { expiresAt: new Date(context.now() + seconds * 1000).toISOString() }
}

async function sayShared(context: Context, lease: string | undefined, others: readonly string[]): Promise<void> {
  if (others.length > 0) await context.say(`also on lease ${lease}: ${others.join(', ')}`)
}

function interval(text: string): number {
  const milliseconds = parseDuration(text)
  if (milliseconds !== undefined && milliseconds >= 100) return milliseconds
  throw new RollcallError('usage', `--every ${text} is no duration of 100ms or more`, { hint: 'write for example 5s' })
}

/** @throws the signal's reason when it ends early. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { setTimeout: wait } = await import('node:timers/promises')
  await wait(milliseconds, undefined, { signal })
}
