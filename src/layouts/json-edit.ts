import { foldName } from './go-json.ts'
import { goText } from './go-text.ts'
import { JsonScanner, OBJECT } from './json-scanner.ts'

/**
 * A JSON object with other values for some of its members, all else kept byte for byte. A member is found as Go
 * finds a struct's field, in any case; one that stands twice is changed twice; one that is missing is added.
 * `members`: lower-case names and the JSON of their values. The object must be valid.
 */
export function editJson(object: Uint8Array, members: Readonly<Record<string, string>>): Uint8Array {
  // One character a byte, so that positions in the text are positions in the bytes.
  const text = Buffer.from(object).toString('latin1')
  const scanner = new JsonScanner(text)
  const missing = new Map(Object.entries(members))
  let edited = ''
  let copied = 0
  let empty = true
  for (let more = scanner.enter(OBJECT); more; more = scanner.more(OBJECT)) {
    empty = false
    const name = memberName(scanner)
    scanner.peek()
    const from = scanner.at
    scanner.skip(1)
    if (!Object.hasOwn(members, name)) continue
    edited += text.slice(copied, from) + members[name]
    copied = scanner.at
    missing.delete(name)
  }
  const end = scanner.at - 1
  const added = Array.from(missing, ([name, value]) => `"${name}":${value}`)
  const comma = empty || added.length === 0 ? '' : ','
  return Buffer.from(`${edited}${text.slice(copied, end)}${comma}${added.join(',')}${text.slice(end)}`, 'latin1')
}

function memberName(scanner: JsonScanner): string {
  scanner.peek()
  const from = scanner.at
  scanner.string()
  const token = Buffer.from(scanner.text.slice(from, scanner.at), 'latin1')
  scanner.peek()
  scanner.at += 1 // the colon
  return foldName(new JsonScanner(goText(token)).string())
}
