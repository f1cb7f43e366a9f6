import { frameworkLayout, keyBelow } from './framework.ts'
import { goText } from './go-text.ts'
import { onlyAddress, refuseBeyond } from './one-address.ts'
import { beforeService, lastSegment, serviceSegment } from './stored-key.ts'

const MOST = 2n ** 63n - 1n

/**
 * What go-zero's publisher writes: an address at `{Key}/{lease}`, the lease in decimal, or at `{Key}/{id}` where one is set.
 * Its clients dial every value below the Key as it is.
 */
export const goZero = frameworkLayout({
  name: 'go-zero',
  defaultPrefix: '',
  prefixes: { flat: [] },
  sign: {
    title: 'go-zero',
    layout: 'go-zero',
    is: ({ key, isAddress, lease }) => isAddress && lease !== undefined && key !== undefined && isGoZeroKey(key),
    removal: {
      comesBack: true,
      note: 'its process, if still running, writes it again at once (go-zero 1.9 and newer)',
    },
  },
  takes: ({ key }) => key !== undefined && isGoZeroKey(key),
  cut(key, prefix) {
    const id = lastSegment(key)
    if (!isGoZeroKey(key)) return undefined
    if (prefix === undefined) return { prefix: beforeService(key) ?? '', service: serviceSegment(key), id }
    const service = key.slice(prefix.length + 1, Math.max(0, key.length - id.length - 1))
    return service === '' ? undefined : { prefix, service, id }
  },
  read({ value }) {
    const text = goText(value)
    return { endpoints: text === '' ? [] : [text] }
  },
  isNamedByLease: ({ id }) => !isId(id),
  encode(instance, options) {
    refuseBeyond('go-zero', [], instance, options)
    const id = isId(instance.id) ? instance.id : inDecimal(options.lease)
    const key = keyBelow(options, instance.name, id)
    return [{ key, value: onlyAddress('go-zero', instance) }]
  },
})

/** A lease of etcd as go-zero writes it into keys. */
export function inDecimal(lease: string | undefined): string {
  return lease === undefined ? '<lease>' : BigInt(`0x${lease}`).toString()
}

function isGoZeroKey(key: string): boolean {
  return /[^/]\/\d+$/.test(key)
}

/** What go-zero takes for an id: a positive int64. */
function isId(id: string): boolean {
  return /^[1-9]\d{0,18}$/.test(id) && BigInt(id) <= MOST
}
