import { type IncomingMessage, type ServerResponse, request } from 'node:http'
import type { Backend, WriteOptions } from '../../src/backends/contract/backend.ts'
import type { InstanceInit } from '../../src/model/instance.ts'
import { RollcallError } from '../../src/model/errors.ts'
import type { RawRecord } from '../../src/model/record.ts'
import { LocalHttp } from '../servers/local-http.ts'

/** What no registry answers, and what some answer for nothing. */
export const STRANGE = [
  'null',
  '[]',
  '{}',
  '""',
  '"text"',
  '0',
  'true',
  '[null]',
  '[[]]',
  '[{}]',
  '{"a":null}',
  '',
  '<html>',
]

/** Answers one thing, whatever is asked; or passes all on to a real server but what is asked of some paths. */
export class StrangeServer extends LocalHttp {
  /** `METHOD /path`, each once, without queries. */
  readonly routes = new Set<string>()
  /** What is answered, and to which route; all where it is left out. */
  answers: { readonly body: string; readonly route?: string } | undefined
  readonly #behind: string | undefined

  private constructor(behind: string | undefined) {
    super()
    this.#behind = behind
  }

  /** `behind`: the `host:port` of a real server. */
  static async start(behind?: string): Promise<StrangeServer> {
    return await new StrangeServer(behind).listening()
  }

  protected serve(asked: IncomingMessage, answer: ServerResponse): void {
    const { method, url = '', headers } = asked
    const route = `${method} ${url.split('?')[0]}`
    this.routes.add(route)
    const { answers } = this
    if (answers && (answers.route ?? route) === route) {
      asked.resume()
      answer.writeHead(200, { 'content-type': answers.body.startsWith('<') ? 'text/html' : 'application/json' })
      answer.end(answers.body)
      return
    }
    const [host, port] = this.#behind?.split(':') ?? []
    const passedOn = request({ host, port, method, path: url, headers, agent: false }, (answered) => {
      answer.writeHead(answered.statusCode ?? 500, answered.headers)
      answered.pipe(answer)
    })
    passedOn.on('error', () => answer.destroy())
    answer.once('close', () => passedOn.destroy())
    asked.pipe(passedOn)
  }
}

/** Everything that a backend can be asked, one after the other; what each step threw. */
export async function everything(
  open: () => Promise<Backend>,
  instance: InstanceInit,
  options: WriteOptions = {},
): Promise<Map<string, unknown>> {
  const thrown = new Map<string, unknown>()
  const backend = await open()
  let records: RawRecord[] = []
  const scan = async (scope: Parameters<Backend['scan']>[0], detail: boolean) => {
    const seen: RawRecord[] = []
    for await (const page of backend.scan(scope, { detail, structure: true })) seen.push(...page.records)
    for (const record of seen) backend.removalEffect(record, backend.read(record, Date.now()))
    if (seen.length > 0) records = seen
  }
  const steps: Record<string, () => Promise<unknown>> = {
    register: async () => (await backend.register(instance, options)).release(),
    'scan all': () => scan({}, false),
    'scan in detail': () => scan({}, true),
    'scan a service': () => scan({ services: [instance.name] }, true),
    'scan a key': () =>
      backend.capabilities('auto').rawKeys ? scan({ rawKey: records[0]?.id ?? 'a/b/c' }, true) : Promise.resolve(),
    examine: async () => void (await backend.examine?.(records)),
    offline: async () => failedIn((await backend.setStatus?.(records, 'down')) ?? []),
    online: async () => failedIn((await backend.setStatus?.(records, 'up')) ?? []),
    renew: async () => failedIn((await backend.renew?.(records)) ?? []),
    alternatives: async () => void (await backend.alternatives?.()),
    watch: () => firstOf(backend),
    keep: async () => {
      const held = await backend.register({ ...instance, id: `${instance.id}-kept` }, { ...options, keepAlive: true })
      await held.beat?.()
      await held[Symbol.asyncDispose]()
    },
    remove: async () => {
      for await (const outcome of backend.remove(records)) failedIn([outcome])
    },
    restore: async () => {
      if (!backend.restore) return
      for await (const outcome of backend.restore(records.map((record) => Object.assign({ ttlGranted: null }, record))))
        failedIn([outcome])
    },
  }
  for (const [name, step] of Object.entries(steps)) await step().catch((error: unknown) => void thrown.set(name, error))
  await backend[Symbol.asyncDispose]()
  return thrown
}

/** Throws what is a fault of ours among the outcomes of a change. */
const failedIn = (outcomes: readonly { readonly error?: Error }[]) => {
  const { error } = outcomes.find((outcome) => outcome.error && !(outcome.error instanceof RollcallError)) ?? {}
  if (error) throw error
}

/** The first message of a watch, or none within a moment. */
async function firstOf(backend: Backend): Promise<void> {
  const stop = AbortSignal.timeout(50)
  const messages = backend.watch?.({}, { signal: stop })[Symbol.asyncIterator]()
  await messages?.next()
  await messages?.return?.()
}

/** Of what was thrown, what is a fault of ours: all but errors that say what a server did. */
export function bugsIn(thrown: ReadonlyMap<string, unknown>): [step: string, error: string][] {
  return [...thrown].flatMap(([step, error]) =>
    error instanceof RollcallError
      ? []
      : [[step, error instanceof Error ? (error.stack ?? '') : String(error)] as [string, string]],
  )
}
