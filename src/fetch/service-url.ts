import { RollcallError } from '../model/errors.ts'

/** A URL that names a service instead of a host. */
export interface ServiceUrl {
  readonly service: string
  /** Path and query. */
  readonly path: string
  /** A URL that a Request can be made of. */
  readonly placeholder: string
}

const SCHEMES = new Set(['rollcall:', 'discovery:'])

/** Undefined for any other URL. @throws RollcallError `usage` for a service URL without a service, or with a host in its place */
export function serviceUrlOf(input: string | URL): ServiceUrl | undefined {
  const url = typeof input === 'string' && !URL.canParse(input) ? undefined : new URL(input)
  if (!url || !SCHEMES.has(url.protocol)) return undefined
  const [, name = '', path = '/'] = /^\/([^/]*)(\/.*)?$/.exec(url.pathname) ?? []
  const service = decoded(name)
  if (url.host !== '' || service === '') {
    throw new RollcallError('usage', `"${url.protocol}//${url.host}${url.pathname}" does not name a service`, {
      hint: `write for example ${url.protocol}///${url.host || 'orders'}/v1/items`,
    })
  }
  const rest = `${path}${url.search}`
  return { service, path: rest, placeholder: `http://service.invalid${rest}` }
}

/** Empty for what stands for no text, such as `%zz`. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return ''
  }
}
