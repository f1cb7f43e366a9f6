import { parseDuration } from '../model/duration.ts'
import { RollcallError } from '../model/errors.ts'

/** A map of a configuration file. */
export type ConfigTree = { [key: string]: unknown }

/** An address of a server as it was written, without the scheme of the web. */
export interface KratosAddress {
  readonly host: string
  /** What follows the host, without a slash at its end. */
  readonly path: string
  /** It begins with https:// (true) or http:// (false). */
  readonly secure: boolean | undefined
}

/** Names that programs give to where a registry is. */
const ADDRESS = [
  'endpoints',
  'endpoint',
  'addresses',
  'address',
  'addrs',
  'addr',
  'hosts',
  'host',
  'servers',
  'server',
  'serveraddrs',
  'serveraddr',
  'serveraddresses',
  'serveraddress',
]
const PORT = ['port', 'serverport']

/**
 * One kind's part of Kratos' `registry:` block. Every program has its own names for the same settings: capitals, `_` and `-` in
 * them make no difference. `left` lists the settings that were never asked for.
 */
export class KratosPart {
  readonly kind: string
  readonly #path: string
  readonly #entries: readonly { readonly key: string; readonly name: string; readonly value: unknown }[]
  readonly #taken = new Set<string>()
  readonly #parts: KratosPart[] = []

  /** `path` is that of the file, for messages. */
  constructor(kind: string, tree: ConfigTree, path: string) {
    this.kind = kind
    this.#path = path
    this.#entries = Object.entries(tree).flatMap(([key, value]) =>
      isEmpty(value) ? [] : [{ key, name: plain(key), value }],
    )
  }

  /** In the order of the file; none where no server is named. @throws RollcallError `config` for what is not a list of addresses */
  addresses(): KratosAddress[] {
    const port = this.text(PORT)
    return ADDRESS.flatMap((name) => this.#texts(name)).map((text) => {
      const [, scheme, host = '', path = ''] = /^(?:(https?):\/\/)?([^/]*)(\/.*?)?\/*$/i.exec(text) ?? []
      const whole = port === undefined || /:\d+$/.test(host) ? host : `${host}:${port}`
      return { host: whole, path, secure: scheme === undefined ? undefined : scheme.toLowerCase() === 'https' }
    })
  }

  /** The first of these names that has a value. @throws RollcallError `config` where that is a list or a map */
  text(names: readonly string[]): string | undefined {
    const entry = this.#take(names)
    if (!entry) return undefined
    const { key, value } = entry
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    throw this.fault(`${this.kind}.${key} is not a text`)
  }

  switch(names: readonly string[]): boolean | undefined {
    const entry = this.#entries.find(({ name, value }) => names.includes(name) && !isTree(value))
    if (!entry) return undefined
    this.#taken.add(entry.key)
    if (/^(?:true|1|yes|on)$/i.test(String(entry.value))) return true
    if (/^(?:false|0|no|off)$/i.test(String(entry.value))) return false
    throw this.fault(`${this.kind}.${entry.key} is neither true nor false`)
  }

  /** `5s` as it is, and a number alone as seconds; none for 0. @throws RollcallError `config` */
  duration(names: readonly string[]): string | undefined {
    const key = this.#entries.find(({ name }) => names.includes(name))?.key
    const text = this.text(names)?.trim()
    if (text === undefined || key === undefined) return undefined
    const duration = /^\d+(?:\.\d+)?$/.test(text) ? `${text}s` : text
    const milliseconds = parseDuration(duration)
    if (milliseconds === undefined) {
      throw this.fault(`${this.kind}.${key} is not a valid duration`, 'write for example timeout: 5s, or 5 for seconds')
    }
    return milliseconds > 0 ? duration : undefined
  }

  /** A map below one of these names, with names of its own. */
  part(names: readonly string[]): KratosPart | undefined {
    const entry = this.#entries.find(({ name, value }) => names.includes(name) && isTree(value))
    if (!entry || !isTree(entry.value)) return undefined
    this.#taken.add(entry.key)
    const part = new KratosPart(`${this.kind}.${entry.key}`, entry.value, this.#path)
    this.#parts.push(part)
    return part
  }

  /** Settings that have a value and were not asked for: `etcd.max_retry`. */
  left(): string[] {
    const own = this.#entries.flatMap(({ key }) => (this.#taken.has(key) ? [] : [`${this.kind}.${key}`]))
    return [...own, ...this.#parts.flatMap((part) => part.left())]
  }

  fault(message: string, hint?: string): RollcallError {
    return new RollcallError('config', `the Kratos configuration ${this.#path}: ${message}`, { hint })
  }

  #take(names: readonly string[]) {
    const found = names.flatMap((name) => this.#entries.filter((entry) => entry.name === name))
    const [entry] = found
    if (entry) this.#taken.add(entry.key)
    return entry
  }

  /** A list, or a text with commas. */
  #texts(name: string): string[] {
    const entry = this.#take([name])
    if (!entry) return []
    const list = typeof entry.value === 'string' ? entry.value.split(',') : entry.value
    if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) {
      throw this.fault(`${this.kind}.${entry.key} is not a list of addresses`)
    }
    return list.map((item) => item.trim()).filter((item) => item !== '')
  }
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}

function plain(key: string): string {
  return key.toLowerCase().replace(/[_-]/g, '')
}

export function isTree(value: unknown): value is ConfigTree {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
