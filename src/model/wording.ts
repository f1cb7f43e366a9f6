/**
 * Options and operations that messages and hints name. A program knows them by their names in the library, a person at the command line by
 * flags and commands: a text has `option('force')`, which becomes `force` for the one and `--force` for the other.
 */

/** Options of the library, by their names there. */
export const OPTIONS = [
  'aioTtl',
  'allNamespaces',
  'backup',
  'force',
  'guard.keepMin',
  'guard.maxPercent',
  'id',
  'keep',
  'keepAlive',
  'layout',
  'namespace',
  'password',
  'prefix',
  'reasons.emptyNodes',
  'replace',
  'requestTimeout',
  'settings.persistent',
  'settings.pod',
  'settings.renewInterval',
  'size',
  'tls.cacert',
  'tls.cert',
  'tls.key',
  'tls.serverName',
  'token',
  'trustClock',
  'ttl',
  'user',
] as const
export type OptionName = (typeof OPTIONS)[number]
export type WordedValue = string | number | null

/** Advice that is not the name of an option: what it says to a program. */
const ADVICE = {
  addressFrom: () => '',
  anotherToken: () => 'another `token`',
  anyToken: () => '`token`',
  backupWriters: () => '`purge`',
  deregisterHost: () => '`planNamed` and `purge`',
  diagnose: () => '`diagnose`',
  everything: () => '`entries` has every instance of every service',
  exportFirst: () => 'write it to a file with `exportInstances` first',
  fields: () => '`InstanceItem`',
  journalFile: () => 'read one with `fileJournal`; a `JournalWriter` writes it',
  journalWriters: () => 'a `JournalWriter`',
  leaseSource: () => '`observed.lease`',
  manifest: () => 'it says of services how many instances they have, and which',
  ownPod: () => '`settings.pod: process.env.HOSTNAME`',
  planFile: () => '`writePlanFile`',
  purgeByRule: () => 'give those to be removed as `reasons.flagged`, as `checkKeys` finds them',
  purgeExpired: () => "`planPurge` with `reasons: {statuses: ['expired']}`",
  purgeForeign: () => 'carry it out with `purge` itself',
  restoreFrom: (path: string) => `\`restore\` from ${path}`,
  revisionSource: () => 'use one of a record, or of `watch`',
  setOffline: () => '`setStatus`',
  tags: () => 'leave tags out of what is chosen',
  textOfRevision: () => '`revision` of a record',
  undo: () => '`restore`',
  watch: () => '`watch`',
} as const satisfies Record<string, (value: string) => string>
export type AdviceName = keyof typeof ADVICE

/** One way to say all of it. */
export interface Wording {
  /** `value`: what it is to be set to; null stands for none, a number for milliseconds. */
  readonly option: (name: OptionName, value: WordedValue | undefined) => string
  /** Where a secret goes. `variable`: the registry's own, which may hold it too. */
  readonly secret: (name: 'password' | 'token', variable: string | undefined) => string
  readonly advice: (name: AdviceName, value: string) => string
}

const OF_THE_LIBRARY: Wording = {
  option: (name, value) => {
    if (value === undefined) return `\`${name}\``
    return `\`${name}: ${typeof value === 'string' ? `'${value}'` : value}\``
  },
  secret: (name, variable) => [`\`${name}\``, ...(variable === undefined ? [] : [variable])].join(' or '),
  advice: (name, value) => ADVICE[name](value),
}

const inUse: Wording[] = []

/** Has all texts speak as `wording` does until it is disposed of: the command line says what its flags are while it runs a command. */
export function useWording(wording: Wording): Disposable {
  inUse.push(wording)
  return { [Symbol.dispose]: () => void inUse.splice(inUse.lastIndexOf(wording), 1) }
}

function current(): Wording {
  return inUse.at(-1) ?? OF_THE_LIBRARY
}

/** An option, as the reader sets it: `force`, or with a value `layout: 'plain'`. Call it when the text is needed, not before. */
export function option(name: OptionName, value?: WordedValue): string {
  return current().option(name, value)
}

/** Where the reader puts a password or a token. */
export function secretPlace(name: 'password' | 'token', variable?: string): string {
  return current().secret(name, variable)
}

/** Advice that names an operation of the reader's. */
export function advice(name: AdviceName, value = ''): string {
  return current().advice(name, value)
}
