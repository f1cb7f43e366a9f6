import { decode, encode } from '@jridgewell/sourcemap-codec'

/**
 * A map made small. What stays is where each line of a source begins, which is what a stack and a breakpoint need, and the texts of
 * our sources; those of packages are where the packages are had.
 */
export function lineMap(map) {
  const mappings = encode(decode(map.mappings).map(firstOfEachLine))
  const sourcesContent = map.sourcesContent.map((text, at) => (map.sources[at].includes('node_modules/') ? null : text))
  return { ...map, names: [], mappings, sourcesContent }
}

function firstOfEachLine(segments) {
  let [source, line] = []
  return segments.flatMap(([column, ...to]) => {
    if (to[0] === source && to[1] === line) return []
    ;[source, line] = to
    return [[column, ...to.slice(0, 3)]]
  })
}
