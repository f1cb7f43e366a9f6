import type { Client } from '../../client/client.ts'
import { RollcallError } from '../../model/errors.ts'
import { type FileContent, allHeld, instancesFromFile } from '../args/instance-file.ts'
import { type InstanceInput, instanceFromFlags } from '../args/instance-input.ts'
import {
  type RegisterFlags,
  registerOptions,
  retriesFrom,
  settingsFrom,
  theService,
  ttlFrom,
} from '../args/register-flags.ts'
import { planned } from '../change/outcomes.ts'
import { prepareWrite, writeResults } from '../change/results.ts'
import { type Context, command } from '../command.ts'
import { keepAll } from '../instances/heartbeats.ts'
import { refusedOf, registerAll, warnOfEndpoints } from '../instances/registration.ts'

export const register = command({
  name: 'register',
  usage: '<service> --endpoint URL... | -f FILE',
  examples: [
    { line: 'rollcall register sre -e grpc://10.0.0.1:9000 --version v1.0.0', does: 'once; gone after its TTL' },
    { line: 'rollcall register sre -e grpc://10.0.0.1:9000 --keep-alive', does: 'until Ctrl-C' },
    {
      line: 'rollcall register mail -e http://10.0.0.2:8080 --layout aio',
      does: 'as an AIO record, whose liveness is in its value',
    },
    { line: 'rollcall register -f instances.yaml', does: 'the instances in a file' },
    {
      line: 'rollcall ls --all -o ndjson | rollcall register -f - -r file:./copy.db',
      does: 'a copy of another registry',
    },
  ],
  notes: [
    'Registering an instance that is already there only renews its lease once. Another instance with that id is a conflict (status 7), unless you pass --replace; so is the same instance in another place, unless --layout says which.',
    'Without --id, each endpoint becomes an instance of its own where the layout stores one endpoint a record.',
  ],
  options: registerOptions,
  async run(context, words, flags) {
    await prepareWrite(context, flags.dryRun)
    const described = await describedBy(context, words, flags)
    const client = await context.client()
    const settings = settingsFrom(
      flags,
      client.capabilities,
      `${client.target.display}, layout ${client.target.layout}`,
    )
    const write = {
      ...ttlFrom(client, flags.ttl),
      replace: flags.replace,
      keepAlive: flags.keepAlive,
      signal: context.signal,
    }
    const retries = retriesFrom(flags)
    const { inputs, unfit } = allHeld(client.backend, described, { ...write, settings })
    const [first] = unfit
    // When nothing can be registered, or all has to be kept alive, the first error ends the command.
    if (first && (flags.keepAlive || inputs.length === 0)) throw first.error
    warnOfEndpoints(context, client, inputs)
    if (flags.dryRun)
      return await writeResults(context, [...inputs.map((input) => plannedOf(client, input)), ...unfit.map(refusedOf)])
    if (!flags.keepAlive) return await registerAll(context, inputs, { ...write, unfit })
    return await keepAll(context, inputs, { ...write, ...retries, keepAlive: true, leave: flags.leave })
  },
})

async function describedBy(context: Context, words: readonly string[], flags: RegisterFlags): Promise<FileContent> {
  const place = (await context.resolved()).target
  if (flags.file === undefined)
    return { inputs: [instanceFromFlags(theService('register', words), flags, place)], unfit: [] }
  const { endpoint, id, version, meta, weight, env } = flags
  if (words.length > 0 || endpoint.length > 0 || meta.length > 0 || [id, version, weight, env].some(Boolean)) {
    throw new RollcallError(
      'usage',
      '--file cannot be combined with a service or with flags that describe an instance',
      {
        hint: 'put them into the file',
      },
    )
  }
  return await instancesFromFile(context, flags.file, place)
}

function plannedOf({ backend }: Client, { instance, beside }: InstanceInput) {
  return planned('register', { service: instance.name, id: instance.id, records: backend.encode(instance, beside) })
}
