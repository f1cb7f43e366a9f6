import { decodeGoJson } from './go-json.ts'
import { readKratos } from './kratos-reading.ts'
import { readKratosText } from './kratos-text.ts'
import { KRATOS, kratosValue } from './kratos-value.ts'
import type { Layout } from './layout.ts'
import { areTexts } from './shape.ts'
import type { RecordSign } from './record-sign.ts'

export const KRATOS_SIGN: RecordSign = {
  title: 'Kratos',
  layout: 'kratos',
  is({ shape }) {
    const endpoints = shape?.folded.get('endpoints')
    const isList = endpoints === 'null' || endpoints === 'texts'
    return shape !== undefined && isList && areTexts(shape.folded, 'id', 'name')
  },
}

/** What Kratos' etcd and ZooKeeper registries write: one record an instance, JSON at `{prefix}/{name}/{id}`. */
export const kratos: Layout = {
  name: 'kratos',
  defaultPrefix: '/microservices',
  prefixes: { flat: ['/microservices'], tree: ['/microservices'] },
  leased: true,
  sign: KRATOS_SIGN,
  encode: (instance, options) => [
    { key: `${options.prefix}/${instance.name}/${instance.id}`, value: kratosValue(instance, options) },
  ],
  decode(stored, options) {
    return readKratos(stored, readKratosText(stored.value) ?? decodeGoJson(stored.value, KRATOS), options)
  },
}
