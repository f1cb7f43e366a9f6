import type { Capabilities } from '../../model/capabilities.ts'
import type { Driver } from '../contract/backend.ts'
import { POLARIS_RULES } from './rules.ts'
import { getting } from '../contract/sign.ts'
import { completeTarget } from './target.ts'

/** Polaris 1.18, over HTTP: its client API, and its console's for what that does not do. */
export const polaris: Driver = {
  name: 'polaris',
  schemes: ['polaris', 'polariss'],
  port: 8090,
  environment: [{ name: 'POLARIS_TOKEN', meaning: 'the token of a user', secret: true, login: true }],
  sign: { title: 'Polaris', ask: getting('/'), shows: /\r\n\r\n(?:[0-9a-f]+\r\n)?Polaris Server/ },
  parameters: ['namespace', 'layout'],
  layouts: ['kratos', 'kratos-scheme'],
  rules: POLARIS_RULES,

  capabilities: () => CAPABILITIES,

  parse: completeTarget,

  async open(target, options) {
    const { openPolaris } = await import('./open.ts')
    return openPolaris(target, options)
  },
}

/** The same in every layout: they only say how a service is named and how its endpoints belong together. */
export const CAPABILITIES: Capabilities = {
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
