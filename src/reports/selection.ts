import { isIPv6, isSameIPv6 } from '../model/address.ts'
import { parseDuration } from '../model/duration.ts'
import { RollcallError } from '../model/errors.ts'
import type { Observed } from '../model/observed.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { STATUSES, type Status, statusOf } from '../model/status.ts'
import { listenerOf, schemesOf } from './endpoint-parts.ts'
import { glob, isGlob } from './glob.ts'
import { type LabelCondition, hasLabel, parseLabels } from './labels.ts'
import { didYouMean } from './near-names.ts'
import { type Term, type Terms, asksNothing, fits, parseTerms, signedWords } from './terms.ts'

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

/** All parts must hold. */
export interface Selection {
  readonly labels: readonly LabelCondition[]
  /** One of them; empty asks nothing. */
  readonly statuses: readonly Status[]
  readonly versions: Terms<string>
  /** The versions that are named: neither patterns nor those behind a `!`. */
  readonly namedVersions: readonly string[]
  /** Of schemes in lower case. */
  readonly schemes: Terms<string>
  readonly envs: Terms<string>
  /** Of endpoints. */
  readonly hosts: Terms<string>
  /** Of tags in lower case. */
  readonly tags: Terms<string>
  /** Proxies and gateways of a service mesh are left out. */
  readonly noProxies: boolean
  /** Milliseconds. */
  readonly olderThan: number | undefined
}

/** Reads the flags. @throws RollcallError `usage` */
export function parseSelection(flags: SelectionFlags): Selection {
  return {
    labels: (flags.selector ?? []).flatMap(parseLabels),
    statuses: parseStatuses(flags.status),
    versions: parseTerms(flags.version, '--version', glob),
    namedVersions: signedWords(flags.version, '--version').flatMap(({ word, isWanted }) =>
      isWanted && !isGlob(word) ? [word] : [],
    ),
    schemes: parseTerms(flags.scheme, '--scheme', (scheme) => glob(scheme.replace(/:\/\/$/, '').toLowerCase())),
    envs: parseTerms(flags.env, '--env', glob),
    hosts: parseTerms(flags.host, '--host', hostTerm),
    // Consul, too, looks for a tag in any case.
    tags: parseTerms(flags.tag, '--tag', (tag) => glob(tag.toLowerCase())),
    noProxies: flags.noProxies ?? false,
    olderThan: flags.olderThan === undefined ? undefined : parseAge(flags.olderThan),
  }
}

/** Whether it asks nothing, so that no instance has to be looked at. */
export function selectsAll({ olderThan, noProxies, labels, statuses, ...others }: Selection): boolean {
  const { versions, schemes, envs, hosts, tags } = others
  if (olderThan !== undefined || noProxies || labels.length > 0 || statuses.length > 0) return false
  return [versions, schemes, envs, hosts, tags].every(asksNothing)
}

/** `now` in milliseconds since 1970. */
export function matches(selection: Selection, entry: InstanceEntry, now: number): boolean {
  const { instance, observed } = entry
  return (
    (selection.statuses.length === 0 || selection.statuses.includes(observed.status)) &&
    fits(selection.versions, [instance.version]) &&
    fits(selection.envs, observed.env === undefined ? [] : [observed.env]) &&
    fitsIfAsked(selection.schemes, () => schemesOf(instance.endpoints)) &&
    fits(selection.hosts, instance.endpoints) &&
    fitsIfAsked(selection.tags, () => (observed.tags ?? []).map((tag) => tag.toLowerCase())) &&
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

/** The values are only made where they are asked for: lists are long. */
function fitsIfAsked(terms: Terms<string>, values: () => readonly string[]): boolean {
  return asksNothing(terms) || fits(terms, values())
}

/** The statuses that are meant: those that are named, or all others where they stand behind a `!`. */
function parseStatuses(given: readonly string[] | undefined): readonly Status[] {
  const words = signedWords(given, '--status').map(({ word, isWanted }) => ({ status: parseStatus(word), isWanted }))
  if (words.length === 0) return []
  const named = words.filter(({ isWanted }) => isWanted).map(({ status }) => status)
  const not = new Set(words.filter(({ isWanted }) => !isWanted).map(({ status }) => status))
  const meant = (named.length > 0 ? named : STATUSES).filter((status) => !not.has(status))
  if (meant.length > 0) return meant
  throw new RollcallError('usage', '--status excludes every status that it names', {
    hint: "name one, or exclude with '!' alone: --status '!up'",
  })
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
function hostTerm(text: string): Term<string> {
  const [, bracketed, plain, wantedPort] = /^(?:\[([^\]]*:[^\]]*)\]|([^:]*)|.*)(?::([^:]*))?$/.exec(text) ?? []
  const wanted = (bracketed ?? plain ?? text).toLowerCase().replace('%25', '%')
  const host = isIPv6(wanted) ? (its: string) => isSameIPv6(wanted, its) : glob(wanted)
  const port = glob(wantedPort ?? '*')
  return (endpoint) => {
    const its = listenerOf(endpoint)
    return its.host !== '' && host(its.host) && port(its.port)
  }
}
