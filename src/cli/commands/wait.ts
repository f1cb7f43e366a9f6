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
import { idHint } from '../select/alternatives.ts'
import { sayStates } from '../output/progress.ts'
import { type Listing, clientFor, readListing } from '../select/listing.ts'

const DEFAULT_TIMEOUT = '60s'

const options = {
  min: value('--min <count>', 'at least this many instances (1; 0 when --max is given)'),
  max: value('--max <count>', 'at most this many'),
  gone: toggle('--gone', 'wait until no instance is left, whatever its status'),
  ...selectorOptions,
} as const

type Flags = OptionValues<typeof options>

export const wait = command({
  name: 'wait',
  usage: '<service>',
  examples: [
    { line: 'rollcall wait payments --min 3', does: 'three that are up, within 60 seconds' },
    { line: 'rollcall wait payments --version v1.4.2 --timeout 5m', does: 'the build that was just deployed' },
    { line: 'rollcall wait payments --gone --host 10.0.3.7', does: 'nothing is left of a host' },
    { line: 'rollcall wait payments --timeout 0s', does: 'check once: status 0 or 1' },
  ],
  notes: [
    'By default it waits until one instance is up (--min 1), for at most 60 seconds (--timeout 60s).',
    'It counts the instances that are up, or those of --status, that the selectors match. A service that is not registered yet has none. While the registry cannot be reached it keeps trying.',
    'Status 124 when the time is up, or 1 with --timeout 0s, with the last state and the condition that failed.',
  ],
  options,
  ownsTimeout: true,
  async run(context, words, flags) {
    const service = theService(words)
    const listing = readListing(context, [service], selectorsOf(flags))
    const condition = conditionOf(listing, flags)
    const given = context.globals.timeout ?? DEFAULT_TIMEOUT
    const timeout = durationFlag('--timeout', given)
    const output = parseOutput(context.globals)
    const state = await waitFor(await clientFor(context, listing), condition, {
      timeout,
      signal: context.signal,
      ...sayStates(context, ({ failed }: WaitState) => `${service}: ${failed}`),
    })
    await writeState(context, output, { service, selectors: givenSelectors(selectorsOf(flags)), condition, state })
    if (state.failed === undefined) return 0
    const fact = `${service}: ${state.failed}`
    const isEmpty = state.entries.length === 0 && state.candidates === 0
    const hint =
      (isEmpty && (await idHint(context, service, (owner) => `rollcall wait ${owner}`))) ||
      `rollcall ls ${service} shows what is there`
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

function conditionOf({ scope, inScope: where, selects: test }: Listing, flags: Flags): WaitCondition {
  const selectors = selectorsOf(flags)
  const hasSelectors = Object.keys(givenSelectors(selectors)).length > 0
  const selection = hasSelectors
    ? { test, words: selectorWords(selectors), differenceOf: differenceFrom(selectors) }
    : undefined
  const { statuses } = parseSelection({ status: flags.status })
  if (flags.gone) {
    const other = flags.min ?? flags.max ?? flags.status[0]
    if (other === undefined) return { scope, where, selection, min: 0, max: 0 }
    throw new RollcallError('usage', '--gone cannot be combined with --min, --max or --status', {
      hint: 'to wait until none of a status is left: --max 0 --status STATUS',
    })
  }
  const max = wholeNumber('--max', flags.max, undefined)
  const min = wholeNumber('--min', flags.min, max === undefined ? 1 : 0)
  if (max !== undefined && min > max) {
    throw new RollcallError('usage', `--min ${min} and --max ${max} cannot both hold`, { hint: 'are they swapped?' })
  }
  const counted = statuses.length > 0 ? statuses : (['up'] as const)
  return { scope, where, selection, statuses: counted, min, ...(max === undefined ? {} : { max }) }
}

/** All selectors but `--status`, which chooses what is counted. */
function selectorsOf({ selector, version, scheme, env, host, tag, noProxies, olderThan }: Flags): SelectionFlags {
  return { selector, version, scheme, env, host, tag, noProxies, olderThan }
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
