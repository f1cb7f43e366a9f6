import { weightAndEnv } from '../../layouts/leased.ts'
import { inUrl } from '../../model/address.ts'
import type { ServiceInstance } from '../../model/instance.ts'
import type { LayoutName, Place } from '../../model/observed.ts'
import type { Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import { type Entry, entryIn } from './entry.ts'
import { VERSION_TAG, endpointTags, layoutOf, schemeForm } from './form.ts'
import { healthOf } from './health.ts'

/** An entry as Kratos' reader takes it, the parts of one instance by a common mark. Never throws. */
export function read({ body, service }: RawRecord, asked: LayoutName | 'auto'): Reading {
  const entry = entryIn(body)
  if (!entry) {
    const message = 'it is no service instance of Consul: it has no name, or no id'
    return { is: 'malformed', problem: { code: 'wrong-type', message, name: service } }
  }
  const layout = layoutOf(entry, asked)
  const form = layout === 'kratos-scheme' ? schemeForm(entry) : undefined
  const id = form?.id ?? entry.id
  const instance: ServiceInstance = {
    id,
    name: form?.name ?? entry.service,
    version: layout === 'plain' ? '' : versionOf(entry),
    metadata: entry.meta,
    endpoints: form ? endpointAt(form.scheme, entry) : endpointsOf(entry, layout),
  }
  const { datacenter, node } = entry
  const place = placeOf(entry)
  return {
    is: 'instance',
    instance,
    observed: {
      ...healthOf(entry.checks),
      ...weightAndEnv(entry.meta),
      ...(node === '' ? {} : { owner: node }),
      ...(Object.keys(place).length === 0 ? {} : { place }),
      layout,
    },
    ...(form ? { spread: `${datacenter}/${node}/${id}` } : {}),
  }
}

function versionOf({ tags }: Entry): string {
  return tags.findLast((tag) => tag.startsWith(VERSION_TAG))?.slice(VERSION_TAG.length) ?? ''
}

/** Without a tagged address Kratos takes the service's own for HTTP. */
function endpointsOf(entry: Entry, layout: LayoutName): string[] {
  const tagged = layout === 'plain' ? [] : endpointTags(entry).map(({ address }) => address)
  return tagged.length > 0 ? tagged : endpointAt('http', entry)
}

function endpointAt(scheme: string, { host, port }: Entry): string[] {
  if (host === '' || port === 0) return []
  return [`${scheme}://${inUrl(host)}:${port}`]
}

function placeOf({ datacenter, node, namespace }: Entry): Place {
  return {
    ...(datacenter === '' ? {} : { datacenter }),
    ...(node === '' ? {} : { node }),
    ...(namespace === '' ? {} : { namespace }),
  }
}
