import type { WriteOptions } from '../../backends/contract/backend.ts'
import type { Client } from '../../client/client.ts'
import { rulesFor } from '../../client/writable-endpoints.ts'
import { RollcallError } from '../../model/errors.ts'
import { command, type Context } from '../command.ts'
import { durationFlag, type OptionValues, list, toggle, value, dryRunOption, wholeNumber } from '../args/options.ts'
import { type FileContent, type UnfitInstance, instancesFromFile, asHeld } from '../args/instance-file.ts'
import { type InstanceInput, instanceFromFlags } from '../args/instance-input.ts'
import { keepAll } from '../keep-all.ts'
import { planned } from '../outcomes.ts'
import { refusedOf, registerAll } from '../register-all.ts'
import { settingOptions, settingsFrom } from '../args/register-flags.ts'
import { withoutScheme } from '../args/targets.ts'
import { prepareWrite, writeResults } from '../write-results.ts'

const options = {
  endpoint: list('-e, --endpoint <url>', 'where it answers: grpc://10.0.0.1:9000; may be repeated'),
  file: value('-f, --file <path>', 'instances from a YAML or JSON file, - for standard input'),
  id: value('--id <id>', 'made from name, first address and env where it is left out'),
  version: value('--version <version>', 'of the service'),
  meta: list('--meta <key=value>', 'metadata; may be repeated'),
  weight: value('--weight <number>', 'share of the traffic'),
  env: value('--env <env>', 'dev, test, prod, …'),
  ttl: value('--ttl <duration>', 'how long it lives without a heartbeat, or none (15s)'),
  replace: toggle('--replace', 'take the place of another instance of that id'),
  keepAlive: toggle('--keep-alive', 'send heartbeats until stopped, then deregister'),
  leave: toggle('--leave', 'with --keep-alive: do not deregister when stopped'),
  retries: value('--retries <count>', 'with --keep-alive: give up after so many failures in a row (never)'),
  ...settingOptions,
  ...dryRunOption,
} as const

type Flags = OptionValues<typeof options>

export const register = command({
  name: 'register',
  usage: '<service> --endpoint URL... | -f FILE',
  summary: 'register an instance, once or with a heartbeat',
  examples: [
    { line: 'rollcall register sre -e grpc://10.0.0.1:9000 --version v1.0.0', does: 'once; gone after its TTL' },
    { line: 'rollcall register sre -e grpc://10.0.0.1:9000 --keep-alive', does: 'until Ctrl-C' },
    {
      line: 'rollcall register mail -e http://10.0.0.2:8080 --layout aio',
      does: 'as an AIO record, whose liveness is in its value',
    },
    { line: 'rollcall register -f instances.yaml', does: 'what a file describes' },
    {
      line: 'rollcall ls --all -o ndjson | rollcall register -f - -r file:./copy.db',
      does: 'what another registry has',
    },
  ],
  notes: [
    'Registering what is already there is no change: its lease is renewed once. Another instance under that id is a conflict (status 7), unless --replace; so is the same one in another place, unless --layout names which.',
    'Without an id, several endpoints are an instance each where the layout holds one endpoint a record.',
  ],
  options,
  async run(context, words, flags) {
    await prepareWrite(context, flags.dryRun)
    const described = await describedBy(context, words, flags)
    const client = await context.client()
    const settings = settingsFrom(
      flags,
      client.capabilities,
      `${client.target.display}, layout ${client.target.layout},`,
    )
    const write = {
      ...ttlFrom(client, flags.ttl),
      replace: flags.replace,
      keepAlive: flags.keepAlive,
      signal: context.signal,
    }
    const retries = retriesFrom(flags)
    const { inputs, unfit } = allHeld(client, described, { ...write, settings })
    const [first] = unfit
    // Where nothing can be registered, the fault is the answer; so is it for what is to be kept alive.
    if (first && (flags.keepAlive || inputs.length === 0)) throw first.error
    if (flags.dryRun)
      return await writeResults(context, [...inputs.map((input) => plannedOf(client, input)), ...unfit.map(refusedOf)])
    if (!flags.keepAlive) return await registerAll(context, inputs, { ...write, unfit })
    return await keepAll(context, inputs, { ...write, ...retries, leave: flags.leave })
  },
})

/** Each as the layout holds it; what it cannot hold is unfit. */
function allHeld(client: Client, { inputs, unfit }: FileContent, { settings, ...write }: WriteOptions): FileContent {
  const held: InstanceInput[] = []
  const unheld: UnfitInstance[] = []
  for (const input of inputs) {
    try {
      held.push(...asHeld(client.backend, { ...input, beside: { ...input.beside, settings } }, write))
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error
      unheld.push({ instance: input.instance, error })
    }
  }
  return { inputs: held, unfit: [...unfit, ...unheld] }
}

async function describedBy(context: Context, words: readonly string[], flags: Flags): Promise<FileContent> {
  const { layout } = (await context.resolved()).target
  const input = rulesFor(layout)
  if (flags.file === undefined) return { inputs: [instanceFromFlags(theService(words), flags, input)], unfit: [] }
  const { endpoint, id, version, meta, weight, env } = flags
  if (words.length > 0 || endpoint.length > 0 || meta.length > 0 || [id, version, weight, env].some(Boolean)) {
    throw new RollcallError('usage', '--file says all of the instances', {
      hint: 'leave out the service and the flags that describe an instance',
    })
  }
  return await instancesFromFile(context, flags.file, input)
}

function theService(words: readonly string[]): string {
  const [service, ...rest] = words.map(withoutScheme)
  if (service === undefined)
    throw new RollcallError('usage', 'no service is named', { hint: 'rollcall register <service> --endpoint URL' })
  if (rest.length > 0) {
    throw new RollcallError('usage', `register takes one service, not also ${rest.join(' ')}`, {
      hint: 'the id is given by --id',
    })
  }
  return service
}

/** Seconds; null for none; nothing where the registry's own default holds. */
function ttlFrom({ target, capabilities }: Client, text: string | undefined): { ttl?: number | null } {
  if (text === undefined) return {}
  if (text === 'none') return { ttl: null }
  if (!capabilities.ttl) {
    throw new RollcallError('usage', `--ttl: ${target.driver} with layout ${target.layout} holds no TTL`, {
      hint: 'leave --ttl out',
    })
  }
  const milliseconds = durationFlag('--ttl', text, 1000)
  if (milliseconds % 1000 === 0) return { ttl: milliseconds / 1000 }
  throw new RollcallError('usage', `--ttl ${text} is no number of whole seconds`, { hint: 'write for example 15s' })
}

function retriesFrom({ retries, leave, keepAlive }: Flags): { retries?: number } {
  if (!keepAlive && (retries !== undefined || leave)) {
    throw new RollcallError('usage', '--retries and --leave go with --keep-alive', {
      hint: 'add it, or leave them out',
    })
  }
  const count = wholeNumber('--retries', retries, undefined)
  return count === undefined ? {} : { retries: count }
}

function plannedOf({ backend }: Client, { instance, beside }: InstanceInput) {
  return planned('register', { service: instance.name, id: instance.id, records: backend.encode(instance, beside) })
}
