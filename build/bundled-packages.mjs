import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
/** The folder of the innermost package of a file, as esbuild names it. */
const FOLDER = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/
const TERMS = /^(?:licen[cs]e|copying|notice)/i

/** The packages of which esbuild's accounts say that something is in what it has written, by name. */
export function bundledPackages(metafiles) {
  const written = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs)),
  )
  const files = written.flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [FOLDER.exec(file)?.[0]] : []))
  const folders = [...new Set(files)].filter((folder) => folder !== undefined)
  const { packages: locked } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  return folders.map((folder) => describe(folder, locked[folder])).sort((a, b) => (a.id < b.id ? -1 : 1))
}

function describe(folder, { integrity }) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  if (typeof license !== 'string') throw new Error(`${name} does not say its licence`)
  const texts = readdirSync(join(root, folder))
    .filter((file) => TERMS.test(file))
    .sort()
    .map((file) =>
      readFileSync(join(root, folder, file), 'utf8')
        .replaceAll('\r\n', '\n')
        .trim(),
    )
  return { id: `${name}@${version}`, name, version, license, integrity, terms: texts.join('\n\n') }
}
