/** What a registry supports with a layout, as flat facts. */
export interface Capabilities {
  /** A registration can expire on its own. */
  readonly ttl: boolean
  /** A heartbeat can be sent for a record. */
  readonly renew: boolean
  /** A registration can be kept alive by the process that made it. */
  readonly keepAlive: boolean
  /** Records hang on leases that several may share, and that can be renewed by their id. */
  readonly lease: boolean
  /** A registration is a session of the process that made it, and ends with it: it is kept alive, or made without a TTL. */
  readonly session?: boolean
  /** The registry reports changes, by itself or when it is asked for them; elsewhere the client reads everything again and compares. */
  readonly watch: boolean
  /** A watch can begin at an earlier revision. */
  readonly history: boolean
  /** A whole read is one consistent state with a revision. */
  readonly revision: boolean
  /** Stored keys can be named as they are. */
  readonly rawKeys: boolean
  /** A change can compare the record with the one that was read. */
  readonly guarded: boolean
  /** An instance can be taken out of traffic while its record is kept. */
  readonly offline: boolean
  /** Liveness is stored in the values, and only a monitor marks unrenewed instances as down. */
  readonly monitor?: boolean
  /** Removed records can be put back byte for byte. */
  readonly restore: boolean
  /** The registry has namespaces of its own. */
  readonly namespaces: boolean
  /** Instances have tags, beside their metadata. */
  readonly tags?: boolean
  /** Services have nodes of their own, which remain when the last instance is gone. */
  readonly folders?: boolean
  /** Settings that a registration can have here beyond its instance; none when absent. */
  readonly settings?: readonly (keyof RegistrationSettings)[]
}

/** Settings of a registration that only some registries have. Durations in milliseconds. */
export interface RegistrationSettings {
  /** A URL that the registry requests to check the health of the instance. */
  readonly checkHttp?: string
  /** A `host:port` that the registry connects to in order to check the health of the instance. */
  readonly checkTcp?: string
  /** The registry checks nothing and considers the instance healthy. */
  readonly noChecks?: boolean
  readonly checkInterval?: number
  readonly checkTimeout?: number
  /** How long an instance may be unhealthy before the registry removes it. */
  readonly deregisterAfter?: number
  /** The pod that is the instance. */
  readonly pod?: string
  /** Between two heartbeats of the process that keeps it alive. */
  readonly renewInterval?: number
  /** The registration stays when no process keeps it alive. */
  readonly persistent?: boolean
}
