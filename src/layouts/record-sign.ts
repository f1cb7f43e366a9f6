import type { LayoutName } from '../model/observed.ts'
import type { ObjectShape } from './shape.ts'

/** What only the records of one writer have. */
export interface RecordSign {
  /** The writer as people call it: `Kitex`. */
  readonly title: string
  /** The layout in which its records are read; left out where they are only recognised. */
  readonly layout?: LayoutName
  is(marked: Marked): boolean
  /** What the writer does when its record is removed while it runs. Source: the writers themselves, run and read. */
  readonly removal?: RemovalNote
  /** The same where its record lives by a session, if that differs. */
  readonly removalInTree?: RemovalNote
}

export interface RemovalNote {
  readonly comesBack: boolean
  readonly note: string
}

/** What a sign is looked for in. */
export interface Marked {
  /** The whole key; undefined where it is not UTF-8. */
  readonly key: string | undefined
  /** Undefined where the value is not a JSON object. */
  readonly shape: ObjectShape | undefined
  /** The value is a bare host:port. */
  readonly isAddress: boolean
  readonly lease: string | undefined
  /** The store is a tree: ZooKeeper. */
  readonly isTree: boolean
}
