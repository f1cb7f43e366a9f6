/** Where something listens. */
export interface Address {
  /** A name or an IP address, IPv6 without brackets. */
  readonly host: string
  readonly port: number
}

const ASCII_NAME = /^[a-z\d_][\w.-]*$/i
const ADDRESS = /^(?:\[([^[\]]*)\]|([^:[\]]*)):(\d{1,5})$/

/** A bare `host:port`, `[IPv6]:port` or `name:port` with a port of 1 to 65535; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const [, inBrackets, name = '', digits = ''] = ADDRESS.exec(text) ?? []
  const port = parsePort(digits)
  if (port === undefined) return undefined
  if (inBrackets !== undefined) return isIPv6(inBrackets) ? { host: inBrackets, port } : undefined
  return isName(name) ? { host: name, port } : undefined
}

/** Only a name of other letters needs Unicode's tables, which take V8 a millisecond. */
function isName(text: string): boolean {
  return ASCII_NAME.test(text) || /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}._-]*$/u.test(text)
}

/** A port of 1 to 65535 in decimal digits. */
export function parsePort(digits: string): number | undefined {
  if (!/^\d+$/.test(digits)) return undefined
  const port = Number(digits)
  return port >= 1 && port <= 65_535 ? port : undefined
}

/** Whether it is an IPv6 address, its zone (`%eth0`) allowed. */
export function isIPv6(host: string): boolean {
  const [address = '', ...zone] = host.split('%')
  if (zone.length > 0 && zone.join('%') === '') return false
  return /^[\da-f:.]+$/i.test(address) && URL.canParse(`http://[${address}]`)
}

/** A host as programs look it up: IPv6 without the brackets that some store with it. */
export function withoutBrackets(host: string): string {
  if (!host.startsWith('[')) return host
  const [, inner = ''] = /^\[(.*)\]$/.exec(host) ?? []
  return isIPv6(inner) ? inner : host
}

/** A host as it stands before a port: IPv6 in brackets, once. */
export function bracketed(host: string): string {
  const bare = withoutBrackets(host)
  return bare.includes(':') ? `[${bare}]` : bare
}

/** A host as it stands in a URL: the sign before an IPv6 address' zone is escaped there. */
export function inUrl(host: string): string {
  const text = bracketed(host)
  return text.startsWith('[') ? text.replace('%', '%25') : text
}

/** Whether two IPv6 addresses are one, however they are written; without a zone it is that address in any. */
export function isSameIPv6(wanted: string, host: string): boolean {
  if (!isIPv6(host) || canonical(wanted) !== canonical(host)) return false
  const zone = zoneOf(wanted)
  return zone === '' || zone === zoneOf(host)
}

function zoneOf(address: string): string {
  const at = address.indexOf('%')
  return at < 0 ? '' : address.slice(at + 1)
}

/** The address that stands for every interface of a machine, where no other machine can reach it. */
export function isUnspecified(host: string): boolean {
  const address = canonical(host)
  return address === '0.0.0.0' || address === '[::]' || address === '[::ffff:0:0]'
}

/** An address of the machine itself, or a name for one. */
export function isLoopback(host: string): boolean {
  const address = canonical(host)
  if (address === 'localhost' || address.endsWith('.localhost')) return true
  return /^127(\.\d{1,3}){3}$/.test(address) || address === '[::1]' || /^\[::ffff:7f[\da-f]{2}:/.test(address)
}

/** One spelling for every address: IPv6 shortened, in brackets, without its zone. */
function canonical(host: string): string {
  if (!host.includes(':') || !isIPv6(host)) return host.toLowerCase()
  return new URL(`http://[${host.split('%', 1)[0]}]`).hostname
}
