import { decodeGoJson } from './go-json.ts'
import { readKratos } from './kratos-reading.ts'
import { readKratosText } from './kratos-text.ts'
import { KRATOS, kratosValue } from './kratos-value.ts'
import type { Layout } from './layout.ts'

/** What Kratos' etcd and ZooKeeper registries write: one record an instance, JSON at `{prefix}/{name}/{id}`. */
export const kratos: Layout = {
  name: 'kratos',
  defaultPrefix: '/microservices',
  leased: true,
  encode: (instance, options) => [
    { key: `${options.prefix}/${instance.name}/${instance.id}`, value: kratosValue(instance, options) },
  ],
  decode(stored, options) {
    return readKratos(stored, readKratosText(stored.value) ?? decodeGoJson(stored.value, KRATOS), options)
  },
}
