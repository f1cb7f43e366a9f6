/** An endpoint's parts as selectors and counts need them. */
export interface Address {
  /** Empty for a bare `host:port`. */
  readonly scheme: string
  /** Lower case, IPv6 without its brackets. */
  readonly host: string
  /** Empty where there is none. */
  readonly port: string
}

const SHAPE = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:[^@/?#]*@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d*))?(?:[/?#]|$)/i

/** Undefined for an endpoint that names no address. */
export function addressOf(endpoint: string): Address | undefined {
  const match = SHAPE.exec(endpoint)
  if (!match) return undefined
  const host = (match[2] ?? '').replace(/^\[|\]$/g, '').toLowerCase()
  return { scheme: (match[1] ?? '').toLowerCase(), host, port: match[3] ?? '' }
}

/** The schemes among endpoints, each once, in order. A bare address has none. */
export function schemesOf(endpoints: readonly string[]): string[] {
  const schemes = endpoints.map((endpoint) => addressOf(endpoint)?.scheme ?? '')
  return [...new Set(schemes)].filter((scheme) => scheme !== '').sort()
}
