import type { Client } from '../../client/client.ts'
import type { Capabilities, RegistrationSettings } from '../../model/capabilities.ts'
import { RollcallError } from '../../model/errors.ts'
import { type OptionValues, dryRunOption, durationFlag, list, longFlag, toggle, value, wholeNumber } from './options.ts'

/** Flags of `register` for what only some registries can hold; each stands for the setting of its name. */
export const settingOptions = {
  checkHttp: value('--check-http <url>', 'the registry is to ask this URL (Consul)'),
  checkTcp: value('--check-tcp <host:port>', 'the registry is to connect there (Consul)'),
  noChecks: toggle('--no-checks', 'the registry is to check nothing (Consul)'),
  checkInterval: value('--check-interval <duration>', 'between two checks'),
  checkTimeout: value('--check-timeout <duration>', 'that a check may take'),
  deregisterAfter: value('--deregister-after <duration>', 'how long it may be unwell before it is removed'),
  renewInterval: value(
    '--renew-interval <duration>',
    'with --keep-alive: between two heartbeats (key-value registries)',
  ),
  pod: value('--pod <name>', 'the pod that is the instance (Kubernetes)'),
  persistent: toggle('--persistent', 'it stays when nobody keeps it alive (Nacos, ZooKeeper)'),
} as const

export const registerOptions = {
  endpoint: list('-e, --endpoint <url>', 'where it answers: grpc://10.0.0.1:9000; may be repeated'),
  file: value('-f, --file <path>', 'instances from a YAML or JSON file, - for standard input'),
  id: value('--id <id>', 'made from name, first address and env where it is left out'),
  version: value('--version <version>', 'of the service'),
  meta: list('--meta <key=value>', 'metadata; may be repeated'),
  weight: value('--weight <number>', 'share of the traffic'),
  env: value('--env <env>', 'dev, test, prod, …'),
  ttl: value('--ttl <duration>', 'how long it lives without a heartbeat, or none (15s)'),
  replace: toggle('--replace', 'take the place of another instance of that id'),
  keepAlive: toggle('--keep-alive', 'send heartbeats until stopped, then deregister'),
  leave: toggle('--leave', 'with --keep-alive: do not deregister when stopped'),
  retries: value('--retries <count>', 'with --keep-alive: give up after so many failures in a row (never)'),
  ...settingOptions,
  ...dryRunOption,
} as const

export type RegisterFlags = OptionValues<typeof registerOptions>

type SettingFlags = OptionValues<typeof settingOptions>
type Setting = keyof RegistrationSettings

const DURATIONS = ['checkInterval', 'checkTimeout', 'deregisterAfter', 'renewInterval'] as const

/** @throws RollcallError `usage` for a setting that the registry cannot hold, named by `where`, and for one that makes no sense */
export function settingsFrom(flags: SettingFlags, capabilities: Capabilities, where: string): RegistrationSettings {
  const names = Object.keys(settingOptions) as Setting[]
  const given = names.filter((name) => flags[name] !== undefined && flags[name] !== false)
  const held = capabilities.settings ?? []
  const wrong = given.find((name) => !held.includes(name))
  if (wrong) {
    throw new RollcallError('usage', `${longFlag(settingOptions[wrong])}: ${where} cannot hold that`, {
      hint:
        held.length === 0
          ? 'leave it out'
          : `it can hold ${held.map((name) => longFlag(settingOptions[name])).join(', ')}`,
    })
  }
  if (flags.noChecks && given.length > 1 && given.some((name) => name.startsWith('check'))) {
    throw new RollcallError('usage', '--no-checks and a check exclude each other', { hint: 'leave one of them out' })
  }
  const isDuration = (name: Setting): name is (typeof DURATIONS)[number] => DURATIONS.some((each) => each === name)
  return Object.fromEntries(
    given.map((name) => [
      name,
      isDuration(name) ? durationFlag(longFlag(settingOptions[name]), flags[name] ?? '', 1) : flags[name],
    ]),
  )
}

/** Seconds; null for none; nothing where the registry's own default holds. */
export function ttlFrom(
  { target, capabilities }: Pick<Client, 'target' | 'capabilities'>,
  text: string | undefined,
): { ttl?: number | null } {
  if (text === undefined) return {}
  if (text === 'none') return { ttl: null }
  if (!capabilities.ttl) {
    throw new RollcallError('usage', `--ttl: ${target.driver} with layout ${target.layout} holds no TTL`, {
      hint: 'leave --ttl out',
    })
  }
  const milliseconds = durationFlag('--ttl', text, 1000)
  if (milliseconds % 1000 === 0) return { ttl: milliseconds / 1000 }
  throw new RollcallError('usage', `--ttl ${text} is no number of whole seconds`, { hint: 'write for example 15s' })
}

export function retriesFrom({ retries, leave, keepAlive }: RegisterFlags): { retries?: number } {
  if (!keepAlive && (retries !== undefined || leave)) {
    throw new RollcallError('usage', '--retries and --leave go with --keep-alive', {
      hint: 'add it, or leave them out',
    })
  }
  const count = wholeNumber('--retries', retries, undefined)
  return count === undefined ? {} : { retries: count }
}
