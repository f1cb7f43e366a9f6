/** Beside what services keep, so that no reader of instances meets a lock. */
const LOCKS = '/rollcall/monitor/'

/** The key of the lock for a prefix: one segment, since a tree could not hold a lock below another. */
export function lockKeyOf(prefix: string): Uint8Array {
  return Buffer.from(LOCKS + encodeURIComponent(prefix))
}

/** Whether a key, as it is shown, is a lock's: for who reads from the root on. */
export function isLock(id: string): boolean {
  return id.startsWith(LOCKS)
}
