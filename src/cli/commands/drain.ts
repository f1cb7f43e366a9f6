import { type DrainPlan, drain as drainHost, requireWayBack } from '../../client/change/drain.ts'
import { RollcallError } from '../../model/errors.ts'
import { type OptionValues, consentOptions, toggle } from '../args/options.ts'
import { confirm } from '../change/confirmation.ts'
import { takeDrainBack } from '../change/drain-back.ts'
import { drainPlanFor, sayDrain, showDrain } from '../change/drain-plan.ts'
import { requireAllowed } from '../../client/purge/allowed.ts'
import { guardOptions } from '../change/guard.ts'
import { itemOf, planned, subjectOf, writeOutcomes } from '../change/outcomes.ts'
import { requireOpenHours, requireUnprotected, sayHours } from '../change/protection.ts'
import { rateOf, removalOptions } from '../change/purge-request.ts'
import { type CarriedOut, carryOutBy } from '../change/removal.ts'
import { type WriteItem, prepareWrite, writeResults } from '../change/results.ts'
import { type Context, command } from '../command.ts'
import { amount } from '../../model/count.ts'

const { maxPercent, keepMin, force } = guardOptions

const options = {
  back: toggle('--back', 'take back the newest drain of this host'),
  maxPercent,
  keepMin,
  force,
  ...removalOptions,
  ...consentOptions,
} as const

type Flags = OptionValues<typeof options>

export const drain = command({
  name: 'drain',
  usage: 'HOST [service...]',
  examples: [
    { line: 'rollcall drain 10.1.3.21 --dry-run', does: 'what would be done to the instances of a host' },
    { line: 'rollcall drain 10.1.3.21 --force', does: 'takes them out of traffic; asks first' },
    { line: 'rollcall drain 10.1.3.21 --back', does: 'puts them back; asks first' },
    { line: "rollcall drain '10.1.3.*' mailer --yes", does: 'of one service, on several hosts' },
  ],
  notes: [
    'What has an endpoint on the host is taken offline where the registry or the layout holds a status, and is deregistered elsewhere, as Kratos records in etcd have to be; where removed records cannot be put back, the drain is refused (status 6). Host is an address or a name, or host:port, as endpoints have it; * and ? match.',
    "One backup holds all of it. `--back` and `rollcall undo` put records back and set the former status, also after a crash in the middle; run again, a drain goes on with what is left. No drain is too old for it; the question says how long ago it was. A process that is still running may register again, and an AIO instance is back with its owner's next renewal.",
    'Removing more than half of the up instances of a service is refused (status 6), unless you raise --max-percent or pass --force. Status 1: no instance has an endpoint on the host.',
  ],
  options,
  async run(context, [host, ...services], flags) {
    if (host === undefined || host === '' || host.startsWith('!')) {
      throw new RollcallError('usage', 'drain takes a host', {
        hint: host === '' ? 'is a variable unset?' : 'rollcall drain 10.0.0.1, as the endpoints have it',
      })
    }
    await prepareWrite(context, flags.dryRun)
    if (flags.back) return await takeDrainBack(context, { host, services }, flags)
    const rate = rateOf(flags)
    const plan = await drainPlanFor(context, [host, ...services], flags)
    const count = plan.offline.length + plan.removed.length
    if (flags.dryRun) return await foresee(context, plan, flags)
    if (count === 0) {
      await context.say(`nothing to do: ${amount(plan.out, 'instance')} on ${host} out of traffic already`)
      return await writeResults(context, [])
    }
    await showDrain(context, plan)
    await requireAll(context, plan, flags)
    if (plan.removal.records.length > 0) await requireOpenHours(context)
    await confirm(context, `Drain ${amount(count, 'instance')} of ${host}?`, flags)
    const client = await context.client()
    const how = { file: flags.backup, rate, report: (done: CarriedOut) => report(context, plan, done) }
    return await carryOutBy(context, how, (place) => drainHost(client, plan, { ...place, force: flags.force }))
  },
})

async function foresee(context: Context, plan: DrainPlan, flags: Flags): Promise<number> {
  const status = await writeResults(context, [
    ...plan.offline.map((entry) => Object.assign(planned('offline', subjectOf(entry)), { message: 'take offline' })),
    ...plan.removed.map((entry) => Object.assign(planned('deregister', subjectOf(entry)), { message: 'deregister' })),
  ])
  await sayDrain(context, plan)
  if (plan.removal.records.length > 0) await sayHours(context)
  await requireAll(context, plan, flags)
  return status
}

async function requireAll(context: Context, plan: DrainPlan, { force: isForced }: Flags): Promise<void> {
  requireWayBack(await context.client(), plan)
  requireAllowed(plan.removal, { force: isForced, trustClock: false })
  await requireUnprotected(context, [...plan.offline, ...plan.removal.entries])
}

async function report(context: Context, plan: DrainPlan, { outcomes, backup, id }: CarriedOut): Promise<number> {
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]))
  const itemsOf = (action: 'offline' | 'deregister', entries: DrainPlan['offline']): WriteItem[] =>
    entries
      .map(subjectOf)
      .filter(({ records }) => records.every((record) => byId.has(record.id)))
      .map((subject) => itemOf(action, subject, byId))
  const items = [...itemsOf('offline', plan.offline), ...itemsOf('deregister', plan.removed)]
  const { offlineLimit } = (await context.client()).backend
  const withBackup = items.map((item) =>
    item.result === 'done' && backup !== undefined ? Object.assign(item, { backup }) : item,
  )
  const status = await writeOutcomes(context, withBackup, byId)
  const isDone = items.some(({ action, result }) => action === 'offline' && result === 'done')
  if (isDone && offlineLimit !== undefined) await context.say(offlineLimit)
  if (items.some(({ result }) => result === 'done')) await context.say(`rollcall undo ${id} takes it back`)
  return status
}
