import type { Context } from './context.ts'
import type { OptionSpecs, OptionValues } from './option.ts'

/** One sub-command, as data and a function. */
export interface Command<Specs extends OptionSpecs = OptionSpecs> {
  readonly name: string
  /** What stands behind the name in the usage line: `<service> [id...]`. All are optional to the parser; `run` checks them. */
  readonly usage: string
  readonly summary: string
  /** At least three that work, each with what it is for. They come first in the help text. */
  readonly examples: readonly Example[]
  /** Paragraphs below the options. */
  readonly notes?: readonly string[]
  readonly options: Specs
  /** `--timeout` is the command's own: it does not end the command by itself. */
  readonly ownsTimeout?: boolean
  /** The exit status; 0 where nothing is returned. Throws a RollcallError for anything that has another status. */
  run(context: Context, words: readonly string[], options: OptionValues<Specs>): Promise<number | undefined>
}

export interface Example {
  readonly line: string
  readonly does: string
}

/** Infers the options' types; returns the command as it is. */
export function command<const Specs extends OptionSpecs>(spec: Command<Specs>): Command<Specs> {
  return spec
}
