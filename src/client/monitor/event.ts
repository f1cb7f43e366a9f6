import type { InstanceEntry } from '../../model/reading.ts'

/** What a monitor reports. */
export type MonitorEvent =
  /** Another monitor holds the lock; `leader` is the name that it gave itself. */
  | { readonly type: 'standby'; readonly leader: string }
  /** This monitor holds the lock, or has lost it, with the reason. */
  | { readonly type: 'leading' }
  | { readonly type: 'lost'; readonly message: string }
  /** Marked as down: the instance as it was, and for how many milliseconds it was not renewed. */
  | { readonly type: 'down'; readonly entry: InstanceEntry; readonly unrenewedFor: number }
  /**
   * The clock of the process that renews the instance is at least `ahead` milliseconds ahead of ours, behind when negative; 0
   * when the clocks agree again.
   */
  | { readonly type: 'skew'; readonly entry: InstanceEntry; readonly ahead: number }
  /** A step failed; it is tried again. */
  | { readonly type: 'failed'; readonly message: string }
