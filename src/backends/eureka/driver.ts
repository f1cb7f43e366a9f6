import type { Capabilities } from '../../model/capabilities.ts'
import type { Driver } from '../contract/driver.ts'
import { getting } from '../contract/sign.ts'
import { type TargetTable, parseTarget } from '../contract/target.ts'

const TARGET: TargetTable = {
  driver: 'eureka',
  title: 'Eureka',
  schemes: ['eureka', 'eurekas'],
  port: 8761,
  logins: 'users',
  path: true,
  insteadOfPrefix: () => 'the path of its URL says where its API begins: eureka://127.0.0.1:8761/eureka',
}

/** Netflix' Eureka, and the server of Spring Cloud, over HTTP. */
export const eureka: Driver = {
  name: 'eureka',
  schemes: TARGET.schemes,
  port: 8761,
  environment: [],
  sign: { title: 'Eureka', ask: getting('/eureka/apps/delta'), shows: /apps__hashcode/ },
  parameters: ['layout'],
  layouts: ['kratos'],
  rules: async () => (await import('./rules.ts')).EUREKA_RULES,

  capabilities: () => CAPABILITIES,

  parse(url, settings, environment) {
    const target = parseTarget(TARGET, url, settings, environment)
    const path = url.path.replace(/\/+$/, '') || '/eureka'
    return { ...target, url: { ...url, path }, display: `${target.display}${path}` }
  },

  async open(target, options) {
    const { openEureka } = await import('./backend.ts')
    return openEureka(target, options, CAPABILITIES)
  },

  async *diagnose(target, options) {
    const { diagnose } = await import('./doctor.ts')
    yield* diagnose({ target, ...options })
  },
}

const CAPABILITIES: Capabilities = {
  ttl: true,
  renew: true,
  keepAlive: true,
  lease: false,
  watch: true,
  history: false,
  revision: false,
  rawKeys: true,
  guarded: false,
  offline: true,
  restore: true,
  namespaces: false,
}
