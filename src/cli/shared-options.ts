import { type OptionValues, list, toggle, value } from './option.ts'

/** The selectors, the same on every command that has them. All narrow; see the notes of `ls`. */
export const selectorOptions = {
  selector: list('-l, --selector <query>', 'metadata: k=v, k!=v, k in (a,b), k, !k'),
  status: list('--status <status>', 'up, warning, starting, stopping, maintenance, unknown, unhealthy, expired, down'),
  version: list('--version <version>', 'of the service'),
  scheme: list('--scheme <scheme>', 'of an endpoint: grpc, http, …'),
  env: list('--env <env>', 'dev, test, prod, …'),
  host: list('--host <host>', 'host or host:port of an endpoint; * and ? match'),
  olderThan: value('--older-than <duration>', 'registered longer ago than that'),
} as const

export const targetOptions = {
  id: value('--id <id>', 'an id, under whatever service it is'),
  rawKey: value('--raw-key <key>', 'one stored key as it is, as `ls -o wide` and check-keys show it'),
} as const

/** On every command that asks before it changes something. */
export const consentOptions = {
  yes: toggle('-y, --yes', 'do not ask'),
  dryRun: toggle('--dry-run', 'say what would be done, and do nothing'),
} as const

export const dryRunOption = { dryRun: consentOptions.dryRun } as const

export type Selectors = OptionValues<typeof selectorOptions>
