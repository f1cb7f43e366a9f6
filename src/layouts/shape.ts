import { foldName } from './go-json.ts'
import { goText } from './go-text.ts'
import { ARRAY, JsonFault, type JsonKind, JsonScanner, OBJECT } from './json-scanner.ts'

/** `texts`: a list of strings alone, an empty one too. */
type Kind = JsonKind | 'texts'

/** The members of a JSON object: what kind of value each has. Of a name that stands twice, the last counts. */
export interface ObjectShape {
  readonly exact: ReadonlyMap<string, Kind>
  /** By the name as Go matches it, without regard to case. */
  readonly folded: ReadonlyMap<string, Kind>
}

/** The members of the value's object; undefined where the value is anything else, or not JSON. */
export function shapeOf(value: Uint8Array): ObjectShape | undefined {
  const scanner = new JsonScanner(goText(value))
  const exact = new Map<string, Kind>()
  const folded = new Map<string, Kind>()
  try {
    if (scanner.kind() !== 'object') return undefined
    for (let more = scanner.enter(OBJECT); more; more = scanner.more(OBJECT)) {
      const name = scanner.key()
      const kind = kindOfNext(scanner)
      exact.set(name, kind)
      folded.set(foldName(name), kind)
    }
    scanner.end()
  } catch (error) {
    if (error instanceof JsonFault) return undefined
    throw error
  }
  return { exact, folded }
}

function kindOfNext(scanner: JsonScanner): Kind {
  const kind = scanner.kind()
  if (kind !== 'array') {
    scanner.skip(1)
    return kind
  }
  let textsAlone = true
  for (let more = scanner.enter(ARRAY); more; more = scanner.more(ARRAY)) {
    if (scanner.kind() !== 'string') textsAlone = false
    scanner.skip(2)
  }
  return textsAlone ? 'texts' : 'array'
}

/** Whether all of these members are there. */
export function has(members: ReadonlyMap<string, Kind>, ...names: readonly string[]): boolean {
  return names.every((name) => members.has(name))
}

/** Whether all of these members are strings. */
export function areTexts(members: ReadonlyMap<string, Kind>, ...names: readonly string[]): boolean {
  return names.every((name) => members.get(name) === 'string')
}
