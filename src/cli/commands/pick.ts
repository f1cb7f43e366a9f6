import { STRATEGIES, type StrategyName } from '../../balance/strategy.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { isGlob } from '../../reports/glob.ts'
import { type OptionValues, list, selectorOptions, toggle, value } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import { writeThing } from '../output/documents.ts'
import { parseOutput } from '../output/options.ts'
import { amount } from '../../model/count.ts'
import { beginning, clean } from '../output/text.ts'
import { type Listing, clientFor, readListing } from '../select/listing.ts'
import { servicesNotFound } from '../select/not-found.ts'
import { type Reason, explain, lineOf, pickable } from '../select/pick-candidates.ts'
import { choose, memoryPath } from '../select/pick-choice.ts'

const FORMATS = ['url', 'addr', 'json'] as const

const options = {
  strategy: value('--strategy <name>', `how one is chosen: ${STRATEGIES.join(', ')} (round-robin)`, STRATEGIES),
  hashKey: value('--hash-key <text>', 'the same instance for the same text, as long as it is up'),
  prefer: list('--prefer <query>', 'prefer these, such as zone=a; the others when none of these is up'),
  why: toggle('--why', 'explain why each instance was chosen or left out'),
  ...selectorOptions,
} as const

type Flags = OptionValues<typeof options>

export const pick = command({
  name: 'pick',
  usage: '<service>',
  examples: [
    { line: 'rollcall pick payments --scheme http', does: 'the next one in turn' },
    {
      line: 'rollcall pick payments -o addr --strategy smooth-weighted --prefer zone=ams-1',
      does: 'by weight, near ones first',
    },
    { line: 'rollcall pick payments --hash-key user-42 --why', does: 'the same instance for the same user' },
  ],
  notes: [
    'Output is url, addr (host:port) or json. Only instances that are up are picked, or those of --status. Status 1 when there is none.',
    'round-robin and smooth-weighted continue where the last run with the same flags stopped. least-rtt connects to two random instances and picks the quicker. An instance without a weight has weight 100, or in Consul the 1 that Consul gives it, unless another has a weight in its metadata.',
    '--prefer may be repeated: each narrows further, as long as an instance is left.',
  ],
  options,
  async run(context, words, flags) {
    const service = theService(words)
    const output = parseOutput(context.globals, FORMATS)
    const strategy = strategyFrom(flags)
    const { entries, listing, question } = await look(context, service, flags)
    const memory = memoryPath(context.io.env, [...question, strategy])
    const { hashKey = '' } = flags
    const chosen = await choose(context, entries, { ...pickable(listing, flags), strategy, hashKey, memory })
    const why = explain(chosen, listing)
    const { picked } = chosen
    if (flags.why && (output.format !== 'json' || !picked)) await sayWhy(context, strategy, why)
    if (!picked) throw noneUp(service, why)
    const { url, address, instance } = picked
    if (output.format === 'json') {
      const candidates = why.filter(({ candidate }) => candidate).length
      const result = { service, id: instance.id, url, address, strategy, candidates }
      const thing = { ...result, ...(flags.why ? { why } : {}) }
      await writeThing(context.io.stdout, 'Pick', thing, { format: 'json', fields: output.fields })
    } else await context.io.stdout.write(`${beginning(clean(output.format === 'url' ? url : address))}\n`)
    return 0
  },
})

function theService(words: readonly string[]): string {
  const [service, ...rest] = words
  if (service !== undefined && service !== '' && rest.length === 0 && !isGlob(service)) return service
  throw new RollcallError('usage', 'pick takes one service', { hint: 'for example: rollcall pick payments' })
}

function strategyFrom({ strategy, hashKey }: Flags): StrategyName {
  const named = STRATEGIES.find((name) => name === strategy) ?? (hashKey === undefined ? 'round-robin' : 'hash')
  if ((named === 'hash') === (hashKey !== undefined)) return named
  throw named === 'hash'
    ? new RollcallError('usage', '--strategy hash needs --hash-key', { hint: 'add --hash-key TEXT' })
    : new RollcallError('usage', `--hash-key conflicts with --strategy ${named}`, {
        hint: 'leave one of them out',
      })
}

interface PickLook {
  /** The instances of the service. */
  readonly entries: readonly InstanceEntry[]
  readonly listing: Listing
  /** The registry and flags of this run: runs with the same ones take turns. */
  readonly question: readonly unknown[]
}

async function look(context: Context, word: string, flags: Flags): Promise<PickLook> {
  const { selector, status, version, scheme, env, host, tag, noProxies, olderThan, prefer } = flags
  const selectors = { selector, status, version, scheme, env, host, tag, noProxies, olderThan }
  const listing = readListing(context, [word], selectors)
  const client = await clientFor(context, listing)
  const entries: InstanceEntry[] = []
  for await (const entry of client.entries(listing.scope, { signal: context.signal })) {
    if (entry.is === 'instance' && listing.inScope(entry)) entries.push(entry)
  }
  if (entries.length === 0) throw await servicesNotFound(context, listing.services)
  return {
    entries,
    listing,
    question: [client.target.display, listing.services, selectors, prefer],
  }
}

async function sayWhy(context: Context, strategy: StrategyName, why: readonly Reason[]): Promise<void> {
  const candidates = why.filter(({ candidate }) => candidate).length
  await context.say(`${strategy}: 1 of ${amount(candidates, 'candidate')}`)
  for (const reason of why) await context.say(`  ${lineOf(reason)}`)
}

function noneUp(service: string, why: readonly Reason[]): RollcallError {
  const counts = new Map<string, number>()
  for (const { reason = '' } of why) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const reasons = [...counts].map(([reason, count]) => `${reason} ×${count}`).join(', ')
  return new RollcallError('not-found', `${service} has no instance that can be picked: ${reasons}`, {
    hint: `rollcall ls ${service} shows them all`,
  })
}
