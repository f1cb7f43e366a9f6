/** Flat facts about a registry and a layout. They drive the client's guards, the conformance suite and the README's table. */
export interface Capabilities {
  /** A registration can end by itself. */
  readonly ttl: boolean
  /** A heartbeat can be sent for a record. */
  readonly renew: boolean
  /** A registration can be kept alive by the process that made it. */
  readonly keepAlive: boolean
  /** Records hang on leases that several may share, and that can be renewed by their id. */
  readonly lease: boolean
  /** A registration is a session of the process that made it, and ends with it: it is kept alive, or made without a TTL. */
  readonly session?: boolean
  /** Changes are pushed; elsewhere the client asks again and compares. */
  readonly watch: boolean
  /** A watch can begin at an earlier revision. */
  readonly history: boolean
  /** A whole read is one consistent picture with a revision. */
  readonly revision: boolean
  /** Stored keys can be named as they are. */
  readonly rawKeys: boolean
  /** A change can compare what it saw. */
  readonly guarded: boolean
  /** An instance can be taken out of traffic while its record is kept. */
  readonly offline: boolean
  /** Liveness lies in the values, and nobody but a monitor marks as down what is not renewed. */
  readonly monitor?: boolean
  /** Removed records can be put back byte for byte. */
  readonly restore: boolean
  /** The registry has namespaces of its own. */
  readonly namespaces: boolean
  /** Services have nodes of their own, which stay when the last instance is gone. */
  readonly folders?: boolean
  /** What a registration may say here beyond its instance; none where it is left out. */
  readonly settings?: readonly (keyof RegistrationSettings)[]
}

/** What only some registries can be told of a registration. Durations in milliseconds. */
export interface RegistrationSettings {
  /** A URL that the registry is to ask whether the instance is well. */
  readonly checkHttp?: string
  /** A `host:port` that the registry is to connect to for the same reason. */
  readonly checkTcp?: string
  /** The registry is to check nothing: it takes the instance for well. */
  readonly noChecks?: boolean
  readonly checkInterval?: number
  readonly checkTimeout?: number
  /** How long it may be unwell before the registry removes it. */
  readonly deregisterAfter?: number
  /** The pod that is the instance. */
  readonly pod?: string
  /** Between two heartbeats of the process that keeps it alive. */
  readonly renewInterval?: number
  /** It stays when nobody keeps it alive. */
  readonly persistent?: boolean
}
