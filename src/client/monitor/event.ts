import { formatDuration } from '../../model/duration.ts'
import type { InstanceEntry } from '../../model/reading.ts'

/** What a monitor tells. */
export type MonitorEvent =
  /** Another marks what is down: who, as he says himself. */
  | { readonly type: 'standby'; readonly leader: string }
  /** The lock is held, or was lost, and why. */
  | { readonly type: 'leading' }
  | { readonly type: 'lost'; readonly message: string }
  /** Marked as down: the instance as it was, and for how many milliseconds it was not renewed. */
  | { readonly type: 'down'; readonly entry: InstanceEntry; readonly unrenewedFor: number }
  /**
   * The clock of who renews the instance is so many milliseconds ahead of ours at least, behind when negative; 0 when it
   * no longer is.
   */
  | { readonly type: 'skew'; readonly entry: InstanceEntry; readonly ahead: number }
  /** What could not be done; it is tried again. */
  | { readonly type: 'failed'; readonly message: string }

/** For people: whose clock it is stands before it. `ahead` in milliseconds. */
export function skewText(ahead: number): string {
  if (ahead === 0) return 'its clock and ours agree again'
  return `its clock is ${formatDuration(Math.abs(ahead))} or more ${ahead > 0 ? 'ahead of' : 'behind'} ours`
}
