import { RollcallError } from '../../model/errors.ts'
import type { InstanceSide, SideFacts } from '../sides/side.ts'

/** @throws RollcallError `refused` for a source without an instance */
export function requireSome({ name }: Pick<InstanceSide, 'name'>, count: number): void {
  if (count > 0) return
  throw new RollcallError('refused', `${name} has no instances, so nothing is changed`, {
    hint: 'an empty source is rarely meant: check its name, its prefix and the services',
  })
}

/** @throws RollcallError `forbidden` for a source of which a part could not be read */
export function requireWhole({ name }: Pick<InstanceSide, 'name'>, { unreadable }: SideFacts): void {
  if (unreadable === undefined) return
  throw new RollcallError('forbidden', `${name} was not read whole: ${unreadable}`, {
    hint: 'use credentials that can read it, or name the services to copy',
  })
}
