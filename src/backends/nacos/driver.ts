import type { Driver } from '../contract/driver.ts'
import { getting } from '../contract/sign.ts'
import { type TargetTable, parseTarget } from '../contract/target.ts'
import { CAPABILITIES, placeIn } from './context.ts'

const TARGET: TargetTable = {
  driver: 'nacos',
  title: 'Nacos',
  schemes: ['nacos', 'nacoss'],
  port: 8848,
  logins: 'users',
  path: true,
  insteadOfPrefix: () => 'groups are named by ?group=',
  variables: { hosts: 'NACOS_HOST', port: 'NACOS_PORT', user: 'NACOS_USERNAME', password: 'NACOS_PASSWORD' },
}

/** Nacos 2 and 3, over HTTP. */
export const nacos: Driver = {
  name: 'nacos',
  schemes: TARGET.schemes,
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
  rules: async () => (await import('./rules.ts')).NACOS_RULES,

  capabilities: () => CAPABILITIES,

  parse(url, settings, environment) {
    const target = parseTarget(TARGET, url, settings, environment)
    const namespace = settings.namespace ?? url.query['namespace'] ?? (environment['NACOS_NAMESPACE'] || undefined)
    const said = { ...url.query, ...(namespace === undefined ? {} : { namespace }) }
    const query = Object.entries(said).map(([name, value]) => `${name}=${value}`)
    const where = query.length > 0 ? `?${query.join('&')}` : ''
    return {
      ...target,
      ...(namespace === undefined ? {} : { namespace }),
      display: `${target.display}${placeIn(target).contextPath}${where}`,
    }
  },

  async open(target, options) {
    const { openNacos } = await import('./backend.ts')
    return openNacos(target, options)
  },

  async *diagnose(target, options) {
    const { diagnose } = await import('./doctor.ts')
    yield* diagnose({ target, ...options })
  },
}
