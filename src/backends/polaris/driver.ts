import type { Capabilities } from '../../model/capabilities.ts'
import { option } from '../../model/wording.ts'
import type { Driver } from '../contract/driver.ts'
import { getting } from '../contract/sign.ts'
import { type TargetTable, parseTarget } from '../contract/target.ts'

const PORT = 8090
const NAMESPACE = 'default'

const TARGET: TargetTable = {
  driver: 'polaris',
  title: 'Polaris',
  schemes: ['polaris', 'polariss'],
  port: PORT,
  logins: 'users',
  insteadOfPrefix: () => `its services lie in namespaces: name one with ${option('namespace')}`,
  variables: { token: 'POLARIS_TOKEN' },
}

/** Polaris 1.18, over HTTP: its client API, and its console's for what that does not do. */
export const polaris: Driver = {
  name: 'polaris',
  schemes: TARGET.schemes,
  port: PORT,
  environment: [{ name: 'POLARIS_TOKEN', meaning: 'the token of a user', secret: true, login: true }],
  sign: { title: 'Polaris', ask: getting('/'), shows: /\r\n\r\n(?:[0-9a-f]+\r\n)?Polaris Server/ },
  parameters: ['namespace', 'layout'],
  layouts: ['kratos', 'kratos-scheme'],
  rules: async () => (await import('./rules.ts')).POLARIS_RULES,

  capabilities: () => CAPABILITIES,

  parse(url, settings, environment) {
    const target = parseTarget(TARGET, url, settings, environment)
    const namespace = settings.namespace ?? url.query['namespace'] ?? NAMESPACE
    const where = settings.allNamespaces ? '' : `?namespace=${namespace}`
    return { ...target, namespace, display: `${target.display}${where}` }
  },

  async open(target, options) {
    const { openPolaris } = await import('./backend.ts')
    return openPolaris(target, options, CAPABILITIES)
  },

  async *diagnose(target, options) {
    const { diagnose } = await import('./doctor.ts')
    yield* diagnose({ target, ...options })
  },
}

/** The same in every layout: they only say how a service is named and how its endpoints belong together. */
const CAPABILITIES: Capabilities = {
  ttl: true,
  renew: true,
  keepAlive: true,
  lease: false,
  watch: false,
  history: false,
  revision: false,
  rawKeys: true,
  guarded: false,
  offline: true,
  restore: true,
  namespaces: true,
}
