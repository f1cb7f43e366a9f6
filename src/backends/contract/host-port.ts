import { RollcallError } from '../../model/errors.ts'

const SHAPE = /^(\[[0-9a-f:.]+\]|[^:\s/[\]]+)(?::(\d{1,5}))?$/i

/** `host:port` of what stands for a server in a URL or a variable, with the usual port where it names none. */
export function hostPort(written: string, usual: number | string, scheme: string): string {
  const [, name = '', port = String(usual)] = SHAPE.exec(written) ?? []
  // What a web address cannot have as its host, no connection can have: 256.1.1.1, a<b, a%20b.
  if (URL.canParse(`http://${name}`) && /^\d{1,5}$/.test(port) && Number(port) <= 65_535) return `${name}:${port}`
  throw new RollcallError('usage', `"${written}" is not a host or host:port`, {
    hint: `write for example ${scheme}://127.0.0.1:${usual}, and ${scheme}://[::1]:${usual} for an IPv6 address`,
  })
}

/** Host and port of an endpoint; an IPv6 address without its brackets. */
export function placeOf(endpoint: string): { host: string; port: number } {
  const colon = endpoint.lastIndexOf(':')
  return { host: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(endpoint.slice(colon + 1)) }
}
