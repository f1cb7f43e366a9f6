import type { Rule } from '../../lint/rule.ts'
import type { Capabilities } from '../../model/capabilities.ts'
import type { Diagnosis } from '../../model/diagnosis.ts'
import type { Logger } from '../../model/logger.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { RegistryUrl } from '../../model/registry-url.ts'
import type { Backend } from './backend.ts'
import type { Sign } from './sign.ts'

/** What the tool knows of a kind of registry before it opens one. Light: loads no library until `open`. */
export interface Driver {
  readonly name: string
  /** URL schemes, the plain one first. */
  readonly schemes: readonly string[]
  /** A bare `host:port` with this port means this registry. */
  readonly port?: number
  /** The system's own variables that complete a target, as `rollcall config` and the docs list them. */
  readonly environment: readonly Variable[]
  /** What it logs in with although no setting and no variable says so: the kubeconfig. */
  readonly ownLogin?: string
  /** By what its servers are recognized where another kind was named. */
  readonly sign?: Sign
  /** Query parameters its URLs may carry. */
  readonly parameters: readonly string[]
  readonly layouts: readonly LayoutName[]
  /** What `check-keys` looks for in this registry alone, beside the shared catalogue. */
  rules?(): Promise<readonly Rule[]>
  capabilities(layout: LayoutName | 'auto'): Capabilities
  /** Pure. Completes `settings` from the URL and the environment; throws a RollcallError with code `usage`. */
  parse(url: RegistryUrl, settings: Settings, environment: Environment): Target
  /** Names in `display` what files of this machine make of the target, where they decide which registry it is. Never fails for want of them. */
  settle?(target: Target): Promise<Target>
  /** Resolves once the registry can be used; rejects when it can never be (a file of another kind, a bad certificate). */
  open(target: Target, options: OpenOptions): Promise<Backend>
  /**
   * What there is to say of the registry's servers and of the registry itself, for `doctor`: server by server, then what concerns
   * all of them. Writes nothing. A server that is away is a diagnosis and no error. Each request is bounded by `requestTimeout`.
   * Throws the reason of `options.signal`, and `config` for files that cannot be used.
   */
  diagnose(target: Target, options: OpenOptions): AsyncIterable<Diagnosis>
}

export interface Variable {
  readonly name: string
  readonly meaning: string
  readonly secret?: boolean
  /** Says who one is, as a user, password, token or client certificate: kept from a registry that only a project file names. */
  readonly login?: boolean
}

export type Environment = Readonly<Record<string, string | undefined>>

/** What flags, variables, contexts and files said, already merged; secrets already read from their files. */
export interface Settings {
  readonly prefix?: string
  readonly layout?: LayoutName | 'auto'
  readonly namespace?: string
  readonly allNamespaces?: boolean
  readonly user?: string
  readonly password?: string
  readonly token?: string
  readonly tls?: TlsSettings
  /** Milliseconds a single request may take. */
  readonly requestTimeout: number
  /** Milliseconds after which an AIO record that was not renewed counts as expired. */
  readonly aioTtl: number
}

/** Paths of PEM files. */
export interface TlsSettings {
  readonly cacert?: string
  readonly cert?: string
  readonly key?: string
  readonly insecureSkipVerify?: boolean
  readonly serverName?: string
}

/** A registry, ready to be opened. */
export interface Target extends Settings {
  readonly driver: string
  /** For people: no secret in it. */
  readonly display: string
  readonly url: RegistryUrl
  /** `host:port` each; none where there is no server. */
  readonly endpoints: readonly string[]
  /** Where `open` finds the token, when the registry's own environment names a file for it. */
  readonly tokenFile?: string
  /** Whether endpoints are spoken to over TLS. */
  readonly secure: boolean
  readonly layout: LayoutName | 'auto'
}

export interface OpenOptions {
  readonly signal: AbortSignal
  readonly logger: Logger
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number
}
