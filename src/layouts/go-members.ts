import type { Metadata } from '../model/instance.ts'
import { foldName } from './go-json.ts'
import { goText } from './go-text.ts'
import { ARRAY, JsonFault, JsonScanner, OBJECT } from './json-scanner.ts'

/**
 * The members of a JSON object, each with the JSON text of its value; the last of several wins. `fold`: by the names as Go
 * matches fields. Undefined where the text is anything else. Never throws.
 */
export function membersOf(
  json: string | Uint8Array,
  { fold = false }: { fold?: boolean } = {},
): ReadonlyMap<string, string> | undefined {
  return parsed(json, 'object', (scanner) => {
    const members = new Map<string, string>()
    for (let more = scanner.enter(OBJECT); more; more = scanner.more(OBJECT)) {
      const name = scanner.key()
      members.set(fold ? foldName(name) : name, valueText(scanner))
    }
    return members
  })
}

/** The JSON text of each element of an array; undefined where the text is anything else. Never throws. */
export function elementsOf(json: string): readonly string[] | undefined {
  return parsed(json, 'array', (scanner) => {
    const elements: string[] = []
    for (let more = scanner.enter(ARRAY); more; more = scanner.more(ARRAY)) elements.push(valueText(scanner))
    return elements
  })
}

/** Values of any type as metadata: a string is what it says, anything else its JSON text. */
export function asMetadata(members: ReadonlyMap<string, string>): Metadata {
  return Object.fromEntries(Array.from(members, ([name, json]) => [name, asText(json)]))
}

/** What a JSON string says; any other JSON as it stands. */
export function asText(json: string): string {
  return json.startsWith('"') ? new JsonScanner(json).string() : json
}

function parsed<T>(
  json: string | Uint8Array,
  kind: 'object' | 'array',
  read: (scanner: JsonScanner) => T,
): T | undefined {
  const scanner = new JsonScanner(typeof json === 'string' ? json : goText(json))
  try {
    if (scanner.kind() !== kind) return undefined
    const result = read(scanner)
    scanner.end()
    return result
  } catch (error) {
    if (error instanceof JsonFault) return undefined
    throw error
  }
}

function valueText(scanner: JsonScanner): string {
  scanner.peek()
  const from = scanner.at
  scanner.skip(1)
  return scanner.text.slice(from, scanner.at)
}
