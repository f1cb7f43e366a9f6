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

/** A flag without a value. `--no-…` ones are true when given, as all others. */
export function toggle(flags: string, summary: string): OptionSpec<'switch'> {
  return { kind: 'switch', flags, summary }
}

export function value(flags: string, summary: string, choices?: readonly string[]): OptionSpec<'value'> {
  return choices ? { kind: 'value', flags, summary, choices } : { kind: 'value', flags, summary }
}

/** May be given several times. */
export function list(flags: string, summary: string): OptionSpec<'list'> {
  return { kind: 'list', flags, summary }
}

/** `--output` of `-o, --output <format>`. */
export function longFlag(spec: OptionSpec): string {
  const flag = /--[a-z][a-z0-9-]*/.exec(spec.flags)
  if (!flag) throw new TypeError(`no long flag in "${spec.flags}"`)
  return flag[0]
}
