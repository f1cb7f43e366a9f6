import type { Environment } from '../backends/contract/driver.ts'
import { RollcallError } from '../model/errors.ts'
import { type GlobalFlags, variableOf } from './settings.ts'

/** The text that names several contexts, such as `prod-etcd,prod-consul`: of the flag, or of its variable where no flag names a registry. No context's name has a comma. */
export function severalContexts(flags: GlobalFlags, env: Environment): string | undefined {
  const { registry, context, kratosConfig } = flags
  const isFree = registry === undefined && kratosConfig === undefined && env[variableOf('registry')] === undefined
  const text = context ?? (isFree ? env[variableOf('context')] : undefined)
  return text?.includes(',') ? text : undefined
}

/** @throws RollcallError `usage` for an empty name, and for one that is there twice */
export function namesOf(text: string): string[] {
  const names = text.split(',').map((name) => name.trim())
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (names.includes('') || twice !== undefined)
    throw new RollcallError('usage', `"${text}" ${twice ? `names ${twice} twice` : 'has an empty name'}`, {
      hint: 'write for example -c prod-etcd,prod-consul',
    })
  return names
}

/** For a command that works with one registry. */
export function takesOne(text: string): RollcallError {
  return new RollcallError('usage', `"${text}" names several registries, and this command takes one`, {
    hint: 'name one of them with -c; ls, stats, watch, check-keys and verify take several',
  })
}
