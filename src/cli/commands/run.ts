import { RollcallError } from '../../model/errors.ts'
import { allHeld } from '../args/instance-file.ts'
import { instanceFromFlags } from '../args/instance-input.ts'
import { type OptionValues, durationFlag, value } from '../args/options.ts'
import { instanceOptions, settingOptions, settingsFrom, theService, ttlFrom } from '../args/register-flags.ts'
import { requireWritable } from '../change/confirmation.ts'
import { Child } from '../child/child.ts'
import { leaveFirstPlace } from '../child/first-process.ts'
import { readinessFrom, readinessOptions, untilReady } from '../child/readiness.ts'
import { type RunningInstance, keepRegistered } from '../child/registered.ts'
import { passOn } from '../child/passed-on.ts'
import { type Context, command } from '../command.ts'
import { warnOfEndpoints } from '../instances/registration.ts'
import { parseOutput } from '../output/options.ts'

const options = {
  ...instanceOptions,
  ...readinessOptions,
  grace: value('--grace <duration>', 'time between deregistering and passing on SIGTERM or SIGINT (10s)'),
  ...settingOptions,
} as const

export const run = command({
  name: 'run',
  usage: '<service> --endpoint URL... -- command [argument...]',
  examples: [
    { line: 'rollcall run web -e http://10.0.0.1:8080 -- ./web --port 8080', does: 'registered while it runs' },
    {
      line: 'rollcall run web -e http://10.0.0.1:8080 --ready-http http://127.0.0.1:8080/health -- ./web',
      does: 'once it is ready',
    },
    {
      line: 'rollcall run sre -e grpc://10.0.0.1:9000 --ready-tcp 127.0.0.1:9000 --grace 30s -- ./sre',
      does: 'with half a minute for its clients to leave',
    },
  ],
  notes: [
    'The command has the streams of rollcall itself; what rollcall says is on standard error. It is started before the registry is asked for anything, and the registry never ends it: while the instance cannot be registered, that is said and tried again.',
    'On SIGTERM and SIGINT the instance is deregistered at once, and the command gets the signal after --grace, or at once where it was not registered yet; a second signal is passed on without delay, as all others are. On a terminal Ctrl-C reaches the command by itself.',
    'When the command ends, the instance is deregistered, and the exit status is that of the command: 128 and the number of the signal that ended it, if one did.',
    'As the first process of a container, which inherits what the command leaves behind, /bin/sh takes its place and starts rollcall below it (Node 22.15 and later; else docker run --init).',
  ],
  options,
  takesProgram: true,
  async run(context, words, flags, program) {
    const grace = durationFlag('--grace', flags.grace ?? '10s')
    const ready = readinessFrom(flags, context.io.cwd)
    if (program.length === 0) {
      throw new RollcallError('usage', 'run needs a command to run', {
        hint: 'write it after --: rollcall run web -e http://10.0.0.1:8080 -- ./web',
      })
    }
    parseOutput(context.globals, ['table'])
    await leaveFirstPlace(context)
    await requireWritable(context)
    const registrations = await described(context, words, flags)
    context.signal.throwIfAborted()
    const child = await Child.start(program, context.io)
    const stop = new AbortController()
    let registered: Promise<unknown> | undefined
    const register = (): void => {
      registered = Promise.all(registrations.map((each) => keepRegistered(context, each, stop.signal)))
    }
    passOn(context, child, {
      grace,
      leave: () => {
        stop.abort()
        return registered !== undefined
      },
    })
    untilReady(ready, stop.signal).then(register, () => {})
    const status = await child.exited
    stop.abort()
    await registered
    context.signal.throwIfAborted()
    return status
  },
})

/** What the flags describe: an instance, or several where the layout stores one endpoint a record. */
async function described(
  context: Context,
  words: readonly string[],
  flags: OptionValues<typeof options>,
): Promise<RunningInstance[]> {
  const place = (await context.resolved()).target
  const input = instanceFromFlags(theService('run', words), flags, place)
  const client = await context.client()
  const { target, capabilities, backend } = client
  const settings = settingsFrom(flags, capabilities, `${target.display}, layout ${target.layout}`)
  const write = { ...ttlFrom(client, flags.ttl), replace: flags.replace, keepAlive: true } as const
  const { inputs, unfit } = allHeld(backend, { inputs: [input], unfit: [] }, { ...write, settings })
  for (const { error } of unfit) throw error
  warnOfEndpoints(context, client, inputs)
  return inputs.map(({ instance, beside }) => ({ instance, options: { ...write, ...beside } }))
}
