import { isIPv6, isSameIPv6 } from '../model/address.ts'
import { parseDuration } from '../model/duration.ts'
import { RollcallError } from '../model/errors.ts'
import type { Observed } from '../model/observed.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { STATUSES, type Status, statusOf } from '../model/status.ts'
import { commaSeparated } from './comma-separated.ts'
import { listenerOf, schemesOf } from './endpoint-parts.ts'
import { glob } from './glob.ts'
import { type LabelCondition, hasLabel, parseLabels } from './labels.ts'
import { didYouMean } from './near-names.ts'

/** The selectors of ls, watch, stats, wait, pick and purge, as typed: every value of a repeated flag. */
export interface SelectionFlags {
  readonly selector?: readonly string[]
  readonly status?: readonly string[]
  readonly version?: readonly string[]
  readonly scheme?: readonly string[]
  readonly env?: readonly string[]
  readonly host?: readonly string[]
  readonly tag?: readonly string[]
  readonly noProxies?: boolean
  readonly olderThan?: string | undefined
}

/** All parts must hold; within a list one is enough. Empty lists ask nothing. */
export interface Selection {
  readonly labels: readonly LabelCondition[]
  readonly statuses: readonly Status[]
  readonly versions: readonly string[]
  readonly schemes: readonly string[]
  readonly envs: readonly string[]
  readonly hosts: readonly ((host: string, port: string) => boolean)[]
  /** Tests of a tag in lower case. */
  readonly tags: readonly ((tag: string) => boolean)[]
  /** Proxies and gateways of a service mesh are left out. */
  readonly noProxies: boolean
  /** Milliseconds. */
  readonly olderThan: number | undefined
}

/** Reads the flags. @throws RollcallError `usage` */
export function parseSelection(flags: SelectionFlags): Selection {
  return {
    labels: (flags.selector ?? []).flatMap(parseLabels),
    statuses: commaSeparated(flags.status, '--status').map(parseStatus),
    versions: commaSeparated(flags.version, '--version'),
    schemes: commaSeparated(flags.scheme, '--scheme').map((scheme) => scheme.replace(/:\/\/$/, '').toLowerCase()),
    envs: commaSeparated(flags.env, '--env'),
    hosts: commaSeparated(flags.host, '--host').map(hostTest),
    // Consul, too, looks for a tag in any case.
    tags: commaSeparated(flags.tag, '--tag').map((tag) => glob(tag.toLowerCase())),
    noProxies: flags.noProxies ?? false,
    olderThan: flags.olderThan === undefined ? undefined : parseAge(flags.olderThan),
  }
}

/** Whether it asks nothing, so that no instance has to be looked at. */
export function selectsAll({ olderThan, noProxies, ...lists }: Selection): boolean {
  return olderThan === undefined && !noProxies && Object.values(lists).every((list) => list.length === 0)
}

/** `now` in milliseconds since 1970. */
export function matches(selection: Selection, entry: InstanceEntry, now: number): boolean {
  const { instance, observed } = entry
  return (
    anyOf(selection.statuses, (status) => status === observed.status) &&
    anyOf(selection.versions, (version) => version === instance.version) &&
    anyOf(selection.envs, (env) => env === observed.env) &&
    anyOf(selection.schemes, (scheme) => schemesOf(instance.endpoints).includes(scheme)) &&
    anyOf(selection.hosts, (test) => instance.endpoints.some((endpoint) => isAt(endpoint, test))) &&
    anyOf(selection.tags, (test) => (observed.tags ?? []).some((tag) => test(tag.toLowerCase()))) &&
    !(selection.noProxies && observed.serviceKind !== undefined) &&
    selection.labels.every((condition) => hasLabel(condition, instance.metadata)) &&
    (selection.olderThan === undefined || (ageOf(observed, now) ?? -1) > selection.olderThan)
  )
}

/** Whether only an unknown age keeps the entry from being chosen. */
export function isAgeless(selection: Selection, entry: InstanceEntry, now: number): boolean {
  if (selection.olderThan === undefined || ageOf(entry.observed, now) !== undefined) return false
  return matches({ ...selection, olderThan: undefined }, entry, now)
}

/** Milliseconds since it was registered, or else since it started; undefined when the registry knows neither. */
function ageOf(observed: Observed, now: number): number | undefined {
  const since = observed.registeredAt ?? observed.startedAt
  return since === undefined ? undefined : Math.max(0, now - since)
}

function anyOf<Wanted>(wanted: readonly Wanted[], test: (value: Wanted) => boolean): boolean {
  return wanted.length === 0 || wanted.some(test)
}

function parseStatus(word: string): Status {
  const status = statusOf(word.toLowerCase())
  if (status) return status
  throw new RollcallError('usage', `--status "${word}" is not a valid status`, {
    hint: didYouMean(word, STATUSES) ?? `one of ${STATUSES.join(', ')}`,
  })
}

function parseAge(text: string): number {
  const age = parseDuration(text)
  if (age !== undefined) return age
  throw new RollcallError('usage', `--older-than "${text}" is not a valid duration`, {
    hint: 'write for example 30s, 5m or 7d',
  })
}

/** `host`, `host:port`, `[::1]`, `[::1]:9000` or a bare IPv6 address, in any spelling of it; host and port may be globs. */
function hostTest(text: string): (host: string, port: string) => boolean {
  const [, bracketed, plain, wantedPort] = /^(?:\[([^\]]*:[^\]]*)\]|([^:]*)|.*)(?::([^:]*))?$/.exec(text) ?? []
  const wanted = (bracketed ?? plain ?? text).toLowerCase().replace('%25', '%')
  const host = isIPv6(wanted) ? (its: string) => isSameIPv6(wanted, its) : glob(wanted)
  const port = glob(wantedPort ?? '*')
  return (itsHost, itsPort) => host(itsHost) && port(itsPort)
}

function isAt(endpoint: string, test: (host: string, port: string) => boolean): boolean {
  const { host, port } = listenerOf(endpoint)
  return host !== '' && test(host, port)
}
