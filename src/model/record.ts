/** One stored record, undecoded, with what it takes to change it safely. */
export interface RawRecord {
  /** Printable, unique and stable: the escaped key, or a path such as `dc1/node-a/web-1`. */
  readonly id: string
  /** The service it is stored under. */
  readonly service: string
  /** Bytes in a key-value store, the API's own object elsewhere. */
  readonly body: Uint8Array | object
  /** The revision that a guarded change compares; absent where the registry has none. */
  readonly revision?: string
  /** Hexadecimal. */
  readonly lease?: string
  /** What the registry keeps of it beside the value, such as who may read it; where `Backend.examine` reads it, for `restore`. */
  readonly beside?: object
  /** When the registry first stored it, in milliseconds since 1970, where it knows. */
  readonly createdAt?: number
  /** In a registry that is a tree: how many nodes lie right below this one. */
  readonly children?: number
  /** Only where the reading depends on it: in a key-value store, under a prefix that no layout owns. */
  readonly folder?: FolderFacts
  /** The `host:port` from which the process is connected whose session keeps the record. Only when a scan asked for detail and the registry reports it. */
  readonly heldFrom?: string
  /** Only when a scan asked for detail. */
  readonly leaseState?: LeaseState
}

/** What is stored beside a record in a key-value store, in the folder that is its key without the last segment. */
export interface FolderFacts {
  /** A record of Kratos that is whole. */
  readonly kratos: boolean
  /** A record of AIO that is whole. */
  readonly aio: boolean
  /** The folder is a scope of Patroni, or directly below one. */
  readonly patroni: boolean
}

/** A lease as the registry reports it. TTLs in seconds; `remaining` is 0 for one that is gone. */
export interface LeaseState {
  readonly lease: string
  readonly granted: number
  readonly remaining: number
  /** The ids (escaped keys) of all records attached to it. */
  readonly keys: readonly string[]
}

/** The outcome for one record in a change of several. */
export interface Outcome {
  readonly id: string
  /**
   * `in-doubt`: the change was sent, but no answer came. `not-attempted`: the registry was unreachable before the change was
   * sent. For both, `error` has the reason.
   */
  readonly result: 'done' | 'absent' | 'changed' | 'unsupported' | 'failed' | 'in-doubt' | 'not-attempted'
  /** Why it failed, or why it is not supported. */
  readonly error?: Error
}
