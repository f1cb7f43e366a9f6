import { RollcallError } from '../model/errors.ts'
import type { NewContext } from './contexts.ts'
import { absoluteRegistry } from './description.ts'
import { FIELD_NAMES } from './fields.ts'
import { flagLayer, notEmpty } from './layers.ts'
import { merge, settingsOf } from './merge.ts'
import type { GlobalFlags } from './settings.ts'

/**
 * The flags of `context add` as a context's fields. Paths become absolute, so that it means the same in every folder.
 *
 * @throws RollcallError `usage` for a value that makes no sense.
 */
export function contextFrom(
  flags: GlobalFlags,
  cwd: string,
  guards: { readonly readOnly: boolean; readonly confirm: boolean },
): NewContext {
  if (flags.registry === undefined) {
    throw new RollcallError('usage', 'a context needs a registry', {
      hint: 'add for example --registry etcd://127.0.0.1:2379',
    })
  }
  const layer = flagLayer(flags, cwd)
  settingsOf(merge([layer]))
  const fields = FIELD_NAMES.flatMap((name) => {
    const found = layer.get(name)
    return found ? [[name, found.value] as const] : []
  })
  return {
    registry: absoluteRegistry(notEmpty(flags.registry, '--registry'), cwd),
    ...Object.fromEntries(fields),
    ...(guards.readOnly ? { readOnly: true } : {}),
    ...(guards.confirm ? { confirm: 'name' } : {}),
  }
}
