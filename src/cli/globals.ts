import { switchFrom } from '../config/layers.ts'
import type { GlobalFlags } from '../config/settings.ts'
import { RollcallError } from '../model/errors.ts'
import { didYouMean } from '../reports/near-names.ts'
import { type OptionSpec, type OptionSpecs, type OptionValues, longFlag, toggle, value } from './args/options.ts'
import type { Io } from './io.ts'

/** Options that choose the registry, on every command. Each has a variable `ROLLCALL_<FLAG>`, read after all flags. */
export const registryOptions = {
  registry: value('-r, --registry <url>', 'which registry: etcd://host:2379, file:./registry.db, …'),
  context: value('-c, --context <name>', 'a named registry from `rollcall context ls`'),
  kratosConfig: value('--kratos-config <path>', "a file or folder with Kratos' registry: block"),
  prefix: value('--prefix <prefix>', 'prefix of the keys in a key-value registry'),
  layout: value('--layout <name>', 'layout of the records: auto, kratos, kratos-scheme, aio, plain, go-zero, …'),
  namespace: value('-n, --namespace <name>', "the registry's own namespace"),
  allNamespaces: toggle('-A, --all-namespaces', 'all namespaces'),
  user: value('--user <name>', 'user name; the password comes from ROLLCALL_PASSWORD or --password-file'),
  passwordFile: value('--password-file <path>', 'read the password from a file, - for standard input'),
  tokenFile: value('--token-file <path>', 'read the token from a file, - for standard input'),
  cacert: value('--cacert <path>', 'certificate authorities to trust (PEM)'),
  cert: value('--cert <path>', 'client certificate (PEM)'),
  key: value('--key <path>', "client certificate's key (PEM)"),
  insecureSkipTlsVerify: toggle('--insecure-skip-tls-verify', "do not check the server's certificate"),
  tlsServerName: value('--tls-server-name <name>', "the name the server's certificate must have"),
  requestTimeout: value('--request-timeout <duration>', 'how long to wait for one response (5s)'),
  aioTtl: value('--aio-ttl <duration>', 'how long an AIO record lives without a renewal (30s)'),
} as const satisfies OptionSpecs

export const outputOptions = {
  output: value('-o, --output <format>', 'table, wide, json, ndjson, yaml, csv, name'),
  json: toggle('--json', 'short for -o json'),
  noHeaders: toggle('--no-headers', 'leave the header out of tables and csv'),
  columns: value('--columns <names>', 'columns of a table or csv, in this order'),
  fields: value('--fields <names>', 'fields of JSON and YAML items, in this order'),
  query: value('--query <expression>', 'JMESPath over the JSON; it is then the output'),
  sortBy: value('--sort-by <column>', 'order rows by a column; -column for descending'),
  limit: value('--limit <count>', 'show at most this many rows'),
  color: value('--color <when>', 'auto, always, never', ['auto', 'always', 'never']),
  quiet: toggle('-q, --quiet', 'print only data and errors'),
  verbose: toggle('-v, --verbose', 'print more on standard error'),
  debug: toggle('--debug', 'show requests on standard error, secrets redacted'),
  timeout: value('--timeout <duration>', 'end the whole command after this long (status 124)'),
} as const satisfies OptionSpecs

export const globalOptions = { ...registryOptions, ...outputOptions } as const

export type Globals = OptionValues<typeof globalOptions> & GlobalFlags

/** The variable of a global option: `ROLLCALL_NO_HEADERS` of `--no-headers`. */
export function variableOf(name: keyof typeof globalOptions): string {
  return `ROLLCALL_${longFlag(globalOptions[name]).slice(2).replaceAll('-', '_').toUpperCase()}`
}

type OutputName = keyof typeof outputOptions

/** Output options set by variables. Options that choose the registry are read by the configuration, in its own order. @throws RollcallError `usage` for a value that is not valid */
export function fromVariables(globals: Globals, env: Io['env']): Partial<Globals> {
  const names = Object.keys(outputOptions) as OutputName[]
  const found = names.flatMap((name) => {
    const text = env[variableOf(name)]
    return !text || isSaid(globals, name) ? [] : [[name, valueOf(outputOptions[name], variableOf(name), text)] as const]
  })
  return Object.fromEntries(found)
}

/** Names the variable in a usage error about a flag whose value came from a variable; returns any other error as it is. */
export function namingVariable(error: unknown, given: Partial<Globals>): unknown {
  if (!(error instanceof RollcallError) || error.code !== 'usage') return error
  const [flag = ''] = /(?<!\S)--?[a-z][a-z-]*/.exec(error.message) ?? []
  const names = Object.keys(given) as OutputName[]
  const name = names.find((each) => outputOptions[each].flags.split(/[ ,]+/).includes(flag))
  if (!name) return error
  const hint = error.hint === undefined ? {} : { hint: error.hint }
  return new RollcallError('usage', `${variableOf(name)}: ${error.message}`, { ...hint, cause: error })
}

/** `--json` and `-o` set the same thing: either flag wins over both variables. */
function isSaid(globals: Globals, name: OutputName): boolean {
  if (name === 'json' || name === 'output') return globals.json || globals.output !== undefined
  return globals[name] !== undefined && globals[name] !== false
}

function valueOf({ kind, choices }: OptionSpec, from: string, text: string): string | boolean {
  if (kind === 'switch') return switchFrom(text, from)
  if (!choices || choices.includes(text)) return text
  throw new RollcallError('usage', `${from}: "${text}" is not a valid value`, { hint: `one of ${choices.join(', ')}` })
}

const specs: readonly OptionSpec[] = Object.values(globalOptions)
const BESIDE = ['-h', '--help', '--version']
const FLAGS = [...specs.flatMap(({ flags }) => flagsOf(flags)), ...BESIDE]

/**
 * The index of the command's name: the first word that is neither a flag nor the value of a global flag; -1 when there is
 * none. @throws RollcallError `usage` for an unknown flag before it, whose value could be taken for the command
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
    didYouMean(flag, FLAGS) ?? 'put the flags of a command after its name; rollcall --help lists the global ones'
  return new RollcallError('usage', `unknown option '${flag}' before the command`, { hint })
}
