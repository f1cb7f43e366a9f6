import type { Registration, WriteOptions } from '../../backends/backend.ts'
import { formatDuration, parseDuration } from '../../model/duration.ts'
import { RollcallError } from '../../model/errors.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { type InstanceInput, instanceFromFlags } from '../instance-input.ts'
import { instancesFromFile } from '../instance-file.ts'
import { keepAll } from '../keep-all.ts'
import { list, toggle, value } from '../option.ts'
import { requireWritable } from '../prompt.ts'
import { dryRunOption } from '../shared-options.ts'
import { readServices } from '../targets.ts'
import { type WriteItem, planned, registered, writeResults } from '../write-results.ts'

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
  ...dryRunOption,
} as const

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
  ],
  notes: [
    'Registering what is already there is no change: its lease is renewed once. Another instance under that id is a conflict (status 7), unless --replace.',
  ],
  options,
  async run(context, words, flags) {
    await requireWritable(context)
    const inputs =
      flags.file === undefined ? [instanceFromFlags(theService(words), flags)] : await fromFile(context, words, flags)
    const common = { ...ttlOf(flags.ttl), replace: flags.replace, keepAlive: flags.keepAlive, signal: context.signal }
    const client = await context.client()
    const wanted = client.capabilities.ttl || flags.ttl === undefined
    if (!wanted) throw new RollcallError('usage', 'this layout holds no TTL', { hint: 'leave --ttl out' })
    if (flags.dryRun) {
      await writeResults(
        context,
        inputs.map(({ instance, ...beside }) =>
          planned('register', {
            service: instance.name,
            id: instance.id,
            records: client.backend.encode(instance, beside),
          }),
        ),
      )
      return 0
    }
    if (flags.keepAlive)
      return await keepAll(context, inputs, { ...common, leave: flags.leave, ...retriesOf(flags.retries) })
    const items: WriteItem[] = []
    for (const input of inputs)
      items.push(registered(input.instance, await client.register(input.instance, { ...common, ...holdings(input) })))
    const status = await writeResults(context, items)
    await sayWhenGone(context, items)
    return status
  },
})

function theService(words: readonly string[]): string {
  const [service, ...rest] = readServices(words)
  if (service === undefined)
    throw new RollcallError('usage', 'no service is named', { hint: 'rollcall register <service> --endpoint URL' })
  if (rest.length > 0) {
    throw new RollcallError('usage', `register takes one service, not also ${rest.join(' ')}`, {
      hint: 'the id is given by --id',
    })
  }
  return service
}

async function fromFile(
  context: Context,
  words: readonly string[],
  flags: { file?: string; endpoint: readonly string[] },
): Promise<InstanceInput[]> {
  if (words.length > 0 || flags.endpoint.length > 0) {
    throw new RollcallError('usage', '--file describes the instances wholly', {
      hint: 'leave the service and --endpoint out',
    })
  }
  return await instancesFromFile(flags.file ?? '-', context.io)
}

/** Seconds; null for none; nothing where the registry's own default holds. */
function ttlOf(text: string | undefined): Pick<WriteOptions, 'ttl'> {
  if (text === undefined) return {}
  if (text === 'none') return { ttl: null }
  const milliseconds = parseDuration(text)
  if (milliseconds !== undefined && milliseconds > 0 && milliseconds % 1000 === 0) return { ttl: milliseconds / 1000 }
  throw new RollcallError('usage', `--ttl ${text} is no number of whole seconds`, {
    hint: 'write for example 15s, 2m or none',
  })
}

function retriesOf(text: string | undefined): { retries?: number } {
  if (text === undefined) return {}
  if (/^\d+$/.test(text)) return { retries: Number(text) }
  throw new RollcallError('usage', `--retries ${text} is no whole number`, { hint: 'write for example --retries 5' })
}

function holdings({ weight, env }: InstanceInput): { weight?: number; env?: string } {
  return { ...(weight === undefined ? {} : { weight }), ...(env === undefined ? {} : { env }) }
}

/** Without a heartbeat the record will be gone: says when, and how to renew it. */
async function sayWhenGone(context: Context, items: readonly WriteItem[]): Promise<void> {
  for (const { service, id, expiresAt } of items) {
    if (expiresAt === undefined) continue
    const left = formatDuration(Date.parse(expiresAt) - context.now())
    await context.say(
      `${service}/${id} will be gone in ${left}; rollcall renew ${service}/${id} --every 5s keeps it, register --keep-alive too`,
    )
  }
}
