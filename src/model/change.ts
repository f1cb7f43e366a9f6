import type { InstanceEntry } from './reading.ts'

/** One field of an instance that is not as it was. */
export interface FieldChange {
  readonly field: string
  readonly from: unknown
  readonly to: unknown
}

/** What a watch tells, in order. `revision` stands only on the last event of that revision. */
export type WatchEvent =
  | { readonly type: 'snapshot'; readonly entry: InstanceEntry }
  /** The picture is whole: after the snapshot, and after a gap was mended. */
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
  /** History was lost: the differences from the last picture follow, then `synced`. */
  | { readonly type: 'gap'; readonly message: string }
  /** The connection went away, or is back. */
  | { readonly type: 'link'; readonly state: 'up' | 'down'; readonly message?: string }
