import type { Capabilities } from '../../model/capabilities.ts'
import type { Driver } from '../contract/backend.ts'
import { NACOS_RULES } from './rules.ts'
import { getting } from '../contract/sign.ts'
import { completeTarget } from './target.ts'

/** Nacos 2 and 3, over HTTP. */
export const nacos: Driver = {
  name: 'nacos',
  schemes: ['nacos', 'nacoss'],
  port: 8848,
  environment: [
    { name: 'NACOS_HOST', meaning: 'the host that "nacos:" alone stands for' },
    { name: 'NACOS_PORT', meaning: 'its port' },
    { name: 'NACOS_NAMESPACE', meaning: 'the id of the namespace' },
    { name: 'NACOS_USERNAME', meaning: 'the user', login: true },
    { name: 'NACOS_PASSWORD', meaning: 'the password', secret: true, login: true },
  ],
  sign: {
    title: 'Nacos',
    ask: getting('/nacos/v1/console/server/state'),
    shows: /"(?:startup|standalone|function)_mode"/,
  },
  parameters: ['namespace', 'group', 'cluster', 'kind', 'layout'],
  layouts: ['kratos'],
  rules: NACOS_RULES,

  capabilities: () => CAPABILITIES,

  parse: completeTarget,

  async open(target, options) {
    const { openNacos } = await import('./backend.ts')
    return openNacos(target, options)
  },
}

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
  settings: ['persistent'],
}
