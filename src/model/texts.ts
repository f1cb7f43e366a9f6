import type { Metadata } from './instance.ts'

/**
 * The texts of an object that a registry sent, keys in order; of those only the ones that are wanted, if that is asked. Filled one
 * by one: there is such an object for each record.
 */
export function textsInOrder(source: object, isWanted?: (key: string, text: string) => boolean): Metadata {
  const fields = source as Readonly<Record<string, unknown>>
  const texts: Record<string, string> = {}
  for (const key of Object.keys(fields).sort()) {
    const text = fields[key]
    if (typeof text !== 'string' || (isWanted && !isWanted(key, text))) continue
    if (key === '__proto__') Object.defineProperty(texts, key, { value: text, ...ORDINARY })
    else texts[key] = text
  }
  return texts
}

/** As an assignment would make it, which sets the prototype instead. */
const ORDINARY = { configurable: true, enumerable: true, writable: true } as const

/** Whether each member is a text. */
export function hasTextsOnly(members: Readonly<Record<string, unknown>>): members is Readonly<Record<string, string>> {
  return Object.values(members).every((member) => typeof member === 'string')
}
