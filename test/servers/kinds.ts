import { chromium } from './chromium/provision.ts'
import { consul } from './consul/provision.ts'
import { etcd } from './etcd/provision.ts'
import { eureka } from './eureka/provision.ts'
import { goFrameworks } from './go-frameworks/provision.ts'
import { javaFrameworks } from './java-frameworks/provision.ts'
import { kubernetes } from './kubernetes/provision.ts'
import { nacos } from './nacos/provision.ts'
import { polaris } from './polaris/provision.ts'
import { schemathesis } from './schemathesis/provision.ts'
import { zookeeper } from './zookeeper/provision.ts'

/** A real program that tests run against, a server most often, and how it is had. */
export interface ServerKind {
  readonly name: string
  /** Finds it, or builds it into the cache. Throws what is missing, with the remedy. Told to stderr: `progress`. */
  provision(progress: (line: string) => void): Promise<Provisioned>
}

/** Where the server is: running already, or the programs to start, by name. Plain data: it crosses to the test workers. */
export interface Provisioned {
  readonly endpoint?: string
  readonly programs?: Readonly<Record<string, string>>
}

export const KINDS: readonly ServerKind[] = [
  etcd,
  consul,
  zookeeper,
  kubernetes,
  polaris,
  nacos,
  eureka,
  goFrameworks,
  javaFrameworks,
  chromium,
  schemathesis,
]
