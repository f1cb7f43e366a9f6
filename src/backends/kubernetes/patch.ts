import type { EncodeOptions } from '../contract/backend.ts'
import { RollcallError } from '../../model/errors.ts'
import { parseEndpoint } from '../../model/endpoint.ts'
import type { InstanceInit, Metadata } from '../../model/instance.ts'
import { LABEL_VALUE } from './label.ts'
import { ANNOTATIONS, LABELS } from './pod.ts'

/** Labels and annotations of a merge patch: null takes one away. */
export interface Marks {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string | null>>
}

/** As Kratos deregisters: the keys stay, emptied. */
export const CLEARED: Marks = {
  labels: { [LABELS.service]: '', [LABELS.id]: '', [LABELS.version]: '' },
  annotations: { [ANNOTATIONS.metadata]: '{}', [ANNOTATIONS.protocols]: '{}', [ANNOTATIONS.offline]: null },
}

/** As Kratos registers. @throws RollcallError `usage` for what labels cannot hold, and two schemes on one port */
export function marksFor(instance: InstanceInit, { weight, env }: EncodeOptions): Marks {
  const metadata: Metadata = {
    ...instance.metadata,
    ...(weight === undefined ? {} : { weight: String(weight) }),
    ...(env === undefined ? {} : { env }),
  }
  return {
    labels: {
      [LABELS.service]: checked('name', instance.name),
      [LABELS.id]: checked('id', instance.id),
      [LABELS.version]: instance.version ? checked('version', instance.version) : '',
    },
    annotations: {
      [ANNOTATIONS.metadata]: JSON.stringify(metadata),
      [ANNOTATIONS.protocols]: JSON.stringify(protocolsOf(instance.endpoints ?? [])),
      [ANNOTATIONS.offline]: null,
    },
  }
}

function checked(what: string, text: string): string {
  if (LABEL_VALUE.test(text)) return text
  throw new RollcallError('usage', `the ${what} ${JSON.stringify(text)} is no value of a label`, {
    hint: 'at most 63 letters, digits, hyphens, dots and underscores, a letter or digit first and last',
  })
}

function protocolsOf(endpoints: readonly string[]): Record<string, string> {
  const protocols: Record<string, string> = {}
  for (const text of endpoints) {
    const endpoint = parseEndpoint(text)
    if (endpoint.is === 'flaw')
      throw new RollcallError('usage', `the endpoint "${text}" cannot be dialled: ${endpoint.message}`)
    const { port, scheme } = endpoint
    if (Object.hasOwn(protocols, port))
      throw new RollcallError('usage', `two endpoints have the port ${port}, and a Pod has one scheme a port`)
    protocols[port] = scheme
  }
  return protocols
}
