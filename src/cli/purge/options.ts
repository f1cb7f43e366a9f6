import { type OptionValues, list, toggle, value, consentOptions, selectorOptions } from '../args/options.ts'

const { selector, version, scheme, env, host, olderThan } = selectorOptions

/** What keeps a plan from taking too much, on every command that makes one. */
export const guardOptions = {
  maxPercent: value('--max-percent <percent>', "at most this share of a service's up instances may be removed (50)"),
  keepMin: value('--keep-min <count>', 'instances that must stay up in each service (0)'),
  force: toggle('--force', 'lift these two, and the one for endpoints of which none answers from here'),
  trustClock: toggle('--trust-clock', 'rely on the clock of this machine where the registry contradicts it'),
} as const

export type GuardFlags = OptionValues<typeof guardOptions>

/** Here `--status` is a reason, and no selector. */
export const purgeOptions = {
  malformed: toggle('--malformed', 'reason: records that no client can use'),
  rule: list('--rule <code>', 'reason: records that this rule of check-keys flags; several with commas'),
  noLease: toggle('--no-lease', 'reason: records that never expire and should'),
  status: list('--status <status>', 'reason: instances of this status'),
  unreachable: toggle('--unreachable', 'reason: instances of which no endpoint answers several tries'),
  emptyNodes: toggle('--empty-nodes', 'reason: nodes of services that nothing lies below (ZooKeeper)'),
  selector,
  version,
  scheme,
  env,
  host,
  olderThan,
  ...guardOptions,
  backup: value('--backup <file>', 'where removed records are kept for `restore`'),
  ...consentOptions,
} as const

export type PurgeFlags = OptionValues<typeof purgeOptions>
