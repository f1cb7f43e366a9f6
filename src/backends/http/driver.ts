import type { Driver } from '../contract/driver.ts'
import { getting } from '../contract/sign.ts'
import { type TargetTable, parseTarget } from '../contract/target.ts'
import { basePath } from './protocol.ts'
import { CAPABILITIES } from './served/description.ts'

/** A host without a port has the web's. */
const TARGET: TargetTable = {
  driver: 'http',
  title: 'HTTP',
  schemes: ['http', 'https'],
  port: [80, 443],
  logins: 'tokens',
  path: true,
}

/** The AIO registry's HTTP API: that of `rollcall serve`, and that of any other server. */
export const http: Driver = {
  name: 'http',
  schemes: TARGET.schemes,
  port: 8700,
  environment: [],
  sign: { title: 'a rollcall server', ask: getting('/registry/capabilities'), shows: /\{"code":\d+,"msg":/ },
  parameters: [],
  layouts: ['aio'],

  /** Of a server that is `rollcall serve` over a key-value store; once opened, the server reports its own. */
  capabilities: () => CAPABILITIES,

  parse(url, settings, environment) {
    const target = parseTarget(TARGET, url, settings, environment)
    return { ...target, display: `${target.display}${basePath(url)}` }
  },

  async open(target, options) {
    const { openHttp } = await import('./open.ts')
    return openHttp(target, options)
  },

  async *diagnose(target, options) {
    const { diagnose } = await import('./doctor.ts')
    yield* diagnose({ target, ...options })
  },
}
