import { FIELD_NAMES, type GlobalFlags, flagOf, variableOf } from '../config/settings.ts'
import { recognize } from '../config/target.ts'
import { RollcallError } from '../model/errors.ts'
import type { Context } from './command.ts'

/** What says nothing of one registry only, and holds no secret. */
const COMMON: ReadonlySet<string> = new Set(['requestTimeout', 'aioTtl'])
const SECRETS = ['password', 'token'] as const

/** Why a setting is refused, after its flag, and what to do. */
interface Refusal {
  readonly fact: string
  readonly hint: string
}

/** `which`: as in "two registries". */
export function ofSeveral(which: string): Refusal {
  return {
    fact: `does not say for which of ${which} it is`,
    hint: 'make a context for each: rollcall context add NAME --registry URL …',
  }
}

/** A flag about a connection is for one registry. @throws RollcallError `usage` for the first of them */
export function refuseConnectionFlags(globals: GlobalFlags, { fact, hint }: Refusal): void {
  const name = FIELD_NAMES.find((each) => !COMMON.has(each) && globals[each] !== undefined && globals[each] !== false)
  if (name !== undefined) throw new RollcallError('usage', `${flagOf(name)} ${fact}`, { hint })
}

/** The environment without what completes one registry: the others would get it, too. Each variable that is left out is named in a warning. */
export function withoutSecrets(
  { io, logger }: Pick<Context, 'io' | 'logger'>,
  url: string,
  which: string,
): Context['io']['env'] {
  const ours = [...FIELD_NAMES.filter((name) => !COMMON.has(name)), ...SECRETS].map(variableOf)
  const theirs = recognize(url).driver.environment.flatMap(({ name, login }) => (login ? [name] : []))
  const left = [...ours, ...theirs].filter((name) => io.env[name])
  for (const name of left)
    logger.warn(`${name} is not used: it does not say for which of ${which} it is; a context can`)
  return { ...io.env, ...Object.fromEntries([...ours, ...theirs].map((name) => [name, undefined])) }
}
