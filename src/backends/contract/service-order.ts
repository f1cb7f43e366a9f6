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
  return Buffer.compare(Buffer.from(`${a}/`), Buffer.from(`${b}/`))
}
