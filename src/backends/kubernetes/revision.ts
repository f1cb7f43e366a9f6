import { RollcallError } from '../../model/errors.ts'

/** How far the Pods and the EndpointSlices were read: each has a history of its own. What was not read is left out. */
export interface Revision {
  readonly pods?: string
  readonly endpointslices?: string
}

/** `PODS+SLICES`, `PODS` alone, or `+SLICES`. */
export function formatRevision({ pods = '', endpointslices }: Revision): string {
  return endpointslices === undefined ? pods : `${pods}+${endpointslices}`
}

/** @throws RollcallError `usage` for what formatRevision never makes */
export function parseRevision(text: string): Revision {
  const [, pods, endpointslices] = /^(\d+)?(?:\+(\d+))?$/.exec(text) ?? []
  if (pods !== undefined || endpointslices !== undefined)
    return { ...(pods ? { pods } : {}), ...(endpointslices ? { endpointslices } : {}) }
  throw new RollcallError('usage', `"${text}" is no revision of Kubernetes`, {
    hint: 'take one that ls -o json or watch has told',
  })
}
