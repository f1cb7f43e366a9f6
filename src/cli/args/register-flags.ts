import type { Capabilities, RegistrationSettings } from '../../model/capabilities.ts'
import { RollcallError } from '../../model/errors.ts'
import { durationFlag } from './options.ts'
import { type OptionValues, longFlag, toggle, value } from './options.ts'

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
