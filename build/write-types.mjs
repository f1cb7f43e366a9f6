import { readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { keyOf, withDeclarations } from './declarations.mjs'

const root = join(import.meta.dirname, '..')
/** What Node's own types declare. The compiler of users may look for no types by itself. */
const NODE = '/// <reference types="node" />\n'
/** What more than one entry reaches is declared there, and nowhere else: a type is the same wherever it was had. */
const SHARED = 'shared'

/**
 * Puts the types of these files of src/ into a folder, a file for each and one for what they share, with all that they refer to and no
 * more. For CommonJS there are the same types by reference: both kinds of program hold one library. Throws where they name a package
 * that users may not have, and where two declarations in a file would have one name.
 */
export function writeTypes(folder, names) {
  const write = (file, text) => writeFileSync(join(folder, file), NODE + text)
  withDeclarations((library) => {
    const entries = names.map((name) => {
      const exported = library.exported(name)
      return { name, exported, reached: library.reached(exported) }
    })
    const counts = new Map()
    for (const key of entries.flatMap(({ reached }) => [...reached.keys()])) counts.set(key, (counts.get(key) ?? 0) + 1)
    const isShared = (each) => counts.get(keyOf(each)) > 1
    const isOwn = (each) => !isShared(each)
    const all = new Map(entries.flatMap(({ reached }) => [...reached]))
    const shared = [...all.values()].filter(isShared)
    write(`${SHARED}.d.ts`, `${textOf(library, shared)}${listOf('export', shared)}`)
    for (const { name, exported, reached } of entries) {
      const own = [...reached.values()].filter(isOwn)
      const from = ` from '${'../'.repeat(name.split('/').length - 1) || './'}${SHARED}.js'`
      const used = new Map(own.flatMap((each) => library.namedBy(each)).map((each) => [each.name, each]))
      const imports = listOf('import type', [...used.values()].filter(isShared), from)
      const lists = listOf('export', exported.filter(isShared), from) + listOf('export', exported.filter(isOwn))
      write(`${name}.d.ts`, `${imports}${textOf(library, own)}${lists}`)
      write(`${name}.d.cts`, commonJsTypes(name, exported))
    }
  })
}

/** Declarations as they stand in one file, with what they import of packages. They are exported by a list. */
function textOf(library, found) {
  const twice = found.find(({ name }, at) => found.findIndex((each) => each.name === name) !== at)
  if (twice) throw new Error(`${twice.path}.ts declares ${twice.name}, as another file does: one needs another name`)
  const ofPackages = found.flatMap((each) => library.namedOfPackages(each))
  const imports = ofPackages.map(({ name, specifier }) => listOf('import type', [{ name }], ` from '${specifier}'`))
  const text = [...new Set(imports), ...found.map(({ whole }) => whole.replaceAll(/^export /gm, ''))].join('')
  requireInstalled(text)
  return text
}

/** A list of names; those that an entry exports as types alone say so. */
function listOf(word, found, from = '') {
  const names = found.map(({ name, isType }) => (isType ? `type ${name}` : name))
  return names.length > 0 ? `${word} { ${names.join(', ')} }${from};\n` : ''
}

/** What a package's types are taken from is installed with it, or asked for by whoever imports that part of it. */
function requireInstalled(text) {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const [, path] of text.matchAll(/\b(?:from|import\()\s*'([^']+)'/g))
    if (!isBuiltin(path) && !(path in dependencies) && !(path in peerDependencies))
      throw new Error(`types name ${path}`)
}

/** The same names as an entry has for ESM. A class is a value and a type, and so is what has both under one name. */
function commonJsTypes(file, exported) {
  const source = `'./${file.split('/').at(-1)}.js'`
  const mode = "{ 'resolution-mode': 'import' }"
  const esm = `import(${source}, { with: ${mode} })`
  const types = exported.filter(({ isType }) => isType).map(({ name }) => name)
  const values = exported.filter(({ isType }) => !isType)
  const both = values.filter(({ text }) => /^(?:(?:abstract )?class|interface|type) /m.test(text))
  const head = `export type { ${types.join(', ')} } from ${source} with ${mode};\ndeclare const esm: typeof ${esm};\n`
  return [
    head,
    ...values.map(({ name }) => `export declare const ${name}: typeof esm.${name};\n`),
    ...both.map(({ name }) => `export type ${name} = ${esm}.${name};\n`),
  ].join('')
}
