import { RollcallError } from '../../model/errors.ts'
import { layoutsIn } from '../../layouts/index.ts'
import type { RegistryUrl } from '../../model/registry-url.ts'
import type { Driver, Settings, Target } from '../contract/driver.ts'
import { kvCapabilities } from '../kv/capabilities.ts'

/** The embedded registry: one SQLite file, shared by the processes of one machine, or memory in tests. */
export const local: Driver = {
  name: 'local',
  schemes: ['file', 'memory'],
  environment: [],
  parameters: ['prefix', 'layout'],
  layouts: layoutsIn('flat'),

  capabilities: (layout) => kvCapabilities(layout, { history: true }),

  parse(url, settings): Target {
    refuseLogin(settings)
    checkPlace(url)
    const display = `${url.scheme}:${url.path}`
    return {
      ...settings,
      driver: 'local',
      display,
      url,
      endpoints: [],
      secure: false,
      layout: settings.layout ?? 'auto',
    }
  },

  async open(target, options) {
    const { openLocal } = await import('./store.ts')
    return openLocal(target, options)
  },

  async *diagnose(target, options) {
    const { diagnose } = await import('./doctor.ts')
    yield* diagnose({ target, ...options })
  },
}

function checkPlace({ scheme, hosts, user, path }: RegistryUrl): void {
  if (hosts.length > 0 || user !== undefined) {
    const written = `${hosts.join(',')}${path}`
    throw new RollcallError('usage', `${scheme}://${written} names a host, but the embedded registry has no server`, {
      hint: `write file:${written} for a relative path, file:///folder/registry.db for an absolute one`,
    })
  }
  if (scheme === 'memory' && path !== '')
    throw new RollcallError('usage', `memory: takes no name, but "${path}" was given`, {
      hint: 'write memory: alone, or file: with a path',
    })
  if (scheme === 'file' && (path === '' || path.endsWith('/')))
    throw new RollcallError('usage', `file:${path} names no file`, { hint: 'write for example file:./registry.db' })
}

function refuseLogin({ user, password, token, tls }: Settings): void {
  const given =
    user ?? password ?? token ?? Object.values(tls ?? {}).find((value) => value !== undefined && value !== false)
  if (given === undefined) return
  throw new RollcallError('usage', 'the embedded registry has no users and no TLS', {
    hint: 'leave out user, password, token and TLS settings; the permissions of its file decide who can read and write',
  })
}
