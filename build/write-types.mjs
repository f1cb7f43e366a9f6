import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
/** `from '…'`, `import('…')` and `import '…'`, in a declaration. */
const IMPORTED = /(?<!['"])(\b(?:from|import)\s*\(?\s*)'([^']+)'/g
/** What Node's own types declare. The compiler of users may look for no types by itself. */
const NODE = '/// <reference types="node" />\n'

/**
 * Puts the types of these files of src/ into a folder, with all that they refer to and no more. For CommonJS there are the same types by
 * reference: both kinds of program hold one library. Throws where they name a package that users may not have.
 */
export function writeTypes(folder, names) {
  const all = mkdtempSync(join(tmpdir(), 'rollcall-types-'))
  try {
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', all], { cwd: root, stdio: 'inherit' })
    const texts = reachable(all, names)
    for (const [file, text] of texts) {
      const head = names.includes(file) ? NODE : ''
      const place = join(folder, file)
      mkdirSync(dirname(place), { recursive: true })
      writeFileSync(`${place}.d.ts`, head + text.replace(IMPORTED, retold))
    }
    for (const file of names) writeFileSync(join(folder, `${file}.d.cts`), NODE + commonJsTypes(file, texts))
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

function retold(_, before, path) {
  return `${before}'${path.startsWith('.') ? path.replace(/\.ts$/, '.js') : path}'`
}

/** `export { … } from`, whole or of types alone; what stands in the braces has no other name. */
const LIST = /^export (type )?\{([^}]*)\} from '[^']+';$/gm

/** The same names as a file of lists has for ESM. A class is a value and a type, and so is what has both under one name. */
function commonJsTypes(file, texts) {
  const source = `'./${file.split('/').at(-1)}.js'`
  const mode = "{ 'resolution-mode': 'import' }"
  const esm = `import(${source}, { with: ${mode} })`
  const lists = [...texts.get(file).matchAll(LIST)]
  const words = lists.flatMap(([, type = '', list]) => {
    const names = list.split(',').map((word) => word.trim())
    return names.filter(Boolean).map((word) => `${type}${word}`)
  })
  const types = words.filter((word) => word.startsWith('type ')).map((word) => word.slice('type '.length))
  const values = words.filter((word) => /^\w+$/.test(word))
  if (types.length + values.length !== words.length) throw new Error(`${file}.ts has more than lists of names`)
  const all = [...texts.values()].join('')
  const isType = (name) =>
    new RegExp(`^export (?:declare (?:abstract )?class|interface|type) ${name}\\b`, 'm').test(all)
  const lines = values.map((name) => `export declare const ${name}: typeof esm.${name};`)
  const both = values.filter(isType).map((name) => `export type ${name} = ${esm}.${name};`)
  const head = `export type { ${types.join(', ')} } from ${source} with ${mode};\ndeclare const esm: typeof ${esm};\n`
  return `${head}${[...lines, ...both].join('\n')}\n`
}
