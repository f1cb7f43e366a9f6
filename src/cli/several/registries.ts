import { readContexts } from '../../config/contexts.ts'
import { namesOf } from '../../config/several.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Context, OneRegistry, RegistryError, SeveralRegistries } from '../command.ts'
import { ofSeveral, refuseConnectionFlags, withoutSecrets } from '../own-settings.ts'
import { type NamedClient, namedClient } from '../registry.ts'

const WHICH = 'several registries'

/**
 * The registries of one command, each resolved by itself: no flag and no variable says for which of them a secret is. One that
 * fails is noted, and the others are read on.
 */
export class Registries implements SeveralRegistries, AsyncDisposable {
  readonly all: readonly OneRegistry[]
  readonly #errors = new Map<string, RegistryError>()
  readonly #opened: readonly NamedClient[]

  private constructor(all: readonly OneRegistry[], opened: readonly NamedClient[]) {
    this.all = all
    this.#opened = opened
  }

  /** @throws RollcallError `config` for a context that is not there, `usage` for one that is named twice, and for flags that are for one registry */
  static async named(context: Context, text: string): Promise<Registries> {
    const { globals, io } = context
    const names = namesOf(text)
    refuseConnectionFlags(globals, ofSeveral(WHICH))
    const contexts = await readContexts(io.env)
    const urls = names.map((name) => contexts.get(name).registry ?? '')
    const opened: NamedClient[] = []
    const all = names.map((name, at) => {
      const flags = { ...globals, context: name }
      const logger = { ...context.logger, warn: (message: string) => context.logger.warn(`${name}: ${message}`) }
      const own = namedClient(flags, { ...context, logger }, withoutSecrets(context, urls[at] ?? '', WHICH))
      opened.push(own)
      return { name, context: { ...context, logger, globals: flags, resolved: own.resolved, client: own.client } }
    })
    return new Registries(all, opened)
  }

  /** Those that failed, in the order in which they were named. */
  get errors(): readonly RegistryError[] {
    return this.all.flatMap(({ name }) => this.#errors.get(name) ?? [])
  }

  /** Notes why one could not be read; throws any error that is not the fault of a registry. */
  failed({ name, context }: OneRegistry, error: unknown): void {
    context.signal.throwIfAborted()
    // What is wrong in the line, or in the configuration, is wrong with all of it.
    if (!(error instanceof RollcallError) || error.code === 'usage' || error.code === 'config') throw error
    this.#errors.set(name, { registry: name, error })
  }

  forget({ name }: OneRegistry): void {
    this.#errors.delete(name)
  }

  /** What each answers, all asked at once, in the order in which they were named. */
  async each<T>(read: (one: OneRegistry) => Promise<T>): Promise<{ readonly one: OneRegistry; readonly result: T }[]> {
    const answers = await Promise.all(
      this.all.map(async (one) => {
        try {
          return [{ one, result: await read(one) }]
        } catch (error) {
          this.failed(one, error)
          return []
        }
      }),
    )
    return answers.flat()
  }

  /** For the facts of a list: in JSON a registry that is down is one of its `errors`. */
  get facts(): { readonly errors?: readonly object[] } {
    if (this.#errors.size === 0) return {}
    return { errors: this.errors.map(({ registry, error: { code, message } }) => ({ registry, code, message })) }
  }

  /** @throws RollcallError `partial` where some could not be read; where none could, with the code that they share, or `unreachable` */
  requireAll(): void {
    const { errors } = this
    const [first] = errors
    if (!first) return
    const isNone = errors.length === this.all.length
    const said = errors.map(({ registry, error }) => `${registry}: ${error.message}`).join('\n')
    const common = errors.every(({ error }) => error.code === first.error.code) ? first.error.code : 'unreachable'
    const { hint } = first.error
    throw new RollcallError(
      isNone ? common : 'partial',
      `${errors.length} of ${this.all.length} registries could not be read:\n${said}`,
      hint === undefined ? {} : { hint },
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map((each) => each[Symbol.asyncDispose]()))
  }
}
