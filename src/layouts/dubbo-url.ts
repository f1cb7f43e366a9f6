/** The folders below an interface in which Dubbo keeps URLs, each as the name of a node. */
export const FOLDERS: ReadonlySet<string> = new Set(['providers', 'consumers', 'configurators', 'routers'])

/** A URL of Dubbo in the name of a node, with the folders above it. */
export interface DubboNode {
  /** What stands before the folder of the interface. */
  readonly prefix: string
  /** The interface whose folder it is. */
  readonly interface: string
  readonly folder: string
  readonly protocol: string
  /** `host:port`. */
  readonly authority: string
  /** In the order of the URL; the last of several with the same name wins. */
  readonly parameters: ReadonlyMap<string, string>
}

/**
 * The node of a key that ends with `{interface}/{folder}/{URL}`, in which the URL is encoded and names its interface. Undefined
 * for every other key. Never throws.
 */
export function dubboNodeAt(key: string): DubboNode | undefined {
  if (last?.key === key) return last.node
  const node = parse(key)
  last = { key, node }
  return node
}

/** A reading asks for the same key several times in a row. */
let last: { readonly key: string; readonly node: DubboNode | undefined } | undefined

/** The `application` of a provider's key as bytes, read from its end without parsing the rest. Undefined for every other key. */
export function applicationIn(key: Uint8Array): Uint8Array | undefined {
  const text = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
  const name = text.lastIndexOf('/')
  if (!text.endsWith('/providers', name)) return undefined
  const encoded = [...text.slice(name).matchAll(APPLICATION)].at(-1)?.[1] ?? ''
  const application = decoded(encoded)
  return application ? Buffer.from(application) : undefined
}

/** Of several the last counts, as in the parameters. */
const APPLICATION = /%(?:3F|26)application%3D((?:(?!%26).)*)/gis

function parse(key: string): DubboNode | undefined {
  const name = key.lastIndexOf('/')
  const above = key.lastIndexOf('/', name - 1)
  const folder = key.slice(above + 1, name)
  if (above < 1 || !FOLDERS.has(folder)) return undefined
  const [, protocol, authority, query] = URL_FORM.exec(decoded(key.slice(name + 1)) ?? '') ?? []
  if (protocol === undefined || authority === undefined || query === undefined) return undefined
  const parameters = parametersIn(query)
  if (!parameters.get('interface')) return undefined
  const start = key.lastIndexOf('/', above - 1)
  return {
    prefix: key.slice(0, Math.max(0, start)),
    interface: decoded(key.slice(start + 1, above)) ?? '',
    folder,
    protocol,
    authority,
    parameters,
  }
}

/** Values are not encoded on their own: the first `?` and each `&` part them. */
const URL_FORM = /^([\w.+-]+):\/\/(?:[^@/?]*@)?([^@/?]+)(?:\/[^?]*)?\?(.*)$/s

function parametersIn(query: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const pair of query.split('&')) {
    const sign = pair.indexOf('=')
    const name = sign < 0 ? pair : pair.slice(0, sign)
    if (name !== '') parameters.set(name, sign < 0 ? '' : pair.slice(sign + 1))
  }
  return parameters
}

/** As Java decodes a form; undefined for what is not encoded rightly. */
function decoded(text: string): string | undefined {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
