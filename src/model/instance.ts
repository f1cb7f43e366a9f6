/** Free-form data of an instance. Keys and values are strings, as in Kratos. */
export type Metadata = Readonly<Record<string, string>>

/** One running copy of a service: the five fields of Kratos' `registry.ServiceInstance`. */
export interface ServiceInstance {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly metadata: Metadata
  /** URLs such as `grpc://10.0.0.1:9000`, in the order in which they are stored. */
  readonly endpoints: readonly string[]
}

/** An instance as a caller passes it: fields that are absent or null are written as Go writes nil. */
export interface InstanceInit {
  readonly id: string
  readonly name: string
  readonly version?: string
  readonly metadata?: Metadata | null
  readonly endpoints?: readonly string[] | null
}

/** Functions on instances, which themselves are plain data. */
export const ServiceInstance = {
  /** Returns a complete instance, with empty values for absent fields. */
  from(init: InstanceInit): ServiceInstance {
    return {
      id: init.id,
      name: init.name,
      version: init.version ?? '',
      metadata: init.metadata ?? {},
      endpoints: init.endpoints ?? [],
    }
  },

  /**
   * Returns whether two instances have the same id, name, version and metadata, and the same endpoints in any order.
   * Unlike Kratos, a missing metadata key is not equal to an empty value.
   */
  equal(a: ServiceInstance, b: ServiceInstance): boolean {
    return (
      a.id === b.id &&
      a.name === b.name &&
      a.version === b.version &&
      sameMetadata(a.metadata, b.metadata) &&
      sameEndpoints(a.endpoints, b.endpoints)
    )
  },

  /** Returns `{name}-{id}`, which Kratos' clients use as the identity of an instance. */
  toString(instance: ServiceInstance): string {
    return `${instance.name}-${instance.id}`
  },
}

function sameMetadata(a: Metadata, b: Metadata): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
}

function sameEndpoints(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  const left = a.toSorted()
  const right = b.toSorted()
  return left.every((endpoint, at) => endpoint === right[at])
}
