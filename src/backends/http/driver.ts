import type { Capabilities } from '../../model/capabilities.ts'
import type { Driver } from '../contract/backend.ts'
import { getting } from '../contract/sign.ts'
import { completeTarget } from './target.ts'

/** The AIO registry's HTTP API, as `rollcall serve` offers it and as any other server does. */
export const http: Driver = {
  name: 'http',
  schemes: ['http', 'https'],
  port: 8700,
  environment: [],
  sign: { title: 'a rollcall server', ask: getting('/registry/capabilities'), shows: /\{"code":\d+,"msg":/ },
  parameters: [],
  layouts: ['aio'],

  capabilities: () => CAPABILITIES,

  parse: completeTarget,

  async open(target, options) {
    const { openHttp } = await import('./open.ts')
    return openHttp(target, options)
  },
}

/** Of a server that is `rollcall serve` over a key-value store; what an open one has, its server tells. */
export const CAPABILITIES: Capabilities = {
  ttl: false,
  renew: true,
  keepAlive: true,
  lease: false,
  watch: true,
  history: true,
  revision: true,
  rawKeys: false,
  guarded: true,
  offline: true,
  restore: false,
  namespaces: false,
}

/** Of any other server: it compares nothing, numbers nothing and announces nothing. */
export const PLAIN_CAPABILITIES: Capabilities = {
  ...CAPABILITIES,
  watch: false,
  history: false,
  revision: false,
  guarded: false,
}
