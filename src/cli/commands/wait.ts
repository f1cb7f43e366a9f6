import { type WaitCondition, type WaitState, wait as waitFor } from '../../client/wait.ts'
import { RollcallError } from '../../model/errors.ts'
import { instanceItem } from '../../reports/instances.ts'
import { differenceFrom, givenSelectors, selectorWords } from '../../reports/selection-words.ts'
import { type SelectionFlags, parseSelection } from '../../reports/selection.ts'
import { type OptionValues, durationFlag, selectorOptions, toggle, value, wholeNumber } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import { isThingFormat, writeThing } from '../output/documents.ts'
import { allInstancesTable, instancesTable } from '../output/instances.ts'
import { printList } from '../output/list-writer.ts'
import { type OutputOptions, parseOutput } from '../output/options.ts'
import { readListing } from '../select/listing.ts'

const DEFAULT_TIMEOUT = '60s'

const options = {
  min: value('--min <count>', 'at least so many instances (1; 0 when --max is given)'),
  max: value('--max <count>', 'at most so many'),
  gone: toggle('--gone', 'none at all, of any status'),
  ...selectorOptions,
} as const

type Flags = OptionValues<typeof options>

export const wait = command({
  name: 'wait',
  usage: '<service>',
  summary: 'wait until a service has so many instances',
  examples: [
    { line: 'rollcall wait payments --min 3', does: 'three that are up, within 60 seconds' },
    { line: 'rollcall wait payments --version v1.4.2 --timeout 5m', does: 'the build that was just deployed' },
    { line: 'rollcall wait payments --gone --host 10.0.3.7', does: 'nothing is left of a host' },
    { line: 'rollcall wait payments --timeout 0s', does: 'look once: status 0 or 1' },
  ],
  notes: [
    'Counted are instances that are up, unless --status is given. A service that is not registered yet has none.',
    '--timeout (60s) is how long it waits, also for a registry that is away. Status 124 when the time is up, with the last state and the condition that failed.',
  ],
  options,
  ownsTimeout: true,
  async run(context, words, flags) {
    const service = theService(words)
    const condition = conditionOf(context, service, flags)
    const given = context.globals.timeout ?? DEFAULT_TIMEOUT
    const timeout = durationFlag('--timeout', given)
    const output = parseOutput(context.globals)
    const state = await waitFor(await context.client(), condition, {
      timeout,
      signal: context.signal,
      ...progress(context, service),
    })
    await writeState(context, output, { service, selectors: givenSelectors(selectorsOf(flags)), condition, state })
    if (state.failed === undefined) return 0
    const fact = `${service}: ${state.failed}`
    const hint = `rollcall ls ${service} shows what is there`
    throw timeout === 0
      ? new RollcallError('not-found', fact, { hint })
      : new RollcallError('deadline', `${fact}; waited ${given}`, { hint })
  },
})

function theService(words: readonly string[]): string {
  const [service, ...rest] = words
  if (service === undefined || service === '' || rest.length > 0) {
    throw new RollcallError('usage', 'wait takes one service', { hint: 'for example: rollcall wait payments --min 3' })
  }
  return service
}

function conditionOf(context: Context, service: string, flags: Flags): WaitCondition {
  const selectors = selectorsOf(flags)
  const { scope, inScope: where, selects: test } = readListing(context, [service], selectors)
  const hasSelectors = Object.keys(givenSelectors(selectors)).length > 0
  const selection = hasSelectors
    ? { test, words: selectorWords(selectors), differenceOf: differenceFrom(selectors) }
    : undefined
  const { statuses } = parseSelection({ status: flags.status })
  if (flags.gone) {
    const other = flags.min ?? flags.max ?? flags.status[0]
    if (other === undefined) return { scope, where, selection, min: 0, max: 0 }
    throw new RollcallError('usage', '--gone already says how many, and of which status', {
      hint: 'leave out --min, --max and --status; --max 0 counts those of a --status',
    })
  }
  const max = wholeNumber('--max', flags.max, undefined)
  const min = wholeNumber('--min', flags.min, max === undefined ? 1 : 0)
  if (max !== undefined && min > max) {
    throw new RollcallError('usage', `--min ${min} and --max ${max} cannot both hold`, { hint: 'swap them, perhaps' })
  }
  const counted = statuses.length > 0 ? statuses : (['up'] as const)
  return { scope, where, selection, statuses: counted, min, ...(max === undefined ? {} : { max }) }
}

/** All but `--status`, which says what is counted. */
function selectorsOf({ selector, version, scheme, env, host, olderThan }: Flags): SelectionFlags {
  return { selector, version, scheme, env, host, olderThan }
}

/** A line whenever the counts change, and when the registry goes away or is back. */
function progress(context: Context, service: string) {
  let told: string | undefined
  const say = (line: string) => void context.say(line).catch(() => {})
  return {
    onState: ({ failed }: WaitState) => {
      if (failed !== told) say(`${service}: ${failed}`)
      told = failed
    },
    onLink: (away: string | undefined) => say(away === undefined ? 'connected again' : `${away}; trying again`),
  }
}

interface WaitOutcome {
  readonly service: string
  readonly selectors: ReturnType<typeof givenSelectors>
  readonly condition: WaitCondition
  readonly state: WaitState
}

async function writeState(
  context: Context,
  output: OutputOptions,
  { service, selectors, condition: { scope, min, max, statuses, selection }, state }: WaitOutcome,
): Promise<void> {
  const { entries, counted, candidates, others, failed } = state
  const { format, fields } = output
  const items = entries.map((entry) => instanceItem(entry))
  if (isThingFormat(format)) {
    const result = {
      service,
      satisfied: failed === undefined,
      instances: counted,
      min,
      ...(max === undefined ? {} : { max }),
      ...(statuses === undefined ? {} : { statuses }),
      ...(selection === undefined ? {} : { selectors, candidates, others }),
      items,
      ...(failed === undefined ? {} : { message: failed }),
    }
    return await writeThing(context.io.stdout, 'WaitResult', result, { format, fields })
  }
  if (items.length === 0) return
  const writer = await printList(context, 'InstanceList', scope.services ? instancesTable : allInstancesTable, output)
  for (const item of items) await writer.row(item)
  await writer.end()
}
