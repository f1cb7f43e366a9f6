import { RollcallError } from '../model/errors.ts'
import { didYouMean } from '../reports/near-names.ts'
import { globalOptions } from './globals.ts'
import type { OptionSpec } from './option.ts'

const specs: readonly OptionSpec[] = Object.values(globalOptions)
const BESIDE = ['-h', '--help', '--version']
const FLAGS = [...specs.flatMap(({ flags }) => flagsOf(flags)), ...BESIDE]

/**
 * Where in the words the command's name stands: the first that is neither a flag nor a global flag's value; -1 where
 * there is none. @throws RollcallError `usage` for an unknown flag before it, whose value would pass for the command
 */
export function commandAt(argv: readonly string[]): number {
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (!word.startsWith('-') || word === '-') return at
    const flag = flagIn(word)
    if (!FLAGS.includes(flag)) throw unknown(flag)
    if (flag === word && takesValue(flag)) at++
  }
  return -1
}

/** `--output` of `--output=json`, `-o` of `-ojson`. */
function flagIn(word: string): string {
  return word.startsWith('--') ? word.replace(/=.*/s, '') : word.slice(0, 2)
}

function takesValue(flag: string): boolean {
  return specs.some(({ kind, flags }) => kind !== 'switch' && flagsOf(flags).includes(flag))
}

function flagsOf(flags: string): string[] {
  return flags.split(/[, ]+/).filter((word) => word.startsWith('-'))
}

function unknown(flag: string): RollcallError {
  const hint =
    didYouMean(flag, FLAGS) ?? 'the flags of a command stand after its name; rollcall --help lists the others'
  return new RollcallError('usage', `unknown option '${flag}' before the command`, { hint })
}
