import { parseDuration } from '../../model/duration.ts'
import { RollcallError } from '../../model/errors.ts'
/**
 * Options are declared once, as data: the parser, the help texts, the manual page and the completion are made from it,
 * and a command's `run` gets them typed.
 */
export interface OptionSpec<Kind extends OptionKind = OptionKind> {
  readonly kind: Kind
  /** As commander reads them: `-o, --output <format>`. No optional values: they would eat the next word. */
  readonly flags: string
  readonly summary: string
  readonly choices?: readonly string[]
}

/** `switch`: boolean · `value`: text or undefined · `list`: every value given, in order. */
export type OptionKind = 'switch' | 'value' | 'list'

export type OptionValue<Kind extends OptionKind> = Kind extends 'switch'
  ? boolean
  : Kind extends 'list'
    ? readonly string[]
    : string | undefined

export type OptionSpecs = Readonly<Record<string, OptionSpec>>

export type OptionValues<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]: OptionValue<Specs[Name]['kind']>
}

/** A flag without a value. A `--no-…` flag is true when given, like any other. */
export function toggle(flags: string, summary: string): OptionSpec<'switch'> {
  return { kind: 'switch', flags, summary }
}

/** A flag with one value, of any text or one of `choices`. */
export function value(flags: string, summary: string, choices?: readonly string[]): OptionSpec<'value'> {
  return choices ? { kind: 'value', flags, summary, choices } : { kind: 'value', flags, summary }
}

/** A flag that may be given several times; its value is the list of all texts given. */
export function list(flags: string, summary: string): OptionSpec<'list'> {
  return { kind: 'list', flags, summary }
}

/** The long form of an option: `--output` of `-o, --output <format>`. */
export function longFlag(spec: OptionSpec): string {
  const flag = /--[a-z][a-z0-9-]*/.exec(spec.flags)
  if (!flag) throw new TypeError(`no long flag in "${spec.flags}"`)
  return flag[0]
}

/** The value of a duration flag in milliseconds. @throws RollcallError `usage` when it is not a duration, or is below `least` milliseconds */
export function durationFlag(flag: string, text: string, least = 0): number {
  const milliseconds = parseDuration(text)
  if (milliseconds === undefined) {
    throw new RollcallError('usage', `${flag} "${text}" is not a valid duration`, {
      hint: 'write for example 500ms, 30s or 2m',
    })
  }
  if (milliseconds >= least) return milliseconds
  throw new RollcallError('usage', `${flag} ${text} is too short`, {
    hint: `it must be ${least % 1_000 === 0 ? `${least / 1_000}s` : `${least}ms`} or more`,
  })
}

/** The whole number given to a flag, or `otherwise` when the flag is absent. @throws RollcallError `usage` for any other text */
export function wholeNumber<Otherwise extends number | undefined>(
  flag: string,
  text: string | undefined,
  otherwise: Otherwise,
): number | Otherwise {
  if (text === undefined) return otherwise
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new RollcallError('usage', `${flag} "${text}" is not a whole number`, {
    hint: `write for example ${flag} ${otherwise ?? 3}`,
  })
}

/** The selectors, the same on every command that has them. All narrow; see the notes of `ls`. */
export const selectorOptions = {
  selector: list('-l, --selector <query>', 'metadata: k=v, k!=v, k in (a,b), k, !k'),
  status: list('--status <status>', 'up, warning, starting, stopping, maintenance, unknown, unhealthy, expired, down'),
  version: list('--version <version>', 'version of the service; * and ? match'),
  scheme: list('--scheme <scheme>', 'scheme of an endpoint: grpc, http, …'),
  env: list('--env <env>', 'environment: dev, test, prod, …; * and ? match'),
  host: list('--host <host>', 'host or host:port of an endpoint; * and ? match'),
  tag: list('--tag <tag>', 'tag in Consul, or what an instance of Dubbo offers; * and ? match'),
  noProxies: toggle('--no-proxies', 'leave out proxies and gateways of a service mesh (Consul)'),
  olderThan: value('--older-than <duration>', 'registered longer ago than this'),
} as const

export const targetOptions = {
  id: value('--id <id>', 'an instance id, whatever its service'),
  rawKey: value('--raw-key <key>', 'one stored key, exactly as `ls -o wide` and check-keys show it'),
} as const

/** Options of every command that asks for confirmation before it changes something. */
export const consentOptions = {
  yes: toggle('-y, --yes', 'do not ask for confirmation'),
  dryRun: toggle('--dry-run', 'show what would be done, and change nothing'),
} as const

export const dryRunOption = { dryRun: consentOptions.dryRun } as const

export type Selectors = OptionValues<typeof selectorOptions>

/** The values that were given, and those that options have when they are not. */
export function withDefaults<Specs extends OptionSpecs>(
  specs: Specs,
  given: Readonly<Record<string, unknown>>,
): OptionValues<Specs> {
  const absent = { switch: false, value: undefined, list: [] }
  const values = Object.entries(specs).map(([name, spec]) => [name, given[name] ?? absent[spec.kind]] as const)
  return Object.fromEntries(values) as OptionValues<Specs>
}
