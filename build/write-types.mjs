import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
/** `from '…'`, `import('…')` and `import '…'`, in a declaration. */
const IMPORTED = /((?:from|import)\s*\(?\s*)'([^']+)'/g
/** What Node's own types declare. The compiler of users may look for no types by itself. */
const NODE = '/// <reference types="node" />\n'

/**
 * Puts the types of these files of src/ into a folder, with all that they refer to and no more: for ESM and for CommonJS. Throws where
 * they name a package that users may not have.
 */
export function writeTypes(folder, names) {
  const all = mkdtempSync(join(tmpdir(), 'rollcall-types-'))
  try {
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', all], { cwd: root, stdio: 'inherit' })
    for (const [file, text] of reachable(all, names)) {
      const head = names.includes(file) ? NODE : ''
      const place = join(folder, file)
      mkdirSync(dirname(place), { recursive: true })
      writeFileSync(`${place}.d.ts`, head + text.replace(IMPORTED, retold('.js')))
      writeFileSync(`${place}.d.cts`, head + text.replace(IMPORTED, retold('.cjs')))
    }
  } finally {
    rmSync(all, { recursive: true })
  }
}

/** The declarations that these name, and those that they name in turn, by file without its ending. */
function reachable(folder, names) {
  const known = installed()
  const found = new Map()
  const waiting = [...names]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue
    const text = readFileSync(join(folder, `${file}.d.ts`), 'utf8')
    found.set(file, text)
    for (const [, , path] of text.matchAll(IMPORTED)) {
      if (path.startsWith('.')) waiting.push(relative(folder, join(folder, dirname(file), path)).replace(/\.ts$/, ''))
      else if (!isBuiltin(path) && !known.has(path)) throw new Error(`the types of ${file} name ${path}`)
    }
  }
  return found
}

/** What is installed with the package, or asked for by whoever imports that part of it. */
function installed() {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies ?? {})])
}

function retold(ending) {
  return (_, before, path) => `${before}'${path.startsWith('.') ? path.replace(/\.ts$/, ending) : path}'`
}
