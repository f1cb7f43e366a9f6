import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decode, encode } from '@jridgewell/sourcemap-codec'

/**
 * Makes the maps of a folder small: what stays is where each line of a source begins: what a stack and a breakpoint
 * need.
 */
export function writeLineMaps(folder) {
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!name.endsWith('.map')) continue
    const file = join(folder, name)
    const map = JSON.parse(readFileSync(file, 'utf8'))
    const mappings = encode(decode(map.mappings).map(firstOfEachLine))
    writeFileSync(file, JSON.stringify({ ...map, names: [], mappings }))
  }
}

function firstOfEachLine(segments) {
  let [source, line] = []
  return segments.flatMap(([column, ...to]) => {
    if (to[0] === source && to[1] === line) return []
    ;[source, line] = to
    return [[column, ...to.slice(0, 3)]]
  })
}
