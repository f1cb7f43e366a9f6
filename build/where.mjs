// Reads the stack of a bug, as `rollcall: this is a bug` printed it, from standard input, and prints it with places in src/. At the tag
// of the version that printed it: the same source makes the same bundle.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { text } from 'node:stream/consumers'
import { decode } from '@jridgewell/sourcemap-codec'
import { bundle } from './bundle.mjs'

const PLACE = /[^\s(]*rollcall\.cjs:(\d+):(\d+)/g

/** Characters of `\\uXXXX`. */
const ESCAPE = 6

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'rollcall-where-'))
try {
  await bundle(folder, { sourcemap: 'external' })
  const { mappings, sources } = JSON.parse(readFileSync(join(folder, 'rollcall.cjs.map'), 'utf8'))
  const lines = decode(mappings)
  const code = readFileSync(join(folder, 'rollcall.cjs'), 'utf8').split('\n')
  process.stdout.write(
    (await text(process.stdin)).replace(PLACE, (place, line, column) => sourceOf(line, column) ?? place),
  )

  function sourceOf(line, column) {
    const before = unescaped(code[line - 1] ?? '', column)
    const found = lines[line - 1]?.findLast(([start]) => start <= before)
    if (found?.[1] === undefined) return undefined
    return `${relative(root, join(folder, sources[found[1]]))}:${found[2] + 1}:${found[3] + 1}`
  }

  /** The column before the build has made the line ASCII. */
  function unescaped(line, column) {
    let at = 0
    for (let read = 1; read < column; at++) read += line.charCodeAt(at) > 0x7f ? ESCAPE : 1
    return at
  }
} finally {
  rmSync(folder, { recursive: true })
}
