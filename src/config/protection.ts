import { RollcallError } from '../model/errors.ts'
import { type Hours, parseHours } from '../model/hours.ts'
import { type ProtectedSelector, protecting } from '../reports/protection.ts'
import { type YamlFile, pairsOf, textOf } from './yaml-file.ts'

const SELECTORS = ['service', 'selector', 'version', 'scheme', 'env', 'host'] as const

/** Reads `protected:`, a list of selectors; a text is one of metadata, as `-l` takes it. @throws RollcallError `config` */
export function protectedFrom(file: YamlFile, node: unknown): ProtectedSelector[] {
  return partsOf(file, node).map((part) => {
    const selector = file.yaml.isScalar(part)
      ? { selector: [textOf(file, part, 'protected')] }
      : selectorFrom(file, part)
    try {
      protecting(selector)
      return selector
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error
      throw file.fault(part, `protected: ${error.message}`, error.hint)
    }
  })
}

/** Reads `protectedHours:`, one text or a list. @throws RollcallError `config` */
export function hoursFrom(file: YamlFile, node: unknown): Hours[] {
  return partsOf(file, node).map((part) => {
    const text = textOf(file, part, 'protectedHours')
    const hours = parseHours(text)
    if (hours) return hours
    throw file.fault(
      part,
      `protectedHours: "${text}" are not valid hours`,
      'write for example Mon-Fri 09:00-18:00 Europe/Berlin',
    )
  })
}

function partsOf(file: YamlFile, node: unknown): readonly unknown[] {
  return file.yaml.isSeq(node) ? node.items : [node]
}

function selectorFrom(file: YamlFile, node: unknown): ProtectedSelector {
  const pairs = pairsOf(file, node, 'a protected selector')
  if (pairs.length === 0) throw file.fault(node, 'a protected selector is empty', `it has ${SELECTORS.join(', ')}`)
  const found: { [Name in (typeof SELECTORS)[number]]?: string[] } = {}
  for (const { key, keyNode, value } of pairs) {
    const name = SELECTORS.find((each) => each === key)
    if (!name) throw file.fault(keyNode, `a protected selector has no "${key}"`, `it has ${SELECTORS.join(', ')}`)
    found[name] = partsOf(file, value).map((part) => textOf(file, part, key))
  }
  return found
}
