const SLASH = 0x2f

/** Compares the bytes of `{name}/`, which is how keys order services. Names have no slash. */
export function compareServices(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  const order = Buffer.compare(a.subarray(0, shared), b.subarray(0, shared))
  if (order !== 0 || a.length === b.length) return order
  return a.length < b.length ? SLASH - (b[shared] ?? 0) : (a[shared] ?? 0) - SLASH
}

/** For `toSorted`: names of services in the order that keys below them would have. */
export function byServiceName(a: string, b: string): number {
  return byBytes(`${a}/`, `${b}/`)
}

// eslint-disable-next-line no-control-regex -- all of ASCII
const ASCII = /^[\0-\x7f]*$/

/** For `toSorted`: texts in the order of their bytes, which for ASCII is that of their characters. */
export function byBytes(a: string, b: string): number {
  if (!ASCII.test(a) || !ASCII.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  if (a === b) return 0
  return a < b ? -1 : 1
}
