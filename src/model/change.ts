import type { InstanceEntry, MalformedEntry } from './reading.ts'

/** One changed field of an instance, before and after. */
export interface FieldChange {
  readonly field: string
  readonly from: unknown
  readonly to: unknown
}

/** The events of a watch, in order. Only the last event of a revision has `revision`. */
export type WatchEvent =
  | { readonly type: 'snapshot'; readonly entry: InstanceEntry }
  /** The state is complete: after the snapshot, and after a gap has been closed. */
  | { readonly type: 'synced'; readonly revision?: string }
  | { readonly type: 'added'; readonly entry: InstanceEntry; readonly revision?: string }
  | {
      readonly type: 'updated'
      readonly entry: InstanceEntry
      readonly before: InstanceEntry
      readonly changes: readonly FieldChange[]
      readonly revision?: string
    }
  | { readonly type: 'removed'; readonly entry: InstanceEntry; readonly revision?: string }
  /** A record that no client can use is there, or has another fault or lease than before; `gone`: it was removed, or can be used now. */
  | { readonly type: 'malformed'; readonly malformed: MalformedEntry; readonly gone?: true; readonly revision?: string }
  /** History was lost: the differences from the last known state follow, then `synced`. */
  | { readonly type: 'gap'; readonly message: string }
  /** The connection was lost, or is back. */
  | { readonly type: 'link'; readonly state: 'up' | 'down'; readonly message?: string }
