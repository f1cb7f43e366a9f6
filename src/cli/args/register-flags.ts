import type { Client } from '../../client/client.ts'
import type { Capabilities, RegistrationSettings } from '../../model/capabilities.ts'
import { RollcallError } from '../../model/errors.ts'
import { withoutScheme } from './targets.ts'
import { type OptionValues, dryRunOption, durationFlag, list, longFlag, toggle, value, wholeNumber } from './options.ts'

/** Flags of `register` for settings that only some registries support; each flag has the name of its setting. */
export const settingOptions = {
  checkHttp: value('--check-http <url>', 'URL that the registry checks (Consul)'),
  checkTcp: value('--check-tcp <host:port>', 'address that the registry connects to as a check (Consul)'),
  noChecks: toggle('--no-checks', 'register without a health check (Consul)'),
  checkInterval: value('--check-interval <duration>', 'time between two checks'),
  checkTimeout: value('--check-timeout <duration>', 'time limit of a check'),
  deregisterAfter: value('--deregister-after <duration>', 'remove the instance after it was unhealthy for this long'),
  renewInterval: value(
    '--renew-interval <duration>',
    'with --keep-alive: time between two heartbeats (key-value registries)',
  ),
  pod: value('--pod <name>', 'pod to register as the instance (Kubernetes)'),
  persistent: toggle('--persistent', 'keep the record without heartbeats (Nacos, ZooKeeper)'),
} as const

/** What an instance is, and how it is registered. */
export const instanceOptions = {
  endpoint: list('-e, --endpoint <url>', 'where it answers: grpc://10.0.0.1:9000; may be repeated'),
  id: value('--id <id>', 'instance id (made from name, first address and env)'),
  version: value('--version <version>', 'version of the service'),
  meta: list('--meta <key=value>', 'metadata; may be repeated'),
  weight: value('--weight <number>', 'share of the traffic'),
  env: value('--env <env>', 'environment: dev, test, prod, …'),
  ttl: value('--ttl <duration>', 'how long it lives without a heartbeat, or none (15s)'),
  replace: toggle('--replace', 'replace another instance that has this id'),
} as const

export const registerOptions = {
  ...instanceOptions,
  file: value('-f, --file <path>', 'instances from a YAML or JSON file, - for standard input'),
  keepAlive: toggle('--keep-alive', 'send heartbeats until stopped, then deregister'),
  leave: toggle('--leave', 'with --keep-alive: do not deregister when stopped'),
  retries: value('--retries <count>', 'with --keep-alive: give up after this many failures in a row (never)'),
  ...settingOptions,
  ...dryRunOption,
} as const

export type RegisterFlags = OptionValues<typeof registerOptions>

type SettingFlags = OptionValues<typeof settingOptions>
type Setting = keyof RegistrationSettings

const DURATIONS = ['checkInterval', 'checkTimeout', 'deregisterAfter', 'renewInterval'] as const

/** The settings that the flags give. `where` names the registry in errors. @throws RollcallError `usage` for a setting that it does not support, or that is not valid */
export function settingsFrom(flags: SettingFlags, capabilities: Capabilities, where: string): RegistrationSettings {
  const names = Object.keys(settingOptions) as Setting[]
  const given = names.filter((name) => flags[name] !== undefined && flags[name] !== false)
  const held = capabilities.settings ?? []
  const wrong = given.find((name) => !held.includes(name))
  if (wrong) {
    throw new RollcallError('usage', `${longFlag(settingOptions[wrong])} is not supported by ${where}`, {
      hint:
        held.length === 0
          ? 'leave it out'
          : `it supports ${held.map((name) => longFlag(settingOptions[name])).join(', ')}`,
    })
  }
  if (flags.noChecks && given.length > 1 && given.some((name) => name.startsWith('check'))) {
    throw new RollcallError('usage', '--no-checks conflicts with the flags of a check', { hint: 'pass one of them' })
  }
  const isDuration = (name: Setting): name is (typeof DURATIONS)[number] => DURATIONS.some((each) => each === name)
  return Object.fromEntries(
    given.map((name) => [
      name,
      isDuration(name) ? durationFlag(longFlag(settingOptions[name]), flags[name] ?? '', 1) : flags[name],
    ]),
  )
}

/** The TTL in seconds; null for none; absent when the registry's default applies. @throws RollcallError `usage` */
export function ttlFrom(
  { target, capabilities }: Pick<Client, 'target' | 'capabilities'>,
  text: string | undefined,
): { ttl?: number | null } {
  if (text === undefined) return {}
  if (text === 'none') return { ttl: null }
  if (!capabilities.ttl) {
    throw new RollcallError('usage', `--ttl is not supported by ${target.driver} with layout ${target.layout}`, {
      hint: 'leave --ttl out',
    })
  }
  const milliseconds = durationFlag('--ttl', text, 1000)
  if (milliseconds % 1000 === 0) return { ttl: milliseconds / 1000 }
  throw new RollcallError('usage', `--ttl must be a number of whole seconds, not ${text}`, {
    hint: 'write for example 15s',
  })
}

export function retriesFrom({ retries, leave, keepAlive }: RegisterFlags): { retries?: number } {
  if (!keepAlive && (retries !== undefined || leave)) {
    throw new RollcallError('usage', '--retries and --leave need --keep-alive', {
      hint: 'add it, or omit them',
    })
  }
  const count = wholeNumber('--retries', retries, undefined)
  return count === undefined ? {} : { retries: count }
}

/** The one service that a command registers. @throws RollcallError `usage` for none, and for several */
export function theService(command: string, words: readonly string[]): string {
  const [service, ...rest] = words.map(withoutScheme)
  if (service === undefined) {
    throw new RollcallError('usage', `${command} needs a service`, {
      hint: `rollcall ${command} <service> --endpoint URL`,
    })
  }
  if (rest.length > 0) {
    throw new RollcallError('usage', `${command} takes one service, not also ${rest.join(' ')}`, {
      hint: 'pass the id by --id',
    })
  }
  return service
}
