import type { Alternative } from '../../backends/contract/alternative.ts'
import type { Client } from '../../client/client.ts'
import { driverFor } from '../../backends/index.ts'
import { isDefaultPrefix, layouts, prefixesToRead } from '../../layouts/index.ts'
import { RollcallError } from '../../model/errors.ts'
import { option } from '../../model/wording.ts'
import { parseAddress, parseEndpoint } from '../../model/endpoint.ts'
import { escapeKey } from '../../model/key.ts'
import type { Entry } from '../../model/reading.ts'
import { listenerOf } from '../../reports/endpoint-parts.ts'
import type { ForeignKeys } from '../../reports/foreign.ts'
import { nearNames } from '../../reports/near-names.ts'
import type { Context } from '../command.ts'
import { foreignLine } from '../output/summary.ts'
import { grouped } from '../../model/count.ts'
import { clean } from '../output/text.ts'

/** Reports where similar records are stored, and which other programs' records were recognised, when a registry seems empty. */
export async function sayAlternatives(context: Context): Promise<void> {
  const client = await context.client()
  const found = (await client.backend.alternatives?.({ signal: context.signal })) ?? []
  const ours = found.filter(({ looksLike }) => looksLike === undefined)
  const others = found.filter(({ looksLike }) => looksLike !== undefined)
  const [first] = ours
  const similar = first && `found similar ones under ${ours.map(placeText).join(', ')}: try ${option(first.option)}`
  await context.say(
    [`no records ${whereLooked(client)}`, similar, ...others.map((other) => likeText(client, other))]
      .filter(Boolean)
      .join('; '),
  )
}

/** Reports how many keys belong to other programs; under a prefix of the user's own, also how to check them as Kratos records. */
export async function sayForeign(context: Context, { target }: Client, foreign: ForeignKeys): Promise<void> {
  if (foreign.keys === 0) return
  const { prefix, layout } = target
  const isOwned = prefix === undefined || layout !== 'auto' || isDefaultPrefix(prefix)
  await context.say(
    isOwned ? foreignLine(foreign) : `${foreignLine(foreign)}; --layout kratos checks them as Kratos records`,
  )
}

function placeText(alternative: Alternative): string {
  return `${clean(alternative.place)} (${countText(alternative)})`
}

/** Names the place, and for those that rollcall can read in this registry the flag to read it. */
function likeText({ target }: Client, alternative: Alternative): string {
  const { place, looksLike, services = [] } = alternative
  const what = `like ${looksLike}: ${services.map((service) => clean(service)).join(', ')} (${countText(alternative)})`
  const quoted = place === '' ? "''" : clean(place)
  const held = driverFor(target.url.scheme)?.layouts ?? []
  const layout = held.find((name) => layouts[name].sign?.title === looksLike)
  if (layout === undefined) return `${what} under ${quoted}`
  // One that finds services elsewhere than right below a prefix has to be named with it.
  const named = layouts[layout].below && place !== '' && place !== '/' ? `--layout ${layout} ` : ''
  return `${what}: ${named}--prefix ${quoted}`
}

function countText({ count, unit, more }: Alternative): string {
  return `${grouped(count)}${more ? '+' : ''} ${count === 1 && !more ? unit : `${unit}s`}`
}

function whereLooked({ target, capabilities, backend }: Client): string {
  if (target.prefix === '') return 'in the whole store'
  if (target.prefix !== undefined) return `under ${target.prefix}`
  if (capabilities.namespaces || !backend.alternatives) return `in ${target.display}`
  if (target.layout === 'auto') return 'under the default prefixes'
  const [prefix = ''] = prefixesToRead(target.layout, capabilities.folders ? 'tree' : 'flat')
  return prefix === '' ? 'in the whole store' : `under ${prefix}`
}

/** The flag to suggest when no instance has any of the wanted versions: `v1.4.1` for `1.4.1`, and the reverse, or a similar version. */
export function nearVersion(wanted: readonly string[], there: ReadonlySet<string>): string | undefined {
  if (wanted.length === 0 || wanted.some((version) => there.has(version))) return undefined
  const found = wanted.flatMap((version) => alike(version, there) ?? nearNames(version, there, 1))
  const [version] = found
  return version === undefined ? undefined : `did you mean --version ${clean(version)}?`
}

function alike(version: string, there: ReadonlySet<string>): string | undefined {
  return [`v${version}`, version.replace(/^v/i, '')].find((each) => there.has(each))
}

/**
 * A hint for a word that was given where a service was expected, and is the id of an instance of one service. `line` writes
 * the right command. Undefined for any other word, and when the registry cannot be read.
 */
export async function idHint(
  context: Context,
  word: string,
  line: (service: string, id: string) => string,
): Promise<string | undefined> {
  try {
    const client = await context.client()
    const entries = await client.find([{ id: word }, { service: word }], { signal: context.signal })
    const [service, ...more] = new Set(entries.map((entry) => entry.service))
    if (service === undefined || service === word || more.length > 0) return undefined
    return `${shown(word)} is the id of an instance of ${shown(service)}: ${line(shown(service), shown(word))}`
  } catch (error) {
    context.signal.throwIfAborted()
    if (error instanceof RollcallError) return undefined
    throw error
  }
}

/** Finds out what a word that is not a service may be: an instance's id, or an address. */
export class OtherMeaning {
  readonly #word: string
  readonly #address: string | undefined
  readonly #services = new Set<string>()
  #isHost = false

  /** `word` as typed where a service, or a target, was expected. */
  constructor(word: string) {
    this.#word = word
    this.#address = addressIn(word)
  }

  add(entry: Entry): void {
    if (entry.is !== 'instance') return
    if (entry.instance.id === this.#word) this.#services.add(entry.service)
    this.#isHost ||= entry.instance.endpoints.some((endpoint) => listenerOf(endpoint).host === this.#word.toLowerCase())
  }

  /** What the word is, with the command that finds it; undefined when it is neither. */
  hint(): string | undefined {
    const [service, ...more] = this.#services
    const word = shown(this.#word)
    if (service !== undefined && more.length === 0) {
      return `it is the id of an instance of ${shown(service)}: rollcall get --id ${word}`
    }
    if (service !== undefined) return `it is an id, under ${more.length + 1} services: rollcall ls --all`
    const host = this.#address ?? (this.#isHost ? word : undefined)
    return host && `that is an address: rollcall ls --all --host ${shown(host)}`
  }
}

/** The `host:port` of a word that is an address or an endpoint; undefined for any other. */
function addressIn(word: string): string | undefined {
  const bare = parseAddress(word)
  if (bare) return word
  const endpoint = parseEndpoint(word)
  return endpoint.is === 'endpoint' ? endpoint.address : undefined
}

/** The word quoted for a shell. */
function shown(word: string): string {
  const text = escapeKey(Buffer.from(word))
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
