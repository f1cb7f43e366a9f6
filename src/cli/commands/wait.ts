import type { FailOn, WaitCondition, WaitService } from '../../client/wait/condition.ts'
import type { WaitState } from '../../client/wait/state.ts'
import { wait as waitFor } from '../../client/wait/wait.ts'
import { RollcallError } from '../../model/errors.ts'
import { STATUSES, type Status, statusOf } from '../../model/status.ts'
import { commaSeparated } from '../../reports/comma-separated.ts'
import { glob } from '../../reports/glob.ts'
import { didYouMean } from '../../reports/near-names.ts'
import { differenceFrom, givenSelectors, selectorWords } from '../../reports/selection-words.ts'
import { type SelectionFlags, parseSelection } from '../../reports/selection.ts'
import { type OptionValues, durationFlag, list, selectorOptions, toggle, value, wholeNumber } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import { CLAIM_FORMATS, parseOutput } from '../output/options.ts'
import { sayStates } from '../output/progress.ts'
import { writeWait } from '../output/waits.ts'
import { idHint } from '../select/alternatives.ts'
import { type Listing, clientFor, readListing } from '../select/listing.ts'

const DEFAULT_TIMEOUT = '60s'

const options = {
  min: value('--min <count>', 'at least this many instances (1; 0 when --max is given)'),
  max: value('--max <count>', 'at most this many'),
  gone: toggle('--gone', 'wait until no instance is left, whatever its status'),
  stable: value('--stable <duration>', 'the condition must hold for this long without a break'),
  failOn: list(
    '--fail-on <malformed|status>',
    'end with status 1 at once for malformed records, or an instance of this status',
  ),
  ...selectorOptions,
} as const

type Flags = OptionValues<typeof options>

export const wait = command({
  name: 'wait',
  usage: '<service>...',
  examples: [
    { line: 'rollcall wait payments --min 3', does: 'three that are up, within 60 seconds' },
    { line: 'rollcall wait payments orders users --timeout 5m', does: 'one of each' },
    {
      line: 'rollcall wait payments --version v1.4.2 --stable 10s --fail-on malformed,down',
      does: 'the build that was just deployed, and no trouble with it',
    },
    { line: 'rollcall wait payments --gone --host 10.0.3.7', does: 'nothing is left of a host' },
    { line: 'rollcall wait payments --timeout 0s', does: 'check once: status 0 or 1' },
  ],
  notes: [
    'By default it waits until one instance is up (--min 1), for at most 60 seconds (--timeout 60s). Of several services, the condition must hold of each at the same time. A pattern counts the services that it matches together.',
    'It counts the instances that are up, or those of --status, that the selectors match. A service that is not registered yet has none. While the registry cannot be reached it keeps trying, and --stable begins again.',
    '--fail-on malformed means any record of these services that no client can use; --fail-on with a status, an instance that the selectors match.',
    'Status 124 when the time is up, or 1 with --timeout 0s or --fail-on, with the last state and the condition that failed.',
  ],
  options,
  ownsTimeout: true,
  async run(context, words, flags) {
    const listing = readListing(context, words, selectorsOf(flags))
    const given = context.globals.timeout ?? DEFAULT_TIMEOUT
    const timeout = durationFlag('--timeout', given)
    const condition = { ...conditionOf(listing, flags), ...stableOf(flags, timeout, given) }
    const output = parseOutput(context.globals, CLAIM_FORMATS)
    const client = await clientFor(context, listing)
    const state = await waitFor(client, condition, {
      timeout,
      signal: context.signal,
      ...sayStates(context, ({ failed = '' }: WaitState) => failed),
    })
    const selectors = givenSelectors(selectorsOf(flags))
    await writeWait(context, output, { condition, selectors, state, registry: client.target.display })
    if (state.failed === undefined) return 0
    const hint = await hintFor(context, state)
    throw timeout === 0 || state.isHopeless
      ? new RollcallError('not-found', state.failed, { hint })
      : new RollcallError('deadline', `${state.failed}; waited ${given}`, { hint })
  },
})

async function hintFor(context: Context, { services }: WaitState): Promise<string> {
  const malformed = services.find(({ failedOn }) => failedOn?.['malformed'] !== undefined)
  if (malformed) return `rollcall check-keys ${malformed.service} explains it`
  const [first, ...others] = services.filter(({ failed }) => failed !== undefined)
  const service = first?.service ?? ''
  const isEmpty = others.length === 0 && first?.entries.length === 0 && first.candidates === 0
  const meant = isEmpty ? await idHint(context, service, (owner) => `rollcall wait ${owner}`) : undefined
  return meant ?? `rollcall ls ${service} shows what is there`
}

function conditionOf(listing: Listing, flags: Flags): WaitCondition {
  const { scope, selects: test } = listing
  const selectors = selectorsOf(flags)
  const hasSelectors = Object.keys(givenSelectors(selectors)).length > 0
  const selection = hasSelectors
    ? { test, words: selectorWords(selectors), differenceOf: differenceFrom(selectors) }
    : undefined
  const { statuses } = parseSelection({ status: flags.status })
  const counted: readonly Status[] = statuses.length > 0 ? statuses : ['up']
  const failOn = failOnOf(flags)
  const about = { scope, services: servicesOf(listing), selection, ...(failOn && { failOn }) }
  if (flags.gone) {
    const other = flags.min ?? flags.max ?? flags.status[0]
    if (other === undefined) return { ...about, min: 0, max: 0 }
    throw new RollcallError('usage', '--gone cannot be combined with --min, --max or --status', {
      hint: 'to wait until none of a status is left: --max 0 --status STATUS',
    })
  }
  const max = wholeNumber('--max', flags.max, undefined)
  const min = wholeNumber('--min', flags.min, max === undefined ? 1 : 0)
  if (max !== undefined && min > max) {
    throw new RollcallError('usage', `--min ${min} and --max ${max} cannot both hold`, { hint: 'are they swapped?' })
  }
  const both = min > 0 && counted.find((status) => failOn?.statuses.includes(status))
  if (both) {
    throw new RollcallError('usage', `--fail-on ${both} ends the wait for what it waits for`, {
      hint: `it counts instances that are ${counted.join(' or ')}; leave out one of them`,
    })
  }
  return { ...about, statuses: counted, min, ...(max === undefined ? {} : { max }) }
}

function servicesOf({ services }: Listing): readonly [WaitService, ...WaitService[]] {
  const [first, ...others] = [...new Set(services)].map((name) => ({ name, test: glob(name) }))
  if (first) return [first, ...others]
  throw new RollcallError('usage', 'wait needs a service', { hint: 'for example: rollcall wait payments --min 3' })
}

function failOnOf({ failOn }: Flags): FailOn | undefined {
  const words = commaSeparated(failOn, '--fail-on')
  if (words.length === 0) return undefined
  const statuses = words.filter((word) => word !== 'malformed').map(badStatus)
  return { malformed: words.includes('malformed'), statuses: [...new Set(statuses)] }
}

function badStatus(word: string): Status {
  const status = statusOf(word.toLowerCase())
  if (status) return status
  const known = ['malformed', ...STATUSES]
  throw new RollcallError('usage', `--fail-on "${word}" is neither malformed nor a status`, {
    hint: didYouMean(word, known) ?? `one of ${known.join(', ')}`,
  })
}

/** Checks that the time is long enough for it. @throws RollcallError `usage` */
function stableOf({ stable }: Flags, timeout: number, given: string): Pick<WaitCondition, 'stable'> {
  if (stable === undefined) return {}
  const milliseconds = durationFlag('--stable', stable)
  if (timeout > milliseconds) return { stable: milliseconds }
  throw new RollcallError('usage', `--stable ${stable} does not fit into --timeout ${given}`, {
    hint: `raise --timeout above ${stable}`,
  })
}

/** All selectors but `--status`, which chooses what is counted. */
function selectorsOf({ selector, version, scheme, env, host, tag, noProxies, olderThan }: Flags): SelectionFlags {
  return { selector, version, scheme, env, host, tag, noProxies, olderThan }
}
